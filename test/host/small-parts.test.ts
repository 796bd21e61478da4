import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';

import { redirectAddress, refusalOf } from '../../main/host/command-sender.ts';
import { consoleRefusal } from '../../main/host/console-command.ts';
import { LagClock } from '../../main/host/lag-clock.ts';
import { compareIds } from '../../main/host/cluster-view.ts';
import { nodeArguments, shellQuoted, type NodeLaunch } from '../../main/host/node-launch.ts';
import { Operation, StepFailure } from '../../main/host/operation.ts';
import { listeningInodes } from '../../main/host/port-owner.ts';
import { RateLimit } from '../../main/host/rate-limit.ts';
import { Ring } from '../../main/host/ring.ts';
import { readSavedCluster } from '../../main/host/saved-cluster.ts';

test('a ring keeps the newest items and counts the others', () => {
  const ring = new Ring<number>(3);
  for (let item = 1; item <= 10; item += 1) {
    ring.push(item);
    expect(ring.toArray()).toEqual([item - 2, item - 1, item].filter((kept) => kept > 0));
  }
  expect([ring.size, ring.dropped]).toEqual([3, 7]);
  expect(() => new Ring(0)).toThrow(RangeError);
});

test('a ring lets go of what has fallen out', async () => {
  const ring = new Ring<object>(100);
  const pushed: WeakRef<object>[] = [];
  for (let at = 0; at < 199; at += 1) {
    const item = { at };
    pushed.push(new WeakRef(item));
    ring.push(item);
  }
  // A reference that was made is held until the turn is over.
  await new Promise((resolve) => setImmediate(resolve));
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const alive = pushed.filter((one) => one.deref() !== undefined);
  expect(ring.size).toBe(100);
  // One or two may still be in a register.
  expect(alive.length).toBeLessThan(110);
});

test('a rate limit lets a burst through and then what its rate allows', () => {
  const limit = new RateLimit({ perSecond: 10, burst: 3 });
  const taken = [0, 0, 0, 0, 99, 100, 100, 250, 350, 360].map((nowMs) => limit.take(nowMs));
  expect(taken).toEqual([true, true, true, false, false, true, false, true, true, false]);
});

test('a lag in entries becomes a lag in time', () => {
  const lag = new LagClock();
  lag.observe('1', 10, 1_000);
  lag.observe('1', 12, 2_000);
  lag.observe('1', 12, 2_500);
  expect([lag.lagMs(9, 3_000), lag.lagMs(10, 3_000), lag.lagMs(12, 3_000)]).toEqual([
    2_000,
    1_000,
    null,
  ]);
  lag.observe('2', 12, 4_000);
  expect(lag.lagMs(10, 4_100)).toBe(100);
});

test('the command line of a node is what its role needs', () => {
  const launch: NodeLaunch = {
    nodeId: '2',
    address: '127.0.0.1:7482',
    directory: "/data/it's here/2",
    home: '/data',
    role: { type: 'first' },
    machine: 'kv',
    backend: 'leveldb',
    durability: 'high',
    faults: true,
  };
  const common = [
    'node',
    '-n',
    '2',
    '-a',
    '127.0.0.1:7482',
    '-d',
    "/data/it's here/2",
    '--home',
    '/data',
    '--machine',
    'kv',
    '--backend',
    'leveldb',
    '--durability',
    'high',
    '--faults',
  ];
  expect(nodeArguments(launch)).toEqual(common);
  const join = { type: 'join', address: '127.0.0.1:7481' } as const;
  expect(nodeArguments({ ...launch, role: join })).toEqual([...common, '-j', '127.0.0.1:7481']);
  // Without its data a member must wait and not begin a cluster of its own.
  expect(nodeArguments({ ...launch, role: { type: 'member' } })).toEqual([...common, '--wait']);
  expect(nodeArguments({ ...launch, role: { type: 'wait' }, faults: false })).not.toContain(
    '--faults',
  );
  expect(shellQuoted(common)).toContain("-d '/data/it'\\''s here/2' --home /data");
});

test('redirects are told from other errors', () => {
  expect(redirectAddress('MOVED 866 127.0.0.1:7481')).toBe('127.0.0.1:7481');
  expect(redirectAddress('TRY 127.0.0.1:7481')).toBe('127.0.0.1:7481');
  expect(redirectAddress('MOVED 127.0.0.1:7481')).toBeNull();
  expect(redirectAddress('ERR TRY again')).toBeNull();
});

test('an error reply says whether the outcome is known', () => {
  expect(refusalOf({ type: 'simple', text: 'OK' })).toBeNull();
  expect(refusalOf({ type: 'error', text: 'ERR no' })?.code).toBe('E_REFUSED');
  expect(refusalOf({ type: 'error', text: 'UNKNOWN leader lost' })?.code).toBe('E_UNKNOWN_OUTCOME');
});

test('commands that stream are not for the console', () => {
  for (const args of [
    ['MONITOR'],
    ['raft', 'watch'],
    ['RAFT', 'WATCH', 'EVENTS'],
    ['Subscribe', 'x'],
  ]) {
    expect(consoleRefusal(args)?.ok).toBe(false);
  }
  for (const args of [['GET', 'watch'], ['RAFT', 'STATUS'], ['RAFT']]) {
    expect(consoleRefusal(args)).toBeNull();
  }
});

test('ids that are numbers are in numeric order', () => {
  expect(['10', '9', 'b', '1', 'a'].sort(compareIds)).toEqual(['1', '9', '10', 'a', 'b']);
});

test('the sockets that listen on a port are found in the kernel’s table', () => {
  const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1D39 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 111 1
   1: 0100007F:1D39 0100007F:9C40 01 00000000:00000000 00:00000000 00000000  1000        0 112 1
   2: 0100007F:1D3A 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 113 1
`;
  expect(listeningInodes(table, 7481)).toEqual(['111']);
  expect(listeningInodes(table, 7483)).toEqual([]);
});

test('a saved cluster is read whole or not at all', () => {
  const node = {
    id: '1',
    port: 7481,
    directory: '/d/1',
    removed: true,
    nonVoter: true,
    desired: 'running',
    joined: true,
    process: { pid: 7, startTime: 'x', startedAtMs: 5 },
  };
  const saved = {
    format: 1,
    id: 'a',
    name: 'n',
    createdAtMs: 1,
    lastUsedMs: 2,
    machine: 'kv',
    backend: 'leveldb',
    durability: 'high',
    basePort: 7481,
    nextNumber: 2,
    directory: '/d',
    nodes: [node],
  };
  expect(readSavedCluster(saved)).toEqual(saved);
  // Records of before do not say what a removed node was: it comes back as a voter, as it did then.
  const { nonVoter: _, ...older } = node;
  expect(readSavedCluster({ ...saved, nodes: [older] })?.nodes[0]?.nonVoter).toBe(false);
  for (const bad of [
    null,
    [],
    { ...saved, format: 2 },
    { ...saved, name: 7 },
    { ...saved, nodes: [{}] },
    { ...saved, nodes: [{ ...node, nonVoter: 'no' }] },
  ]) {
    expect(readSavedCluster(bad)).toBeNull();
  }
  // A signal to pid 0 or below goes to whole groups of processes.
  for (const pid of [0, -1, 1.5]) {
    expect(
      readSavedCluster({
        ...saved,
        nodes: [{ ...node, process: { pid, startTime: 'x', startedAtMs: 5 } }],
      }),
    ).toBeNull();
  }
});

test('an operation shows each step as it goes, and has failed when one has', async () => {
  let changes = 0;
  const operation = new Operation({
    kind: 'create',
    nodeId: null,
    steps: ['one', 'two', 'three'],
    changed: () => (changes += 1),
  });
  expect(operation.view(0).steps.map(({ state }) => state)).toEqual([
    'waiting',
    'waiting',
    'waiting',
  ]);
  expect(await operation.run('one', async () => 'fine')).toBe(true);
  const failing = operation.run('two', async (say) => {
    say('half way');
    throw new StepFailure('no port');
  });
  expect(await failing).toBe(false);
  expect(operation.finish()).toBe(false);
  expect(operation.view(0).steps.map(({ state, detail }) => [state, detail])).toEqual([
    ['done', 'fine'],
    ['failed', 'no port'],
    ['waiting', null],
  ]);
  expect([operation.state, changes > 4]).toEqual(['failed', true]);
  await expect(operation.run('four', async () => null)).rejects.toThrow("no step 'four'");
});
