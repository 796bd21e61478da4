import type { BrowserWindow } from 'electron';

import type { ElectronApi } from './electron-api.ts';

/** A page that dies so often within so long is not loaded again unasked. */
const CRASHES_MAX = 3;
const WITHIN_MS = 60_000;

/**
 * Loads the page again when its process has died: the nodes and the host go on without it, and a window
 * without a page shows neither that nor anything else. One that dies at once again and again asks first.
 */
export function reloadAfterCrash(
  dialog: ElectronApi['dialog'],
  window: BrowserWindow,
  log: (line: string) => void,
): void {
  const contents = window.webContents;
  let diedAtMs: number[] = [];
  contents.on('render-process-gone', (_event, { reason, exitCode }) => {
    if (reason === 'clean-exit') return;
    log(`The window's page has died (${reason}, exit code ${exitCode}). The nodes go on.`);
    const nowMs = Date.now();
    diedAtMs = [...diedAtMs.filter((atMs) => nowMs - atMs < WITHIN_MS), nowMs];
    if (diedAtMs.length < CRASHES_MAX) {
      contents.reload();
      return;
    }
    diedAtMs = [];
    void dialog
      .showMessageBox(window, {
        type: 'error',
        title: 'Raftdeck',
        message: `The window's page has died ${CRASHES_MAX} times within a minute (${reason}).`,
        detail: 'The nodes go on and answer Redis clients. Nothing is lost by loading it again.',
        buttons: ['Load it again', 'Leave it'],
        defaultId: 0,
        cancelId: 1,
        noLink: true,
      })
      .then(({ response }) => {
        if (response === 0 && !contents.isDestroyed()) contents.reload();
      });
  });
}
