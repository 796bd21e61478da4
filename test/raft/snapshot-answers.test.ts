import { expect, test } from 'vitest';

import type {
  InstallSnapshotRequest,
  InstallSnapshotResponse,
} from '../../node-engine/raft/message.ts';
import type { SnapshotMeta } from '../../node-engine/raft/types.ts';
import { Cluster, cutOff } from './cluster.ts';
import { appended, appendEntries, only, run } from './messages.ts';
import { commands, member } from './server.ts';
import type { Server } from './server.ts';

/* Snapshots when answers are late, doubled, or meant for something else (Raft paper §7). */

const SNAPSHOT: SnapshotMeta = {
  id: 's9',
  lastIncludedIndex: 9,
  lastIncludedTerm: 2,
  membership: { members: [member('1'), member('2'), member('3')] },
  membershipIndex: 1,
  sizeBytes: 4,
};

const CHUNK: InstallSnapshotRequest = {
  type: 'InstallSnapshotRequest',
  from: '2',
  to: '1',
  term: 2,
  snapshot: SNAPSHOT,
  offset: 0,
  data: new Uint8Array(4),
  done: true,
  readRound: 0,
};

/** Server 1 of three, in term 2 under leader 2. */
function follower(): Server {
  const server = new Cluster(['1', '2', '3']).at('1');
  server.raft.step(appendEntries({ term: 2, prevLogIndex: 1, prevLogTerm: 1 }));
  server.takeReadys();
  server.persistOne();
  server.takeReadys();
  return server;
}

function stored(server: Server, lastIncludedIndex: number): void {
  const snapshot = { ...SNAPSHOT, lastIncludedIndex };
  const write = { lastIncludedIndex, nextOffset: 4, done: true, ok: true, snapshot };
  server.raft.snapshotChunkStored(write);
}

test('a chunk that nobody is writing, or another one, counts for nothing', () => {
  const server = follower();
  stored(server, 9);
  expect(server.raft.hasReady()).toBe(false);
  server.raft.step(CHUNK);
  expect(server.raft.ready().snapshotWrites).toHaveLength(1);
  stored(server, 8);
  expect(server.raft.hasReady()).toBe(false);
  expect(server.raft.status().lastIndex).toBe(1);
  stored(server, 9);
  expect(server.raft.ready().install).toMatchObject({ lastIncludedIndex: 9 });
});

test('a received snapshot does not replace a newer one made meanwhile', () => {
  const server = follower();
  server.raft.step(CHUNK);
  expect(server.raft.ready().snapshotWrites).toHaveLength(1);
  const runs = [run(2, 2, 'abcdefghijk')];
  server.raft.step(
    appendEntries({ term: 2, prevLogIndex: 1, prevLogTerm: 1, runs, leaderCommit: 12 }),
  );
  server.takeReadys();
  server.persistOne();
  server.takeReadys();
  server.takeSnapshot(11, new Uint8Array(1));
  stored(server, 9);
  expect(server.raft.status()).toMatchObject({ snapshotIndex: 11, lastIndex: 12, commitIndex: 12 });
  expect(server.raft.ready()).toMatchObject({ install: null, mustPersist: false });
});

test('an own snapshot that is done after a newer one was received is old news', () => {
  const server = follower();
  const runs = [run(2, 2, 'abc')];
  const append = { term: 2, prevLogIndex: 1, prevLogTerm: 1, runs, leaderCommit: 4 };
  server.raft.step(appendEntries(append));
  server.takeReadys();
  server.persistOne();
  server.takeReadys();
  const own = { ...SNAPSHOT, id: 's3', lastIncludedIndex: 3 };
  server.raft.step(CHUNK);
  expect(server.raft.ready().snapshotWrites).toHaveLength(1);
  stored(server, 9);
  server.raft.snapshotTaken(own);
  expect(server.raft.status()).toMatchObject({ snapshotIndex: 9, firstIndex: 10, lastIndex: 9 });
});

test('a leader waits for the chunk it was writing when it won, and takes no other', () => {
  const server = follower();
  server.raft.step({ ...CHUNK, done: false, data: new Uint8Array(2) });
  expect(server.raft.ready().snapshotWrites).toHaveLength(1);
  server.raft.campaign();
  const granted = { from: '3', to: '1', granted: true } as const;
  server.raft.step({ type: 'PreVoteResponse', ...granted, term: 2, requestTerm: 3 });
  server.takeReadys();
  server.persistOne();
  server.raft.step({ type: 'RequestVoteResponse', ...granted, term: 3 });
  expect(server.raft.role()).toBe('leader');
  server.takeReadys();
  // Deposed, it must not take the answer to the old chunk for one to a new one.
  const next = { ...CHUNK, from: '3', term: 4, snapshot: { ...SNAPSHOT, id: 'other' } };
  server.raft.step(next);
  expect(server.raft.ready().snapshotWrites).toEqual([]);
  const answer = { lastIncludedIndex: 9, nextOffset: 2, done: false, ok: true, snapshot: null };
  server.raft.snapshotChunkStored(answer);
  server.takeReadys();
  server.raft.step(next);
  expect(server.raft.ready().snapshotWrites).toMatchObject([{ from: '3', offset: 0 }]);
});

test('a second leader of the term gets no chunk stored', () => {
  const server = follower();
  server.raft.step({ ...CHUNK, from: '3' });
  expect(server.raft.hasReady()).toBe(false);
  expect(server.trace.at(-1)).toMatchObject({ type: 'ignored', from: '3' });
});

/** A leader of three that has begun to send a snapshot through 8 to server 3. */
function sender(): { cluster: Cluster; leader: Server } {
  const cluster = new Cluster(['1', '2', '3'], { snapshotChunkBytes: 4 });
  cluster.elect('1', cutOff('3'));
  const leader = cluster.at('1');
  leader.raft.propose(commands('abcdef'));
  cluster.settle(cutOff('3'));
  leader.takeSnapshot(8, new Uint8Array(10));
  leader.raft.compact(8);
  cluster.settle(cutOff('3'));
  leader.raft.step(appended({ from: '3', term: 2, matchIndex: 1 }));
  expect(leader.raft.hasReady()).toBe(true);
  expect(leader.raft.ready().snapshotReads).toMatchObject([{ to: '3', offset: 0 }]);
  leader.raft.snapshotBytesRead('3', 8, 0, { data: new Uint8Array(4), done: false });
  leader.takeReadys();
  leader.trace.length = 0;
  return { cluster, leader };
}

const ANSWER: InstallSnapshotResponse = {
  type: 'InstallSnapshotResponse',
  from: '3',
  to: '1',
  term: 2,
  lastIncludedIndex: 8,
  nextOffset: 4,
  installed: false,
  matchIndex: 0,
  readRound: 0,
};

function isSending(leader: Server, offset: number): void {
  const follower = leader.raft.status().followers.find(({ id }) => id === '3');
  expect(follower).toMatchObject({ state: 'snapshot', snapshotOffset: offset });
}

test('answers of strangers, to what was never asked, or to another snapshot move nothing', () => {
  const { leader } = sender();
  leader.raft.step({ ...ANSWER, from: '9' });
  leader.raft.step({ ...ANSWER, installed: true, matchIndex: 99 });
  leader.raft.step({ ...ANSWER, readRound: 1 });
  expect(leader.trace).toMatchObject([
    { type: 'ignored', reason: 'answers what was never asked' },
    { type: 'ignored', reason: 'answers what was never asked' },
  ]);
  leader.raft.step({ ...ANSWER, lastIncludedIndex: 5 });
  isSending(leader, 0);
  leader.raft.step(ANSWER);
  isSending(leader, 4);
});

test('an answer to a transfer that is over begins no other', () => {
  const { leader } = sender();
  leader.raft.step(appended({ from: '3', term: 2, matchIndex: 8 }));
  leader.takeReadys();
  leader.raft.step(ANSWER);
  const ready = leader.raft.hasReady() ? leader.raft.ready() : null;
  expect(ready?.snapshotReads ?? []).toEqual([]);
  expect(leader.raft.status().followers[1]).toMatchObject({ state: 'replicate', nextIndex: 9 });
});

test('a chunk is not read again for a follower that has fallen silent', () => {
  const { cluster, leader } = sender();
  const { electionTimeoutMaxMs, heartbeatIntervalMs } = cluster.config;
  const readsAt = (nowMs: number): number => {
    leader.raft.tick(nowMs);
    leader.raft.step(appended({ term: 2, matchIndex: 8 }));
    let reads = 0;
    while (leader.raft.hasReady()) reads += leader.raft.ready().snapshotReads.length;
    return reads;
  };
  let nowMs = 0;
  for (; nowMs <= 2 * electionTimeoutMaxMs; nowMs += heartbeatIntervalMs) {
    // Once, when the answer is overdue and the follower was heard an election timeout ago at most.
    expect(readsAt(nowMs)).toBe(nowMs === electionTimeoutMaxMs ? 1 : 0);
    if (nowMs === electionTimeoutMaxMs) {
      leader.raft.snapshotBytesRead('3', 8, 0, { data: new Uint8Array(4), done: false });
      only(leader.takeReadys(), 'InstallSnapshotRequest');
    }
  }
  leader.raft.step(appended({ from: '3', term: 2, matchIndex: 1 }));
  expect(readsAt(nowMs)).toBe(1);
});

test('no snapshot begins for a follower that has fallen silent with entries on their way', () => {
  const cluster = new Cluster(['1', '2', '3'], { appendsInFlightMax: 1 });
  cluster.elect('1');
  const leader = cluster.at('1');
  for (const text of ['a', 'b', 'c']) {
    leader.raft.propose(commands(text));
    cluster.settle(cutOff('3'));
  }
  const readsAt = (nowMs: number, from: string): number => {
    leader.raft.tick(nowMs);
    leader.raft.step(appended({ from, term: 2, matchIndex: from === '2' ? 5 : 2 }));
    let reads = 0;
    while (leader.raft.hasReady()) reads += leader.raft.ready().snapshotReads.length;
    return reads;
  };
  for (let nowMs = 80; nowMs <= 960; nowMs += 80) expect(readsAt(nowMs, '2')).toBe(0);
  leader.takeSnapshot(5, new Uint8Array(4));
  leader.raft.compact(5);
  for (let nowMs = 1040; nowMs <= 1600; nowMs += 80) expect(readsAt(nowMs, '2')).toBe(0);
  expect(readsAt(1680, '3')).toBe(1);
});
