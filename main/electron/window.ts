import type { BrowserWindow } from 'electron';

import { APP_ORIGIN, type ElectronApi } from './electron-api.ts';
import type { Guard } from './guard.ts';
import { webPreferences } from './rules.ts';
import { fitBounds, loadBounds, saveBounds, WINDOW_SIZE_MIN } from './window-bounds.ts';

/** The colours behind the page until it has drawn itself: those of its own style sheet. */
const BACKGROUND = { light: '#f7f8fa', dark: '#14171c' };

/** Opens the window; it shows itself when the page has been drawn once. Null where a rule is broken. */
export function openWindow(
  electron: Pick<ElectronApi, 'app' | 'nativeTheme' | 'screen'>,
  guard: Guard,
  paths: { readonly preload: string; readonly bounds: string },
): BrowserWindow | null {
  const screens = electron.screen.getAllDisplays().map(({ workArea }) => workArea);
  const window = guard.makeWindow({
    ...fitBounds(loadBounds(paths.bounds), screens),
    minWidth: WINDOW_SIZE_MIN.width,
    minHeight: WINDOW_SIZE_MIN.height,
    show: false,
    title: 'Raftdeck',
    backgroundColor: electron.nativeTheme.shouldUseDarkColors ? BACKGROUND.dark : BACKGROUND.light,
    webPreferences: webPreferences(paths.preload, electron.app.isPackaged),
  });
  if (window === null) return null;
  window.once('ready-to-show', () => window.show());
  window.on('close', () => saveBounds(paths.bounds, window.getNormalBounds()));
  // A page that cannot be loaded shows as an empty window; there is nothing more to say here.
  window.loadURL(`${APP_ORIGIN}/`).catch(() => {
    // One that the app has ended meanwhile is no window any more.
    if (!window.isDestroyed()) window.show();
  });
  return window;
}

/** Brings a window to the front, wherever it is. */
export function revealWindow(window: BrowserWindow): void {
  if (window.isMinimized()) window.restore();
  window.show();
  window.focus();
}
