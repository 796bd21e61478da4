import type * as Electron from 'electron';

/** The page's own scheme: no file of the disk is ever its origin. */
export const APP_SCHEME = 'app';
/** The page's origin. Everything that asks the host for something must come from here. */
export const APP_ORIGIN = `${APP_SCHEME}://raftdeck`;

/**
 * The app's name towards Windows: the `appId` of electron-builder.yml, which the installed shortcut has.
 * With another one Windows shows no notification, and the window beside the pinned icon.
 */
export const APP_ID = 'dev.raftdeck.app';

/**
 * What the shell uses of Electron, and all that it uses: it gets Electron as an argument, so that
 * everything but the entry runs in a test without it.
 */
export type ElectronApi = Pick<
  typeof Electron,
  | 'app'
  | 'BrowserWindow'
  | 'dialog'
  | 'ipcMain'
  | 'Menu'
  | 'nativeImage'
  | 'nativeTheme'
  | 'Notification'
  | 'protocol'
  | 'screen'
  | 'session'
  | 'shell'
  | 'Tray'
  | 'utilityProcess'
>;
