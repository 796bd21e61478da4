import type { MenuItemConstructorOptions } from 'electron';

import type { ElectronApi } from './electron-api.ts';
import { openExternalLink } from './external-links.ts';

/** The menu of the app: what every app has, and where to read about Raft. */
export function setMenu({ app, Menu, shell }: Pick<ElectronApi, 'app' | 'Menu' | 'shell'>): void {
  const first: MenuItemConstructorOptions =
    process.platform === 'darwin'
      ? { role: 'appMenu' }
      : { label: 'File', submenu: [{ role: 'quit' }] };
  const developer: MenuItemConstructorOptions[] = app.isPackaged
    ? []
    : [{ role: 'toggleDevTools' }];
  const link = (label: string, url: string): MenuItemConstructorOptions => ({
    label,
    click: () => openExternalLink(shell, url),
  });
  const template: MenuItemConstructorOptions[] = [
    first,
    { role: 'editMenu' },
    {
      label: 'View',
      submenu: [
        { role: 'reload' },
        { type: 'separator' },
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { type: 'separator' },
        { role: 'togglefullscreen' },
        ...developer,
      ],
    },
    { role: 'windowMenu' },
    {
      role: 'help',
      submenu: [
        link('About Raft', 'https://raft.github.io/'),
        link('Redis commands', 'https://redis.io/commands/'),
      ],
    },
  ];
  Menu.setApplicationMenu(Menu.buildFromTemplate(template));
}
