import type { MenuItemConstructorOptions } from 'electron';
import { expect, test } from 'vitest';

import { acceleratorOf, MENU_COMMANDS } from '../../main/electron/menu-commands.ts';
import { setMenu } from '../../main/electron/menu.ts';
import { type Shortcut, SHORTCUTS } from '../../renderer/features/shell/shortcuts.ts';
import { FakeElectron } from './fake-electron.ts';

type Item = MenuItemConstructorOptions;

/** Keys that Electron gives roles where nothing else is said, as its documentation lists them. */
const ROLE_KEYS: Readonly<Record<string, readonly string[]>> = {
  undo: ['CmdOrCtrl+Z'],
  redo: ['Shift+CmdOrCtrl+Z', 'CmdOrCtrl+Y'],
  cut: ['CmdOrCtrl+X'],
  copy: ['CmdOrCtrl+C'],
  paste: ['CmdOrCtrl+V'],
  selectAll: ['CmdOrCtrl+A'],
  reload: ['CmdOrCtrl+R'],
  resetZoom: ['CmdOrCtrl+0'],
  zoomIn: ['CmdOrCtrl+Plus'],
  zoomOut: ['CmdOrCtrl+-'],
  togglefullscreen: ['F11', 'Control+Command+F'],
  toggleDevTools: ['CmdOrCtrl+Shift+I', 'Alt+Command+I'],
  quit: ['CmdOrCtrl+Q'],
  close: ['CmdOrCtrl+W'],
  windowMenu: ['CmdOrCtrl+M', 'CmdOrCtrl+W'],
};

function menuOn(
  platform: NodeJS.Platform,
  {
    keys = {},
    isPackaged = true,
    run = () => undefined,
  }: Partial<{
    keys: Readonly<Record<string, string>>;
    isPackaged: boolean;
    run: (command: string) => void;
  }> = {},
): readonly Item[] {
  const electron = new FakeElectron('');
  electron.app.isPackaged = isPackaged;
  setMenu(electron.api, { platform, keys, run });
  return electron.menu;
}

function itemsIn(menu: readonly Item[]): readonly Item[] {
  return menu.flatMap(({ submenu }) => (submenu as Item[] | undefined) ?? []);
}

function shortcut(command: string): Shortcut {
  const found = SHORTCUTS.find(({ id }) => id === command);
  if (found === undefined) throw new Error(`the page has no shortcut ${command}`);
  return found;
}

const PLATFORMS = ['linux', 'win32', 'darwin'] as const;

test.each(MENU_COMMANDS)('$command is a command of the page, by the same key and name', (item) => {
  const { scope, keys, does } = shortcut(item.command);
  // What acts only where the focus is has no place in a menu.
  expect(scope).toBe('anywhere');
  expect(item.label).toBe(item.command === 'help' ? 'Keyboard shortcuts' : does);
  const first = keys[0] ?? '';
  expect(item.key).toBe(/^(Ctrl|Alt)\+/.test(first) ? first : null);
});

test('every screen is in the menu', () => {
  const screens = SHORTCUTS.filter(({ id }) => id.startsWith('screen-')).map(({ id }) => id);
  const inMenu = MENU_COMMANDS.filter(({ command }) => command.startsWith('screen-'));
  expect(inMenu.map(({ command }) => command)).toEqual(screens);
});

test.each(PLATFORMS)('on %s every item runs its command, and shows its key', (platform) => {
  const ran: string[] = [];
  const items = itemsIn(menuOn(platform, { run: (command) => ran.push(command) }));
  for (const { label, command, key } of MENU_COMMANDS) {
    const item = items.find((one) => one.label === label);
    expect(item?.accelerator).toBe(key?.replace('Ctrl+', 'CmdOrCtrl+'));
    (item?.click as (() => void) | undefined)?.();
    expect(ran.at(-1)).toBe(command);
  }
  // Nothing else in it is the app's own, but the links of Help.
  const own = items.filter(({ click }) => click !== undefined).map(({ label }) => label);
  const links = ['About Raft', 'Redis commands'];
  expect(new Set(own)).toEqual(new Set([...MENU_COMMANDS.map(({ label }) => label), ...links]));
});

test.each(PLATFORMS)('on %s what every app has is there', (platform) => {
  const menu = menuOn(platform);
  const roles = [...menu, ...itemsIn(menu)].flatMap(({ role }) => role ?? []);
  const everywhere = ['undo', 'redo', 'cut', 'copy', 'paste', 'selectAll', 'windowMenu', 'help'];
  const view = ['reload', 'resetZoom', 'zoomIn', 'zoomOut', 'togglefullscreen'];
  // A Mac quits from the menu of the app's name.
  const own = platform === 'darwin' ? ['appMenu', 'close'] : ['quit'];
  expect([...roles].sort()).toEqual([...everywhere, ...view, ...own].sort());
  const devTools = itemsIn(menuOn(platform, { isPackaged: false })).filter(
    ({ role }) => role === 'toggleDevTools',
  );
  expect(devTools).toHaveLength(1);
});

test.each(PLATFORMS)('on %s no key of the menu is another key of the page', (platform) => {
  const menu = menuOn(platform, { isPackaged: false });
  const used = [...menu, ...itemsIn(menu)].flatMap(({ role, accelerator }) =>
    accelerator === undefined ? (ROLE_KEYS[role ?? ''] ?? []) : [accelerator],
  );
  const ofPage = new Map(
    SHORTCUTS.flatMap(({ id, keys }) =>
      keys.map((key) => [key.replace('Ctrl+', 'CmdOrCtrl+'), id] as const),
    ),
  );
  const meets = used.flatMap((key) => {
    const id = ofPage.get(key);
    return id === undefined || MENU_COMMANDS.some(({ command }) => command === id) ? [] : [key];
  });
  expect(meets).toEqual([]);
  expect(new Set(used).size).toBe(used.length - duplicates(platform));
});

/** A Mac closes a window from two menus. */
function duplicates(platform: NodeJS.Platform): number {
  return platform === 'darwin' ? 1 : 0;
}

test('a key that the user has put elsewhere is the menu’s too', () => {
  const [find] = MENU_COMMANDS.filter(({ command }) => command === 'palette');
  if (find === undefined) throw new Error('the palette is not in the menu');
  const keys = ['Ctrl+Shift+P', 'Alt+ArrowLeft', 'Shift+F3', 'P', '?'];
  expect(keys.map((key) => acceleratorOf(find, { palette: key }))).toEqual([
    'CmdOrCtrl+Shift+P',
    'Alt+Left',
    'Shift+F3',
    // What types something stays the page's alone.
    undefined,
    undefined,
  ]);
  const items = itemsIn(menuOn('linux', { keys: { palette: 'Ctrl+Shift+P' } }));
  const item = items.find(({ label }) => label === 'Find a command');
  expect(item?.accelerator).toBe('CmdOrCtrl+Shift+P');
});
