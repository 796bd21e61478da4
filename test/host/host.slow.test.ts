import { existsSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

import type { ClusterSummary, ClusterView } from '../../main/contract/model.ts';
import { DEFAULT_SETTINGS } from '../../main/contract/settings.ts';
import { DetachedSpawner } from '../../main/host/detached-spawner.ts';
import { processEntry } from '../../main/host/process-table.ts';
import type { NodeProcess } from '../../main/host/spawner.ts';
import { HostFixture, PATIENCE_MS, valueOf } from './host-fixture.ts';
import { testPorts } from './test-port.ts';

const FAKE_NODE = join(import.meta.dirname, 'fake-node.mjs');

let fixture: HostFixture;

beforeEach(async () => {
  fixture = await HostFixture.open([process.execPath, FAKE_NODE]);
});

afterEach(async () => {
  await fixture.dispose();
});

function processes(clusterId: string): readonly (readonly [string, string])[] {
  return fixture.view(clusterId).nodes.map(({ id, process }) => [id, process] as const);
}

test('a new cluster comes up with real steps, and its picture says so', async () => {
  const clusterId = await fixture.create(3);
  const view = fixture.view(clusterId);
  expect(view.operation?.steps.map(({ name, state }) => [name, state])).toEqual([
    ['Choose ports', 'done'],
    ['Start node-1', 'done'],
    ['Start node-2', 'done'],
    ['Start node-3', 'done'],
    ['Elect a leader', 'done'],
    ['Add the voters', 'done'],
  ]);
  const { health } = await fixture.untilSays(clusterId, 'Healthy: 3 of 3 voters, can lose 1');
  expect(health).toMatchObject({ leaderId: '1', agreeing: 3, answering: 3 });
  const port = view.nodes[0]?.clientAddress.split(':')[1] ?? '';
  expect(view.connectCommand).toBe(`redis-cli -c -p ${port}`);
  expect(view.nodes[0]?.startCommand).toMatch(/^raftdeck node -n 1 -a 127\.0\.0\.1:\d+ -d /);
});

test('no step of a creation or an addition is under way before the one that it waits for', async () => {
  const { clusterId } = valueOf(
    await fixture.host.createCluster({ nodes: 3, basePort: await testPorts(5) }),
  );
  const follows = [
    ['Start node-1', 'Elect a leader'],
    ['Elect a leader', 'Add the voters'],
    ['Start node-4', 'Send RAFTADDPEER'],
  ] as const;
  const seen = new Set<string>();
  const early = new Set<string>();
  const isDone = ({ operation }: ClusterView): boolean => {
    const steps = new Map(operation?.steps.map(({ name, state }) => [name, state] as const));
    for (const [name, state] of steps) seen.add(`${name}: ${state}`);
    for (const [one, next] of follows) {
      if (steps.get(one) !== 'done' && (steps.get(next) ?? 'waiting') !== 'waiting')
        early.add(next);
    }
    return operation?.state === 'done';
  };
  await fixture.until(clusterId, isDone);
  const adding = fixture.until(clusterId, (view) => {
    return isDone(view) && view.operation?.kind === 'add-peer';
  });
  valueOf(await fixture.host.addPeer({ clusterId }));
  await adding;
  expect([...early]).toEqual([]);
  // It takes a while, and is shown as long as it does.
  expect([...seen]).toContain('Send RAFTADDPEER: running');
});

test('what it keeps on disk is for this user alone', async () => {
  const clusterId = await fixture.create(1);
  const modes = [fixture.home, join(fixture.home, 'host'), join(fixture.home, 'clusters')];
  const node = fixture.node(clusterId, '1').directory;
  modes.push(node, join(node, 'stdout.log'));
  const seen = modes.map((path) => (statSync(path).mode & 0o077).toString(8));
  expect(seen).toEqual(['0', '0', '0', '0', '0']);
});

test('a killed node is known to be killed at once, and starts again with its data', async () => {
  const clusterId = await fixture.create(3);
  const ref = { clusterId, nodeId: '3' };
  const { pid } = fixture.node(clusterId, '3');
  valueOf(await fixture.host.killNode(ref));
  expect(fixture.node(clusterId, '3')).toMatchObject({
    process: 'stopped',
    pid: null,
    exitReason: 'SIGKILL',
    connected: false,
  });
  await fixture.untilSays(clusterId, 'Degraded: 2 of 3 voters, can lose none; node-3 is stopped');
  valueOf(await fixture.host.startNode(ref));
  await fixture.until(clusterId, ({ health }) => health.level === 'healthy');
  expect(fixture.node(clusterId, '3').pid).not.toBe(pid);
});

test('a node that somebody else kills has crashed', async () => {
  const clusterId = await fixture.create(3);
  process.kill(fixture.pid(clusterId, '2'), 'SIGKILL');
  await fixture.until(clusterId, ({ nodes }) => nodes[1]?.process === 'crashed');
  expect(fixture.node(clusterId, '2')).toMatchObject({ exitReason: 'SIGKILL' });
  const types = fixture.events(clusterId).filter(({ nodeId }) => nodeId === '2');
  expect(types.map(({ type }) => type)).toContain('process-exited');
});

test('a node that ends with an error says its last words', async () => {
  const clusterId = await fixture.create(1, 'broken');
  await fixture.until(clusterId, ({ operation }) => operation?.state === 'failed');
  expect(fixture.node(clusterId, '1')).toMatchObject({
    process: 'crashed',
    exitReason: 'exit code 3: the machine is broken',
  });
  const step = fixture.view(clusterId).operation?.steps[1];
  expect(step).toMatchObject({
    name: 'Start node-1',
    state: 'failed',
    detail: 'node-1 has ended: exit code 3: the machine is broken',
  });
  // Who starts it from the list of all clusters sees why it is still stopped.
  let list: readonly ClusterSummary[] = [];
  fixture.host.subscribe({ topic: 'clusters' }, (payload) => {
    list = payload as readonly ClusterSummary[];
  })();
  expect(list.map(({ health, sentence }) => [health, sentence])).toEqual([
    ['stopped', `Not started: ${step?.detail}`],
  ]);
  const output = valueOf(await fixture.host.nodeOutput({ clusterId, nodeId: '1' }));
  expect(output.map(({ stream, text }) => [stream, text])).toEqual([
    ['stderr', 'the machine is broken'],
  ]);
});

test('a frozen node is frozen in the picture, and does not count as up', async () => {
  const clusterId = await fixture.create(3);
  const ref = { clusterId, nodeId: '2' };
  valueOf(await fixture.host.freezeNode(ref));
  await fixture.until(clusterId, ({ nodes }) => nodes[1]?.process === 'frozen');
  await fixture.untilSays(clusterId, 'Degraded: 2 of 3 voters, can lose none; node-2 is frozen');
  valueOf(await fixture.host.resumeNode(ref));
  await fixture.until(clusterId, ({ health }) => health.level === 'healthy');
});

test('a cluster stops and starts as one', async () => {
  const clusterId = await fixture.create(3);
  valueOf(await fixture.host.stopCluster({ clusterId }));
  expect(processes(clusterId)).toEqual([
    ['1', 'stopped'],
    ['2', 'stopped'],
    ['3', 'stopped'],
  ]);
  await fixture.untilSays(clusterId, 'Stopped: none of 3 nodes runs');
  valueOf(await fixture.host.startCluster({ clusterId }));
  await fixture.until(clusterId, ({ health }) => health.level === 'healthy');
  const again = await fixture.host.startCluster({ clusterId });
  expect(again).toMatchObject({ ok: false, error: { code: 'E_STATE' } });
});

test('a cluster that is stopped in the moment of its start has no node left', async () => {
  const clusterId = await fixture.create(3);
  valueOf(await fixture.host.stopCluster({ clusterId }));
  const starting = fixture.host.startCluster({ clusterId });
  valueOf(await fixture.host.stopCluster({ clusterId }));
  await starting;
  expect(processes(clusterId).map(([, process]) => process)).toEqual([
    'stopped',
    'stopped',
    'stopped',
  ]);
});

test('nodes that are started or restarted while their cluster is stopped are not left behind', async () => {
  const clusterId = await fixture.create(3);
  valueOf(await fixture.host.stopNode({ clusterId, nodeId: '2' }));
  const asked = [
    fixture.host.startNode({ clusterId, nodeId: '2' }),
    fixture.host.restartNode({ clusterId, nodeId: '3' }),
  ];
  valueOf(await fixture.host.stopCluster({ clusterId }));
  const [, restarted] = await Promise.all(asked);
  expect(restarted).toMatchObject({ ok: false, error: { code: 'E_STATE' } });
  expect(processes(clusterId).map(([, process]) => process)).toEqual([
    'stopped',
    'stopped',
    'stopped',
  ]);
  valueOf(await fixture.host.startCluster({ clusterId }));
  await fixture.until(clusterId, ({ health }) => health.level === 'healthy');
});

test('a node that is stopped or killed in the moment of its start ends', async () => {
  const clusterId = await fixture.create(3);
  const ref = { clusterId, nodeId: '3' };
  for (const end of ['stopNode', 'killNode'] as const) {
    valueOf(await fixture.host.stopNode({ clusterId, nodeId: '3' }));
    const started = fixture.host.startNode(ref);
    valueOf(await fixture.host[end](ref));
    valueOf(await started);
    expect(fixture.node(clusterId, '3').process).toBe('stopped');
    valueOf(await fixture.host.startNode(ref));
  }
});

test('a peer is added by the leader and becomes a voter', async () => {
  const clusterId = await fixture.create(3);
  const { nodeId } = valueOf(await fixture.host.addPeer({ clusterId }));
  expect(nodeId).toBe('4');
  await fixture.until(clusterId, ({ operation }) => operation?.state === 'done');
  expect(fixture.view(clusterId).operation).toMatchObject({ kind: 'add-peer', nodeId: '4' });
  await fixture.until(clusterId, ({ health }) => health.voters === 4 && health.level === 'healthy');
});

test('a removed node leaves the cluster, its process ends, its data stays', async () => {
  const clusterId = await fixture.create(3);
  valueOf(await fixture.host.removePeer({ clusterId, nodeId: '2' }));
  const node = fixture.node(clusterId, '2');
  expect(node).toMatchObject({ removed: true, process: 'stopped' });
  expect(existsSync(join(node.directory, 'stdout.log'))).toBe(true);
  expect(fixture.view(clusterId).health.voters).toBe(2);
  await fixture.untilSays(clusterId, 'Healthy: 2 of 2 voters, can lose none');
  const started = await fixture.host.startNode({ clusterId, nodeId: '2' });
  expect(started).toMatchObject({ ok: false, error: { code: 'E_STATE' } });
  valueOf(await fixture.host.addPeer({ clusterId }));
  expect(fixture.node(clusterId, '4').process).not.toBe('stopped');
});

test('the leader can be removed: another one leads', async () => {
  const clusterId = await fixture.create(3);
  valueOf(await fixture.host.removePeer({ clusterId, nodeId: '1' }));
  const view = await fixture.until(clusterId, ({ health }) => {
    return health.level === 'healthy' && health.leaderId !== '1' && health.voters === 2;
  });
  expect(view.health.sentence).toBe('Healthy: 2 of 2 voters, can lose none');
  expect(fixture.node(clusterId, '1')).toMatchObject({ removed: true, process: 'stopped' });
});

test('the last voter cannot be removed', async () => {
  const clusterId = await fixture.create(1);
  const refused = await fixture.host.removePeer({ clusterId, nodeId: '1' });
  expect(refused).toMatchObject({ ok: false, error: { code: 'E_STATE' } });
  expect(fixture.node(clusterId, '1').process).toBe('running');
});

test('a refusal of the cluster comes back word for word', async () => {
  const clusterId = await fixture.create(1);
  expect(await fixture.host.shrinkLog({ clusterId, nodeId: '1' })).toEqual({
    ok: false,
    error: { code: 'E_REFUSED', message: 'ERR nothing to shrink' },
  });
  expect(await fixture.host.takeSnapshot({ clusterId, nodeId: '1' })).toEqual({
    ok: true,
    value: null,
  });
});

test('a command to a follower shows its redirect, or follows it', async () => {
  const clusterId = await fixture.create(3);
  await fixture.until(clusterId, ({ health }) => health.agreeing === 3);
  const command = { clusterId, nodeId: '2', args: ['SET', 'k', 'v'] };
  const leader = fixture.node(clusterId, '1').clientAddress;
  const shown = valueOf(await fixture.host.sendCommand({ ...command, followRedirects: false }));
  expect(shown).toMatchObject({
    reply: { type: 'error', text: `MOVED 0 ${leader}` },
    nodeId: '2',
    redirects: [],
  });
  const followed = valueOf(await fixture.host.sendCommand({ ...command, followRedirects: true }));
  expect(followed).toMatchObject({
    reply: { type: 'simple', text: 'OK' },
    nodeId: '1',
    redirects: [{ nodeId: '2', text: `MOVED 0 ${leader}` }],
  });
});

test('a command that begins a stream is not sent', async () => {
  const clusterId = await fixture.create(1);
  for (const args of [['raft', 'watch'], ['MONITOR'], ['subscribe', 'x']]) {
    const sent = await fixture.host.sendCommand({
      clusterId,
      nodeId: null,
      args,
      followRedirects: false,
    });
    expect(sent).toMatchObject({ ok: false, error: { code: 'E_STATE' } });
  }
});

test('nodes outlive their host and are found again with all that they are', async () => {
  const clusterId = await fixture.create(3);
  const before = fixture.view(clusterId);
  valueOf(await fixture.host.freezeNode({ clusterId, nodeId: '3' }));
  await fixture.replaceHost();
  expect(fixture.lines).toEqual(['Found 3 nodes from your last session and reconnected.']);
  // The first window is told of it, and only that one.
  const { takenUp } = valueOf(await fixture.host.appInfo());
  expect(takenUp).toMatchObject({ found: 3, restarted: 0 });
  expect(takenUp?.unwatchedMs).toBeGreaterThanOrEqual(0);
  expect(valueOf(await fixture.host.appInfo()).takenUp).toBeNull();
  // And a host that is not the whole program cannot be ended from a page.
  expect(await fixture.host.quit({ nodes: 'stop' })).toMatchObject({
    ok: false,
    error: { code: 'E_STATE' },
  });
  await fixture.until(clusterId, ({ health }) => health.answering === 2);
  const after = fixture.view(clusterId);
  expect(after.name).toBe(before.name);
  // Nobody saw since when this leader leads.
  expect(after.health.leaderId).toBe(before.health.leaderId);
  expect(after.health.leaderChangedAtMs).toBeNull();
  expect(before.health.leaderChangedAtMs).not.toBeNull();
  expect(after.nodes.map(({ pid }) => pid)).toEqual(before.nodes.map(({ pid }) => pid));
  await fixture.until(clusterId, ({ nodes }) => {
    return nodes.map(({ process }) => process).join(' ') === 'running running frozen';
  });
  valueOf(await fixture.host.resumeNode({ clusterId, nodeId: '3' }));
  await fixture.until(clusterId, ({ health }) => health.level === 'healthy');
  valueOf(await fixture.host.killNode({ clusterId, nodeId: '3' }));
  expect(fixture.node(clusterId, '3')).toMatchObject({ process: 'stopped', exitReason: 'SIGKILL' });
});

test('a node that is started or restarted while the host ends its nodes is not left behind', async () => {
  await fixture.dispose();
  const started: NodeProcess[] = [];
  const detached = new DetachedSpawner([process.execPath, FAKE_NODE]);
  fixture = await HostFixture.with({
    isolation: detached.isolation,
    outlivesHost: true,
    spawn: async (launch) => {
      const spawned = await detached.spawn(launch);
      if (spawned.ok) started.push(spawned.value);
      return spawned;
    },
    runTool: (args) => detached.runTool(args),
    attach: (launch, identity) => detached.attach(launch, identity),
  });
  const clusterId = await fixture.create(3);
  const { host } = fixture;
  valueOf(await host.stopNode({ clusterId, nodeId: '3' }));
  const starting = host.startNode({ clusterId, nodeId: '3' });
  const restarting = host.restartNode({ clusterId, nodeId: '2' });
  await host.close({ nodes: 'stop' });
  await Promise.all([starting, restarting]);
  expect(started.length).toBeGreaterThanOrEqual(4);
  const left = started.filter(({ pid }) => (processEntry(pid ?? 0)?.state ?? 'ended') !== 'ended');
  for (const node of left) node.kill();
  expect(left.map(({ pid }) => pid)).toEqual([]);
});

test('a node that ended while no host was there is crashed, one that was stopped is stopped', async () => {
  const clusterId = await fixture.create(3);
  valueOf(await fixture.host.stopNode({ clusterId, nodeId: '2' }));
  const pid = fixture.pid(clusterId, '3');
  await fixture.closeHost();
  process.kill(pid, 'SIGKILL');
  // A host that comes before the system has ended it still finds it.
  await expect
    .poll(() => processEntry(pid)?.state ?? 'ended', { timeout: PATIENCE_MS })
    .toBe('ended');
  await fixture.replaceHost();
  expect(processes(clusterId).slice(1)).toEqual([
    ['2', 'stopped'],
    ['3', 'crashed'],
  ]);
});

test('one home has one host', async () => {
  await expect(async () => HostFixture.openOn(fixture.home)).rejects.toThrow(
    /E_STATE: Another Raftdeck \(PID \d+\) uses /,
  );
});

test('a cluster is deleted only by its name, with its processes and its files', async () => {
  const clusterId = await fixture.create(3);
  const { name, directory, nodes } = fixture.view(clusterId);
  const wrong = await fixture.host.deleteCluster({ clusterId, confirmName: `${name}x` });
  expect(wrong).toMatchObject({ ok: false, error: { code: 'E_CONFIRM' } });
  expect(fixture.host.runningNodes).toBe(3);
  valueOf(await fixture.host.deleteCluster({ clusterId, confirmName: name }));
  expect(existsSync(directory)).toBe(false);
  expect(fixture.host.runningNodes).toBe(0);
  for (const { pid } of nodes) expect(() => process.kill(pid ?? 0, 0)).toThrow('ESRCH');
  const gone = await fixture.host.startCluster({ clusterId });
  expect(gone).toMatchObject({ ok: false, error: { code: 'E_NOT_FOUND' } });
});

test('a port that is taken is named with who has it, and free ones are offered', async () => {
  const basePort = await testPorts(3);
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(basePort + 1, '127.0.0.1', resolve));
  try {
    const refused = await fixture.host.createCluster({ nodes: 3, basePort });
    expect(refused).toMatchObject({ ok: false, error: { code: 'E_PORT' } });
    const message = refused.ok ? '' : refused.error.message;
    expect(message).toContain(`Port ${String(basePort + 1)} is used by `);
    if (process.platform === 'linux') expect(message).toContain(`(PID ${String(process.pid)})`);
    expect(message).toMatch(/Ports from \d+ on are free/);
  } finally {
    other.close();
  }
});

test('a cluster whose ports are taken says by whom, changes nothing, and starts when they are free', async () => {
  const clusterId = await fixture.create(3);
  valueOf(await fixture.host.stopCluster({ clusterId }));
  const addresses = fixture.view(clusterId).nodes.map(({ clientAddress }) => clientAddress);
  const others = addresses.map(() => createServer((socket) => socket.destroy()));
  try {
    await Promise.all(
      others.map((other, at) => {
        const port = Number(addresses[at]?.split(':')[1]);
        return new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve));
      }),
    );
    const refused = await fixture.host.startCluster({ clusterId });
    expect(refused).toMatchObject({ ok: false, error: { code: 'E_PORT' } });
    const failed = await fixture.until(clusterId, (view) => view.operation?.state === 'failed');
    const by = process.platform === 'linux' ? `(PID ${String(process.pid)})` : 'is used by';
    for (const { name, exitReason, process: state } of failed.nodes) {
      expect([state, exitReason]).toEqual(['stopped', expect.stringContaining(by)]);
      const step = failed.operation?.steps.find((one) => one.name === `Start ${name}`);
      expect(step?.detail).toContain('needs it and was not started');
    }
  } finally {
    await Promise.all(
      others.map((other) => new Promise<void>((resolve) => other.close(() => resolve()))),
    );
  }
  valueOf(await fixture.host.startCluster({ clusterId }));
  const started = await fixture.until(clusterId, ({ health }) => health.level === 'healthy');
  expect(started.nodes.map(({ clientAddress }) => clientAddress)).toEqual(addresses);
  expect(started.nodes.map(({ exitReason }) => exitReason)).toEqual([null, null, null]);
});

test('the list of clusters is pushed as it changes', async () => {
  const lists: (readonly ClusterSummary[])[] = [];
  fixture.host.subscribe({ topic: 'clusters' }, (payload) => {
    lists.push(payload as readonly ClusterSummary[]);
  });
  expect(lists).toEqual([[]]);
  const clusterId = await fixture.create(1);
  valueOf(await fixture.host.renameCluster({ clusterId, name: 'Bestellungen' }));
  await expect
    .poll(() => lists.at(-1)?.[0], { timeout: PATIENCE_MS })
    .toMatchObject({
      id: clusterId,
      name: 'Bestellungen',
      health: 'healthy',
      nodesUp: 1,
      nodes: 1,
    });
  const taken = await fixture.host.createCluster({ nodes: 1, name: 'Bestellungen' });
  expect(taken).toMatchObject({ ok: false, error: { code: 'E_ARGS', field: 'name' } });
});

test('of clusters that are created at the same moment on the same ports one is', async () => {
  const basePort = await testPorts(1);
  const results = await Promise.all(
    Array.from({ length: 3 }, () => fixture.host.createCluster({ nodes: 1, basePort })),
  );
  expect(results.map((result) => (result.ok ? 'created' : result.error.code))).toEqual([
    'created',
    'E_PORT',
    'E_PORT',
  ]);
});

test('while an operation is under way another one is refused, and a stop ends it', async () => {
  const basePort = await testPorts(5);
  const { clusterId } = valueOf(await fixture.host.createCluster({ nodes: 3, basePort }));
  const second = await fixture.host.startCluster({ clusterId });
  expect(second).toMatchObject({ ok: false, error: { code: 'E_STATE' } });
  valueOf(await fixture.host.stopCluster({ clusterId }));
  expect(fixture.view(clusterId).operation?.state).not.toBe('running');
  expect(fixture.host.runningNodes).toBe(0);
});

test('settings are kept and pushed', async () => {
  const seen: unknown[] = [];
  fixture.host.subscribe({ topic: 'settings' }, (payload) => seen.push(payload));
  const settings = { ...DEFAULT_SETTINGS, theme: 'dark', keys: { kill: 'X' } } as const;
  valueOf(await fixture.host.setSettings(settings));
  expect(seen).toEqual([DEFAULT_SETTINGS, settings]);
  await fixture.replaceHost();
  expect(valueOf(await fixture.host.getSettings())).toEqual(settings);
});
