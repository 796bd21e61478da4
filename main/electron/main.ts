import {
  app,
  BrowserWindow,
  dialog,
  ipcMain,
  Menu,
  nativeImage,
  nativeTheme,
  Notification,
  protocol,
  screen,
  session,
  shell,
  Tray,
  utilityProcess,
} from 'electron';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { causeOf } from '../host/failure.ts';
import { Host } from '../host/host.ts';
import { readRendererFiles } from '../host/renderer-files.ts';
import { dialResp } from '../host/resp-dial.ts';
import { homeArgument } from './home-argument.ts';
import { startShell } from './shell.ts';

/* The entry of the app. All it does is to hand Electron and the paths of this build to the shell. */

// Whatever is made from here on, by this process or its nodes, is the user's alone.
process.umask(0o077);

const out = join(dirname(fileURLToPath(import.meta.url)), '..');
const log = (line: string): void => console.error(`raftdeck: ${line}`);

startShell(
  {
    app,
    BrowserWindow,
    dialog,
    ipcMain,
    Menu,
    nativeImage,
    nativeTheme,
    Notification,
    protocol,
    screen,
    session,
    shell,
    Tray,
    utilityProcess,
  },
  {
    argv: process.argv,
    home: homeArgument(process.argv, process.env),
    preload: join(out, 'preload', 'preload.cjs'),
    nodeEntry: join(out, 'node', 'raftdeck.js'),
    readFiles: () => readRendererFiles(join(out, 'renderer')),
    openHost: (home, spawner) => {
      const info = { version: app.getVersion(), mode: 'electron', modeReason: null } as const;
      const checker = join(out, 'node', 'history-checker.js');
      return Host.open({ home, spawner, dial: dialResp, checker, info, log });
    },
    log,
  },
).catch((error: unknown) => {
  dialog.showErrorBox('Raftdeck cannot start', causeOf(error));
  app.exit(1);
});
