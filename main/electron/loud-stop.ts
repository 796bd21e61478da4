import type { ElectronApi } from './electron-api.ts';

/** The exit code of a program that has found itself wrong (sysexits.h, EX_SOFTWARE). */
const EXIT_BROKEN = 70;
/** How long the nodes get to end. They end with this process in any case. */
const CLOSE_MS = 10_000;

/** What there is to be ended. */
export interface LoudStopHost {
  close(options: { readonly nodes: 'keep' | 'stop' }): Promise<void>;
}

/**
 * Ends the app because one of its own rules was broken: first the pages, which may not be ours any more,
 * then the nodes, then a word about it that cannot be overlooked.
 */
export async function stopLoudly(
  { app, BrowserWindow, dialog }: Pick<ElectronApi, 'app' | 'BrowserWindow' | 'dialog'>,
  sentence: string,
  { host, log }: { readonly host: LoudStopHost | null; readonly log: (line: string) => void },
): Promise<void> {
  log(`A rule of the app was broken, so it ends: ${sentence}`);
  endWindows(BrowserWindow);
  // One that is just being made is among them only once it is.
  await Promise.resolve();
  endWindows(BrowserWindow);
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, CLOSE_MS);
  });
  const closing = host?.close({ nodes: 'stop' }).catch((error: unknown) => {
    log(`The nodes did not end as they should: ${String(error)}`);
  });
  await Promise.race([closing, patience]);
  clearTimeout(timer);
  dialog.showErrorBox(
    'Raftdeck has stopped',
    `${sentence} That must never happen, so the app does not go on. The nodes were stopped; what they acknowledged is on disk.`,
  );
  app.exit(EXIT_BROKEN);
}

/** Not with `close`: nobody is asked, and the page has no say. */
function endWindows(windows: Pick<ElectronApi['BrowserWindow'], 'getAllWindows'>): void {
  for (const window of windows.getAllWindows()) window.destroy();
}
