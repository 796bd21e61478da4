import { expect, test } from 'vitest';

import { FakeHost } from '../../../../renderer/connection/fake/fake.ts';
import { FAKE_SCENARIOS } from '../../../../renderer/connection/fake/fake-scenarios.ts';
import { type NodeAction, nodeActions } from '../../../../renderer/features/nodes/node-actions.ts';
import { type AppState, createAppState } from '../../../../renderer/state/app-state.ts';

const NOW_MS = 1_700_000_000_000;

interface Scene {
  readonly host: FakeHost;
  readonly app: AppState;
  readonly actions: (nodeId: string, actReason?: string) => readonly NodeAction[];
}

function scene(scenario: string): Scene {
  const host = new FakeHost(FAKE_SCENARIOS[scenario]?.(NOW_MS) ?? [], NOW_MS);
  const app = createAppState(
    host,
    {
      location: { hash: '' },
      history: { pushState: () => undefined, replaceState: () => undefined },
      addEventListener: () => undefined,
    },
    () => NOW_MS,
  );
  app.cluster.watch(host.clusters[0]?.id ?? null);
  return {
    host,
    app,
    actions: (nodeId, actReason) => {
      const { view } = app.cluster.store.getState();
      const node = view?.nodes.find(({ id }) => id === nodeId);
      if (view === null || node === undefined) throw new Error(`no node ${nodeId}`);
      return nodeActions({ app, view, node, actReason: actReason ?? null });
    },
  };
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 8; turn += 1) await Promise.resolve();
}

function ids(actions: readonly NodeAction[]): readonly string[] {
  return actions.map(({ id }) => id);
}

test('a node that is down can be started, and nothing else', () => {
  expect(ids(scene('degraded').actions('1'))).toEqual(['start']);
});

test('a node that cannot use its data can be rebuilt from the leader, running or ended over it', () => {
  const { host, app, actions } = scene('healthy');
  const second = host.clusters[0]?.nodes[1];
  if (second === undefined) throw new Error('no second node');
  second.health = 'damaged';
  host.pushAll();
  const [rebuild] = actions('2');
  expect(rebuild).toMatchObject({ id: 'rebuild', disabledReason: null });
  rebuild?.run();
  expect(app.wishes.store.getState().wish).toEqual({ kind: 'rebuild', nodeId: '2' });
  const lost = 'exit code 1: data directory /d has lost its term and vote: meta.a is missing';
  Object.assign(second, { health: 'ok', process: 'crashed', exitReason: lost });
  host.pushAll();
  expect(ids(actions('2'))).toEqual(['start', 'rebuild']);
  for (const other of ['SIGKILL', 'exit code 1: port 7482 is in use', 'disk full (ENOSPC)']) {
    second.exitReason = other;
    host.pushAll();
    expect(ids(actions('2'))).toEqual(['start']);
  }
});

test('a frozen node can be resumed instead of frozen', () => {
  const actions = ids(scene('five').actions('3'));
  expect(actions).toContain('resume');
  expect(actions).not.toContain('freeze');
});

test.each([
  ['1', 'It leads already.'],
  ['4', 'A non-voter cannot lead.'],
])('in a cluster led by node-1, node-%s cannot be made the leader', (nodeId, reason) => {
  const { host, actions } = scene('adding');
  const [cluster] = host.clusters;
  if (cluster !== undefined) cluster.leaderId = '1';
  host.pushAll();
  expect(actions(nodeId).find(({ id }) => id === 'transfer')?.disabledReason).toBe(reason);
});

test('without a connection to the host every action says the same reason', () => {
  const reasons = scene('healthy')
    .actions('2', 'The host is away.')
    .map(({ disabledReason }) => disabledReason);
  expect(new Set(reasons)).toEqual(new Set(['The host is away.']));
});

test('every action has a line for a terminal', () => {
  for (const { id, command } of scene('healthy').actions('2'))
    expect([id, command]).not.toContain(null);
});

test('a restart waits for the old process before it starts the new one', () => {
  const restart = scene('healthy')
    .actions('2')
    .find(({ id }) => id === 'restart');
  expect(restart?.command).toBe(
    'kill -TERM 51230; while kill -0 51230 2>/dev/null; do sleep 0.1; done; ' +
      'raftdeck node -n 2 -a 127.0.0.1:7482 -d /var/lib/raftdeck/clusters/orders-lab/nodes/2',
  );
});

test('a kill is one call, and its note can undo it', async () => {
  const { host, app, actions } = scene('healthy');
  actions('2')
    .find(({ id }) => id === 'kill')
    ?.run();
  await settle();
  const [toast] = app.toasts.store.getState().toasts;
  expect(toast).toMatchObject({ tone: 'success', text: 'node-2 was killed.' });
  toast?.action?.run();
  await settle();
  expect(host.calls.slice(1)).toEqual([
    { name: 'killNode', request: { clusterId: 'orders-lab', nodeId: '2' } },
    { name: 'startNode', request: { clusterId: 'orders-lab', nodeId: '2' } },
  ]);
});

test('what the host refuses is said in its own words, with its code', async () => {
  const { host, app, actions } = scene('healthy');
  const kill = actions('2').find(({ id }) => id === 'kill');
  host.clusters.length = 0;
  kill?.run();
  await settle();
  expect(app.toasts.store.getState().toasts).toMatchObject([
    { tone: 'error', text: 'Kill node-2: There is no cluster orders-lab.', code: 'E_NOT_FOUND' },
  ]);
});

test('only what takes a node away for a while is asked about before the last spare voter', () => {
  const costly = scene('healthy')
    .actions('2')
    .filter(({ costsVote }) => costsVote);
  expect(ids(costly)).toEqual(['stop', 'kill', 'freeze', 'restart']);
});
