import { expect, test } from 'vitest';

import { DEFAULT_RAFT_CONFIG } from '../../node-engine/raft/config.ts';
import { Raft } from '../../node-engine/raft/raft.ts';
import { RUN_MEMBERSHIP, RUN_NO_OP, RUN_TICK } from '../../node-engine/raft/types.ts';
import { Cluster, cutOff, textOf } from './cluster.ts';
import { Disk } from './disk.ts';
import { commands, member, offsetOfCommand, Server } from './server.ts';

test('three servers elect a leader, replicate, commit, and restart', () => {
  const cluster = new Cluster(['1', '2', '3']);
  cluster.elect('1');
  expect(cluster.at('1').raft.status().role).toBe('leader');
  const proposed = cluster.at('1').raft.propose(commands('abc'));
  expect(proposed).toEqual({ ok: true, firstIndex: 3, term: 2 });
  cluster.settle();
  for (const server of cluster.servers.values()) {
    expect(server.commitIndex).toBe(5);
    expect(textOf(server.raft.cachedRuns(3, 5) ?? [])).toBe('abc');
  }
  for (const server of cluster.servers.values()) server.restart(cluster.nowMs);
  expect(cluster.at('1').raft.status()).toMatchObject({ lastIndex: 5, term: 2, role: 'follower' });
  cluster.elect('2');
  expect(cluster.at('2').raft.status()).toMatchObject({ commitIndex: 6, term: 3, role: 'leader' });
});

test('a new leader is elected when the leader falls silent', () => {
  const cluster = new Cluster(['1', '2', '3']);
  cluster.elect('1');
  for (let turn = 0; turn < 40; turn += 1) cluster.advance(50, cutOff('1'));
  const roles = ['1', '2', '3'].map((id) => cluster.at(id).raft.status().role);
  expect(roles[0]).not.toBe('leader');
  expect(roles.filter((role) => role === 'leader')).toHaveLength(1);
});

test('reads are released, on the leader and on a follower', () => {
  const cluster = new Cluster(['1', '2', '3']);
  cluster.elect('1');
  const atLeader = cluster.at('1').raft.readIndex();
  const atFollower = cluster.at('2').raft.readIndex();
  cluster.settle();
  if (!atLeader.ok || !atFollower.ok) throw new Error('refused');
  expect(cluster.at('1').reads).toEqual([{ readId: atLeader.readId, readIndex: 2 }]);
  expect(cluster.at('2').reads).toEqual([{ readId: atFollower.readId, readIndex: 2 }]);
});

test('leadership is handed over', () => {
  const cluster = new Cluster(['1', '2', '3']);
  cluster.elect('1');
  expect(cluster.at('1').raft.transferLeadership('3')).toEqual({ ok: true, to: '3' });
  cluster.settle();
  expect(cluster.at('3').raft.status()).toMatchObject({ role: 'leader', term: 3 });
});

test('a joining server gets a snapshot, the log after it, and a vote', () => {
  const cluster = new Cluster(['1', '2', '3'], { snapshotChunkBytes: 4 });
  cluster.elect('1');
  const leader = cluster.at('1');
  leader.raft.propose(commands('abcdefgh'));
  cluster.settle();
  leader.takeSnapshot(8, Uint8Array.from([1, 2, 3, 4, 5, 6]));
  leader.raft.compact(8);
  cluster.settle();
  expect(leader.raft.status().firstIndex).toBe(9);
  const joining = cluster.start('4');
  expect(leader.raft.proposeMembership({ type: 'add', member: member('4', 'joining') }).ok).toBe(
    true,
  );
  cluster.settle();
  for (let turn = 0; turn < 5; turn += 1) cluster.advance(80);
  expect(joining.raft.status()).toMatchObject({ snapshotIndex: 8, firstIndex: 9 });
  expect(joining.commitIndex).toBe(leader.commitIndex);
  expect(leader.raft.membership().members[3]).toMatchObject({ id: '4', voter: true });
});

test('a tick and a piece of a restore are proposed like commands, and nothing else is', () => {
  const cluster = new Cluster(['1', '2', '3']);
  cluster.elect('1');
  const { raft } = cluster.at('1');
  const tick = { ...commands('t'), flags: RUN_TICK };
  expect(raft.propose(tick)).toEqual({ ok: true, firstIndex: 3, term: 2 });
  cluster.settle();
  expect(cluster.at('3').raft.cachedRuns(3, 3)).toMatchObject([{ flags: RUN_TICK, count: 1 }]);
  for (const flags of [RUN_MEMBERSHIP, RUN_NO_OP]) {
    expect(() => raft.propose({ ...tick, flags })).toThrow(
      'only commands, ticks and restores are proposed',
    );
  }
});

test('a core that nobody watches does what a watched one does', () => {
  const statuses = [true, false].map((isWatched) => {
    const cluster = new Cluster([], { snapshotChunkBytes: 4 });
    const membership = { members: ['1', '2', '3'].map((id) => member(id)) };
    for (const id of ['1', '2', '3', '4']) {
      const disk = new Disk();
      if (id !== '4') disk.bootstrap(membership);
      const { config } = cluster;
      const random = (): number => Number(id) / 10;
      cluster.servers.set(id, new Server(id, disk, { config, random, nowMs: 0, isWatched }));
    }
    // Everything that is told: elections, a log that is cut, members, handovers, snapshots.
    cluster.elect('1', cutOff('3'));
    cluster.at('1').raft.propose(commands('lost'));
    cluster.settle(cutOff('1'));
    for (let turn = 0; turn < 12; turn += 1) cluster.advance(80, cutOff('1'));
    cluster.elect('2', cutOff('1'));
    const leader = cluster.at('2');
    leader.raft.propose(commands('kept'));
    cluster.settle();
    for (let turn = 0; turn < 3; turn += 1) cluster.advance(80);
    leader.takeSnapshot(4, new Uint8Array(6));
    leader.raft.compact(4);
    leader.raft.proposeMembership({ type: 'add', member: member('4', 'joining') });
    for (let turn = 0; turn < 8; turn += 1) cluster.advance(80);
    leader.raft.transferLeadership('3');
    for (let turn = 0; turn < 3; turn += 1) cluster.advance(80);
    for (const { trace } of cluster.servers.values()) expect(trace.length > 0).toBe(isWatched);
    return [...cluster.servers.values()].map(({ raft }) => raft.status());
  });
  const [watched, unwatched] = statuses;
  expect(unwatched).toEqual(watched);
  expect(watched?.map(({ role }) => role)).toEqual(['follower', 'follower', 'leader', 'follower']);
  expect(watched?.[3]).toMatchObject({
    snapshotIndex: 4,
    membership: { members: [{}, {}, {}, {}] },
  });
});

test('a server may vote unless it is told otherwise', () => {
  const disk = new Disk();
  disk.bootstrap({ members: [member('1')] });
  const raft = new Raft({
    id: '1',
    config: DEFAULT_RAFT_CONFIG,
    recovered: disk.recover(),
    nowMs: 0,
    random: () => 0,
    offsetOfCommand,
    trace: null,
  });
  expect(raft.campaign()).toEqual({ ok: true });
  expect(raft.role()).toBe('candidate');
});
