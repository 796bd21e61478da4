/*
 * What the app's menu has of the window's own commands: shortcuts of the page, by their names there. A
 * test holds this list to the page's registry, which is the one that decides about keys and words.
 */

/** A command of the page in the menu. */
export interface MenuCommand {
  /** The shortcut's name in the page. */
  readonly command: string;
  readonly label: string;
  /** The key it comes with, as the page writes it; null for one that a menu cannot have. */
  readonly key: string | null;
}

/** In the File menu. */
export const FILE_COMMANDS: readonly MenuCommand[] = [
  { command: 'new-cluster', label: 'New cluster', key: 'Ctrl+N' },
];

/** In the Edit menu, below what every app has there. */
export const EDIT_COMMANDS: readonly MenuCommand[] = [
  { command: 'copy-connect', label: 'Copy the redis-cli line', key: 'Ctrl+Shift+C' },
];

/** In the View menu: the screens, as the rail has them. */
export const SCREEN_COMMANDS: readonly MenuCommand[] = [
  { command: 'screen-clusters', label: 'Clusters', key: 'Ctrl+1' },
  { command: 'screen-overview', label: 'Overview', key: 'Ctrl+2' },
  { command: 'screen-logs', label: 'Logs', key: 'Ctrl+3' },
  { command: 'screen-chaos', label: 'Chaos lab', key: 'Ctrl+5' },
  { command: 'screen-console', label: 'Console', key: 'Ctrl+6' },
  { command: 'screen-data', label: 'Data', key: 'Ctrl+7' },
  { command: 'screen-snapshots', label: 'Snapshots', key: 'Ctrl+8' },
  { command: 'screen-metrics', label: 'Metrics', key: 'Ctrl+9' },
  { command: 'screen-output', label: 'Output', key: 'Ctrl+J' },
  { command: 'screen-settings', label: 'Settings', key: 'Ctrl+,' },
];

/** In the View menu, above the screens. */
export const FIND_COMMAND: MenuCommand = {
  command: 'palette',
  label: 'Find a command',
  key: 'Ctrl+K',
};

/** In the Help menu. A key that types something is the page's alone: it looks where it was typed. */
export const HELP_COMMAND: MenuCommand = {
  command: 'help',
  label: 'Keyboard shortcuts',
  key: null,
};

/** All of them. */
export const MENU_COMMANDS: readonly MenuCommand[] = [
  ...FILE_COMMANDS,
  ...EDIT_COMMANDS,
  FIND_COMMAND,
  ...SCREEN_COMMANDS,
  HELP_COMMAND,
];

/**
 * The accelerator of a command, as Electron writes it; undefined where there is none. `own` are the keys
 * that the user has put elsewhere.
 */
export function acceleratorOf(
  { command, key }: MenuCommand,
  own: Readonly<Record<string, string>>,
): string | undefined {
  const chord = own[command] ?? key;
  // Without Ctrl or Alt, or an F key, it would act while somebody types.
  if (chord === null || !/^(?:Ctrl\+|Alt\+|(?:Shift\+)?F\d)/.test(chord)) return undefined;
  // `Ctrl` is the Command key on a Mac, as it is in the page.
  return chord.replace('Ctrl+', 'CmdOrCtrl+').replace(/Arrow(?=\w+$)/, '');
}
