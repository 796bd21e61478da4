import type { BrowserWindow } from 'electron';

import type { Settings } from '../contract/model.ts';
import type { ElectronApi } from './electron-api.ts';

/** What becomes of the nodes when the user wants to leave. */
export type QuitAnswer = 'stop' | 'keep' | 'cancel';

/** What the way out needs of the host. */
export interface QuitHost {
  readonly runningNodes: number;
  readonly settings: Settings;
  setSettings(settings: Settings): Promise<unknown>;
}

const ANSWERS: readonly QuitAnswer[] = ['stop', 'keep', 'cancel'];

/** What to do with the running nodes: as the settings say, or as the user answers. */
export async function askOnQuit(
  dialog: ElectronApi['dialog'],
  window: BrowserWindow,
  host: QuitHost,
): Promise<QuitAnswer> {
  const { runningNodes, settings } = host;
  if (runningNodes === 0) return 'stop';
  if (settings.quit !== 'ask') return settings.quit;
  const nodes = runningNodes === 1 ? '1 node is' : `${runningNodes} nodes are`;
  const { response, checkboxChecked } = await dialog.showMessageBox(window, {
    type: 'question',
    title: 'Raftdeck',
    message: `${nodes} running.`,
    detail:
      'Kept running, they go on answering Redis clients while the window is hidden. The icon in the tray, or starting Raftdeck again, brings the window back.',
    buttons: ['Stop them and quit', 'Keep them running', 'Cancel'],
    defaultId: 0,
    cancelId: 2,
    checkboxLabel: 'Remember this',
    noLink: true,
  });
  const answer = ANSWERS[response] ?? 'cancel';
  if (checkboxChecked && answer !== 'cancel') await host.setSettings({ ...settings, quit: answer });
  return answer;
}
