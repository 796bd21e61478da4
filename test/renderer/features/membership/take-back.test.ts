import { expect, test } from 'vitest';

import type { ClusterView, NodeView } from '../../../../main/contract/model.ts';
import { FakeHost } from '../../../../renderer/connection/fake/fake.ts';
import { FAKE_SCENARIOS } from '../../../../renderer/connection/fake/fake-scenarios.ts';
import {
  removedToast,
  takeBackReason,
} from '../../../../renderer/features/membership/take-back.ts';
import { nodeActions } from '../../../../renderer/features/nodes/node-actions.ts';
import { createAppState, type AppState } from '../../../../renderer/state/app-state.ts';

const NOW_MS = 1_700_000_000_000;

/** A cluster from which node 2 was removed, a voter or a non-voter for good. */
async function scene(voter = true): Promise<{
  readonly host: FakeHost;
  readonly app: AppState;
  readonly view: () => ClusterView;
  readonly node: () => NodeView;
}> {
  const host = new FakeHost(FAKE_SCENARIOS['healthy']?.(NOW_MS) ?? [], NOW_MS);
  const app = createAppState(
    host,
    {
      location: { hash: '' },
      history: { pushState: () => undefined, replaceState: () => undefined },
      addEventListener: () => undefined,
    },
    () => NOW_MS,
  );
  const second = host.clusters[0]?.nodes[1];
  if (second === undefined) throw new Error('no second node');
  second.voter = voter;
  app.cluster.watch('orders-lab');
  await host.api.removePeer({ clusterId: 'orders-lab', nodeId: '2' });
  const view = (): ClusterView => {
    const { live } = app.cluster.store.getState();
    if (live === null) throw new Error('no view');
    return live;
  };
  const node = (): NodeView => {
    const found = view().nodes.find(({ id }) => id === '2');
    if (found === undefined) throw new Error('no node 2');
    return found;
  };
  return { host, app, view, node };
}

test('a removed node can be added back and nothing else', async () => {
  const { app, view, node } = await scene();
  const actions = nodeActions({ app, view: view(), node: node(), actReason: null });
  expect(actions.map(({ id, disabledReason }) => [id, disabledReason])).toEqual([['return', null]]);
});

test('the undo of a removal is there for half a minute, and takes the node back', async () => {
  const { host, app, view, node } = await scene();
  const toast = removedToast(app, 'orders-lab', node());
  expect(toast.shownMs).toBe(30_000);
  expect(toast.action?.reason?.(view())).toBeNull();
  toast.action?.run();
  expect(host.calls.at(-1)).toEqual({
    name: 'returnPeer',
    request: { clusterId: 'orders-lab', nodeId: '2' },
  });
  await expect.poll(() => node().removed).toBe(false);
  expect(toast.action?.reason?.(view())).toBe('node-2 is a member.');
});

test.each([
  [true, 'node-2 is a member again. It gets its vote once it has caught up.'],
  [false, 'node-2 is a member again, without a vote, as it was.'],
])('a node that was removed with a vote or without (%s) is that again', async (voter, said) => {
  const { host, app, view, node } = await scene(voter);
  removedToast(app, 'orders-lab', node()).action?.run();
  await expect.poll(() => node().removed).toBe(false);
  await expect.poll(() => app.toasts.store.getState().toasts.at(-1)?.text).toBe(said);
  host.advance(10_000);
  const members = view().nodes[0]?.status?.members ?? [];
  expect(members.find(({ id }) => id === '2')).toMatchObject({ voter, promote: false });
});

test('why a removal cannot be undone just now is said', async () => {
  const { app, view, node } = await scene();
  const now = view();
  const leaderless = { ...now, health: { ...now.health, leaderId: null } };
  expect(takeBackReason(leaderless, '2')).toBe('There is no leader to take it back in.');
  const operation = { kind: 'add-peer', nodeId: '4', state: 'running', steps: [] } as const;
  expect(takeBackReason({ ...now, operation }, '2')).toBe(
    'Something else is under way in the cluster.',
  );
  expect(takeBackReason({ ...now, nodes: [] }, '2')).toBe('The cluster does not know it any more.');
  // Nothing is known of a cluster that is not watched.
  expect(removedToast(app, 'orders-lab', node()).action?.reason?.(null)).toBeNull();
});
