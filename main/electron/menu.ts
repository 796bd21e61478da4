import type { MenuItemConstructorOptions } from 'electron';

import type { ElectronApi } from './electron-api.ts';
import { openExternalLink } from './external-links.ts';
import {
  acceleratorOf,
  EDIT_COMMANDS,
  FILE_COMMANDS,
  FIND_COMMAND,
  HELP_COMMAND,
  type MenuCommand,
  SCREEN_COMMANDS,
} from './menu-commands.ts';

type Item = MenuItemConstructorOptions;

/** What the menu depends on beside Electron. */
export interface MenuParts {
  readonly platform: NodeJS.Platform;
  /** The keys that the user has put elsewhere, by shortcut. */
  readonly keys: Readonly<Record<string, string>>;
  /** Has the page carry out one of its commands. */
  readonly run: (command: string) => void;
}

/** The menu of the app: what every app has, the window's own commands, and where to read about Raft. */
export function setMenu(
  { app, Menu, shell }: Pick<ElectronApi, 'app' | 'Menu' | 'shell'>,
  parts: MenuParts,
): void {
  const { keys, platform, run } = parts;
  const item = (command: MenuCommand): Item => {
    const accelerator = acceleratorOf(command, keys);
    const click = (): void => run(command.command);
    return { label: command.label, click, ...(accelerator === undefined ? {} : { accelerator }) };
  };
  const link = (label: string, url: string): Item => ({
    label,
    click: () => openExternalLink(shell, url),
  });
  const isMac = platform === 'darwin';
  const template: Item[] = [
    ...(isMac ? [{ role: 'appMenu' } satisfies Item] : []),
    {
      label: 'File',
      submenu: [
        ...FILE_COMMANDS.map(item),
        { type: 'separator' },
        { role: isMac ? 'close' : 'quit' },
      ],
    },
    { label: 'Edit', submenu: [...EDIT_ROLES, { type: 'separator' }, ...EDIT_COMMANDS.map(item)] },
    {
      label: 'View',
      submenu: [
        item(FIND_COMMAND),
        { type: 'separator' },
        ...SCREEN_COMMANDS.map(item),
        { type: 'separator' },
        // Ctrl+R is the page's own: it reads the keys of Data again.
        { role: 'reload', accelerator: 'CmdOrCtrl+Alt+R' },
        ...ZOOM_ROLES,
        ...(app.isPackaged ? [] : [{ role: 'toggleDevTools' } satisfies Item]),
      ],
    },
    { role: 'windowMenu' },
    {
      role: 'help',
      submenu: [
        item(HELP_COMMAND),
        { type: 'separator' },
        link('About Raft', 'https://raft.github.io/'),
        link('Redis commands', 'https://redis.io/commands/'),
      ],
    },
  ];
  Menu.setApplicationMenu(Menu.buildFromTemplate(template));
}

const EDIT_ROLES: readonly Item[] = [
  { role: 'undo' },
  { role: 'redo' },
  { type: 'separator' },
  { role: 'cut' },
  { role: 'copy' },
  { role: 'paste' },
  { role: 'selectAll' },
];

const ZOOM_ROLES: readonly Item[] = [
  { type: 'separator' },
  { role: 'resetZoom' },
  { role: 'zoomIn' },
  { role: 'zoomOut' },
  { type: 'separator' },
  { role: 'togglefullscreen' },
];
