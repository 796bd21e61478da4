import type { ClusterView, NodeView } from '../../../main/contract/model.ts';
import type { AppState } from '../../state/app-state.ts';
import { type Toast, UNDO_MS } from '../../state/toasts.ts';
import { act } from '../act.ts';

/** Takes a removed node back in, with the data that it kept, as the voter or non-voter that it was. */
export function takeBack(app: AppState, clusterId: string, node: NodeView): void {
  void act(app, {
    key: `return/${clusterId}/${node.id}`,
    what: `Add ${node.name} back`,
    call: () => app.api.returnPeer({ clusterId, nodeId: node.id }),
    done: ({ getsVote }) => ({
      text: getsVote
        ? `${node.name} is a member again. It gets its vote once it has caught up.`
        : `${node.name} is a member again, without a vote, as it was.`,
    }),
  });
}

/** Why a removed node cannot be taken back in just now; null when it can. */
export function takeBackReason(view: ClusterView, nodeId: string): string | null {
  const node = view.nodes.find(({ id }) => id === nodeId);
  if (node === undefined) return 'The cluster does not know it any more.';
  if (!node.removed) return `${node.name} is a member.`;
  if (view.operation?.state === 'running') return 'Something else is under way in the cluster.';
  return view.health.leaderId === null ? 'There is no leader to take it back in.' : null;
}

/** What is said of a removal that is done, with the way back. */
export function removedToast(
  app: AppState,
  clusterId: string,
  node: NodeView,
): Pick<Toast, 'text'> & Partial<Toast> {
  return {
    text: `${node.name} is removed. Its data is kept in ${node.directory}.`,
    shownMs: UNDO_MS,
    action: {
      label: 'Undo',
      acts: true,
      // Of another cluster nothing is known while this one is watched: the host decides then.
      reason: (live) => (live?.id === clusterId ? takeBackReason(live, node.id) : null),
      run: () => takeBack(app, clusterId, node),
    },
  };
}
