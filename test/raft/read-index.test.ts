import { expect, test } from 'vitest';

import type { ReadIndexRequest } from '../../node-engine/raft/message.ts';
import { READS_WAITING_MAX } from '../../node-engine/raft/read-index.ts';
import { Cluster, cutOff } from './cluster.ts';
import { appended, appendEntries, only } from './messages.ts';
import { commands, member, Server } from './server.ts';

/* Linearizable reads (dissertation §6.4). */

function leaderOf(...ids: readonly string[]): { cluster: Cluster; leader: Server } {
  const cluster = new Cluster(ids);
  cluster.elect('1');
  return { cluster, leader: cluster.at('1') };
}

test('a lone leader confirms its reads by itself', () => {
  const { leader } = leaderOf('1');
  const read = leader.raft.readIndex();
  leader.takeReadys();
  expect(leader.reads).toEqual([{ readId: read.ok && read.readId, readIndex: 2 }]);
});

test('a read is released by a quorum of its round, not by less', () => {
  const { leader } = leaderOf('1', '2', '3', '4', '5');
  leader.raft.readIndex();
  leader.takeReadys();
  const answer = { term: 2, matchIndex: 2, readRound: 1 };
  leader.raft.step(appended({ ...answer, from: '2' }));
  leader.raft.step(appended({ ...answer, from: '2' }));
  leader.takeReadys();
  expect(leader.reads).toEqual([]);
  leader.raft.step(appended({ ...answer, from: '3' }));
  leader.takeReadys();
  expect(leader.reads).toHaveLength(1);
});

test('the answers of non-voters confirm nothing', () => {
  const { cluster, leader } = leaderOf('1', '2', '3');
  for (const id of ['4', '5']) {
    cluster.start(id);
    leader.raft.proposeMembership({ type: 'add', member: member(id, 'non-voter') });
    cluster.settle();
  }
  leader.raft.readIndex();
  const asked = leader.takeReadys();
  expect(asked.map((message) => message.to)).toEqual(['2', '3']);
  leader.raft.step(appended({ term: 2, matchIndex: 3, readRound: 1, from: '4' }));
  leader.raft.step(appended({ term: 2, matchIndex: 3, readRound: 1, from: '5' }));
  leader.takeReadys();
  expect(leader.reads).toEqual([]);
});

test('a refusal of entries confirms the leader as well', () => {
  const { leader } = leaderOf('1', '2', '3');
  leader.raft.readIndex();
  leader.takeReadys();
  const refusal = { success: false, matchIndex: 9, hintIndex: 1, hintTerm: 1 };
  leader.raft.step(appended({ term: 2, ...refusal, matchIndex: 2, readRound: 1 }));
  leader.takeReadys();
  expect(leader.reads).toHaveLength(1);
});

test('a read sees everything committed before it', () => {
  const { cluster, leader } = leaderOf('1', '2', '3');
  leader.raft.propose(commands('abc'));
  cluster.settle();
  leader.raft.readIndex();
  leader.raft.propose(commands('def'));
  cluster.settle(cutOff('3'));
  expect(leader.reads).toMatchObject([{ readIndex: 5 }]);
});

test('reads of a leader that steps down fail, and so do those of its followers', () => {
  const { cluster, leader } = leaderOf('1', '2', '3');
  const follower = cluster.at('3');
  const own = leader.raft.readIndex();
  const asked = follower.raft.readIndex();
  leader.raft.step(appendEntries({ term: 3, prevLogIndex: 2, prevLogTerm: 2 }));
  const heartbeat = appendEntries({ term: 3, to: '3', prevLogIndex: 2, prevLogTerm: 2 });
  follower.raft.step(heartbeat);
  leader.takeReadys();
  follower.takeReadys();
  expect(leader.failedReads).toEqual([own.ok && own.readId]);
  expect(follower.failedReads).toEqual([asked.ok && asked.readId]);
});

test('a leader that steps down leaves the reads of its followers to them', () => {
  const { leader } = leaderOf('1', '2', '3');
  leader.raft.step({ type: 'ReadIndexRequest', from: '2', to: '1', term: 2, readId: 77 });
  const own = leader.raft.readIndex();
  leader.takeReadys();
  leader.raft.step(appendEntries({ term: 3, prevLogIndex: 2, prevLogTerm: 2 }));
  leader.takeReadys();
  expect(leader.failedReads).toEqual([own.ok && own.readId]);
});

test('a server that knows no leader refuses reads', () => {
  const { raft } = new Cluster(['1', '2', '3']).at('1');
  expect(raft.readIndex()).toEqual({ ok: false, reason: 'not-leader', leaderId: null });
});

test('only so many reads wait at a time', () => {
  const { leader } = leaderOf('1', '2');
  for (let number = 0; number < READS_WAITING_MAX; number += 1) leader.raft.readIndex();
  expect(leader.raft.readIndex()).toMatchObject({ ok: false, reason: 'too-many-reads' });
  const { raft } = leader;
  raft.step({ type: 'ReadIndexRequest', from: '2', to: '1', term: 2, readId: 5 });
  expect(only(leader.takeReadys(), 'ReadIndexResponse')).toMatchObject({ to: '2', ok: false });
});

test('a follower asks once for all reads of a turn, and again for later ones', () => {
  const { cluster } = leaderOf('1', '2', '3');
  const follower = cluster.at('2');
  const reads = [follower.raft.readIndex(), follower.raft.readIndex()];
  const first = only(follower.takeReadys(), 'ReadIndexRequest');
  expect(follower.takeReadys()).toEqual([]);
  const later = follower.raft.readIndex();
  const second = only(follower.takeReadys(), 'ReadIndexRequest');
  expect(first.readId).toBe(reads[1]?.ok === true && reads[1].readId);
  const answer = { type: 'ReadIndexResponse', from: '1', to: '2', term: 2, ok: true } as const;
  follower.raft.step({ ...answer, readId: first.readId, readIndex: 2 });
  follower.takeReadys();
  expect(follower.reads.map((read) => read.readId)).toEqual(
    reads.map((read) => read.ok && read.readId),
  );
  follower.raft.step({ ...answer, ok: false, readId: second.readId, readIndex: 0 });
  follower.takeReadys();
  expect(follower.failedReads).toEqual([later.ok && later.readId]);
});

test.each([
  [1, 2],
  [2, 1],
])('an answer to a request of an earlier life releases nothing (%i, then %i)', (one, two) => {
  const { cluster } = leaderOf('1', '2', '3');
  const { disk, config } = cluster.at('2');
  let life = one;
  const follower = new Server('2', disk, { config, random: () => life / 10, nowMs: 0 });
  const heartbeat = appendEntries({ from: '1', to: '2', term: 2, prevLogIndex: 2, prevLogTerm: 2 });
  const ask = (): ReadIndexRequest => {
    follower.raft.step(heartbeat);
    follower.raft.readIndex();
    return only(follower.takeReadys(), 'ReadIndexRequest');
  };
  const before = ask();
  life = two;
  follower.restart(0);
  const now = ask();
  const answer = { type: 'ReadIndexResponse', from: '1', to: '2', term: 2, ok: true } as const;
  follower.raft.step({ ...answer, readId: before.readId, readIndex: 2 });
  follower.takeReadys();
  expect(follower.reads).toEqual([]);
  follower.raft.step({ ...answer, readId: now.readId, readIndex: 2 });
  follower.takeReadys();
  expect(follower.reads).toHaveLength(1);
});

test('reads a follower got no answer to fail after an election timeout, leader or not', () => {
  const { cluster } = leaderOf('1', '2', '3');
  const follower = cluster.at('3');
  follower.raft.readIndex();
  follower.takeReadys();
  for (let nowMs = 80; nowMs <= 800; nowMs += 80) {
    follower.raft.tick(nowMs);
    const heartbeat = { from: '1', to: '3', term: 2, prevLogIndex: 2, prevLogTerm: 2 };
    follower.raft.step(appendEntries(heartbeat));
    follower.takeReadys();
    expect(follower.failedReads).toHaveLength(nowMs < 800 ? 0 : 1);
  }
  expect(follower.raft.role()).toBe('follower');
});
