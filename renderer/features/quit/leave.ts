import type { ClusterSummary } from '../../../main/contract/model.ts';
import type { AppState } from '../../state/app-state.ts';
import { act } from '../act.ts';

/** How many nodes run, of all clusters together. */
export function countRunning(list: readonly ClusterSummary[]): number {
  return list.reduce((sum, { nodesUp }) => sum + nodesUp, 0);
}

/** Asks what becomes of the nodes, unless the settings say it, and ends the host. */
export function wantToLeave(app: AppState): void {
  const { quit } = app.settings.getState();
  if (quit === 'ask') app.wishes.make({ kind: 'quit' });
  else leave(app, quit);
}

/** Ends the host. The window has nothing to show from then on, and says so. */
export function leave(app: AppState, nodes: 'keep' | 'stop'): void {
  const count = countRunning(app.clusters.getState().list ?? []);
  void act(app, {
    key: 'quit',
    what: 'Quit',
    inPast: true,
    call: async () => {
      const result = await app.api.quit({ nodes });
      if (result.ok) app.farewell.setState({ said: { nodes, count } });
      return result;
    },
  });
}
