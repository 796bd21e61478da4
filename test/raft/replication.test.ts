import { expect, test } from 'vitest';

import type { RaftConfig } from '../../node-engine/raft/config.ts';
import type { AppendEntriesRequest, Message } from '../../node-engine/raft/message.ts';
import { Cluster, cutOff, textOf } from './cluster.ts';
import { appended, only, run } from './messages.ts';
import { commands } from './server.ts';
import type { Server } from './server.ts';

/** A leader of two with everything replicated so far, nothing of it cached. */
function leaderOfTwo(config: Partial<RaftConfig> = {}): { cluster: Cluster; leader: Server } {
  const cluster = new Cluster(['1', '2'], config);
  cluster.elect('1');
  return { cluster, leader: cluster.at('1') };
}

function appends(messages: readonly Message[]): AppendEntriesRequest[] {
  return messages.filter(
    (message): message is AppendEntriesRequest => message.type === 'AppendEntriesRequest',
  );
}

/** A leader whose follower 2 lost touch at index 2 while 3 went on to 8, nothing of it cached. */
function leaderWithStraggler(): { leader: Server; fetch: { fromIndex: number; toIndex: number } } {
  const cluster = new Cluster(['1', '2', '3'], { cacheBytesMax: 0 });
  cluster.elect('1');
  const leader = cluster.at('1');
  leader.raft.propose(commands('abc'));
  cluster.settle(cutOff('2'));
  leader.raft.propose(commands('def'));
  cluster.settle(cutOff('2'));
  leader.raft.step(appended({ term: 2, success: false, matchIndex: 8, hintIndex: 2, hintTerm: 2 }));
  leader.takeReadys();
  leader.raft.step(appended({ term: 2, matchIndex: 2 }));
  expect(leader.raft.hasReady()).toBe(true);
  const [fetch] = leader.raft.ready().fetches;
  if (fetch === undefined) throw new Error('nothing is fetched');
  return { leader, fetch };
}

test('runs read from disk are sent, in order, and once', () => {
  const { leader, fetch } = leaderWithStraggler();
  expect(fetch).toMatchObject({ to: '2', fromIndex: 3, toIndex: 8 });
  leader.raft.fetched('2', 3, [run(3, 2, 'abc'), run(6, 2, 'def')]);
  const [request] = appends(leader.takeReadys());
  expect(request).toMatchObject({ prevLogIndex: 2, prevLogTerm: 2 });
  expect(textOf(request?.runs ?? [])).toBe('abcdef');
  leader.raft.fetched('2', 3, [run(3, 2, 'abc')]);
  expect(leader.takeReadys()).toEqual([]);
});

test.each([
  ['a failed read', null],
  ['nothing', []],
  ['a gap at the beginning', [run(4, 2, 'bc')]],
  ['a gap in between', [run(3, 2, 'ab'), run(6, 2, 'def')]],
  ['entries of another term', [run(3, 1, 'abc')]],
  ['more than the log has', [run(3, 2, 'abcdefghi')]],
])('%s is never sent, and read again with the next heartbeat', (_, runs) => {
  const { leader } = leaderWithStraggler();
  leader.raft.fetched('2', 3, runs);
  expect(leader.raft.hasReady()).toBe(false);
  leader.raft.tick(80);
  const fetches = [];
  while (leader.raft.hasReady()) {
    const ready = leader.raft.ready();
    fetches.push(...ready.fetches);
    for (const request of appends(ready.messages)) expect(request.runs).toEqual([]);
  }
  expect(fetches).toMatchObject([{ to: '2', fromIndex: 3 }]);
});

test('runs for a follower that has moved on meanwhile are dropped', () => {
  const { leader } = leaderWithStraggler();
  leader.raft.step(appended({ term: 2, matchIndex: 5 }));
  leader.raft.fetched('2', 3, [run(3, 2, 'abc'), run(6, 2, 'def')]);
  const ready = leader.raft.hasReady() ? leader.raft.ready() : null;
  for (const request of appends(ready?.messages ?? [])) expect(request.runs).toEqual([]);
  expect(ready?.fetches).toMatchObject([{ fromIndex: 6 }]);
});

test('what is proposed in one turn travels in one message', () => {
  const { leader } = leaderOfTwo();
  for (const text of ['a', 'bc', 'd']) leader.raft.propose(commands(text));
  const [request, ...more] = appends(leader.takeReadys());
  expect(more).toEqual([]);
  expect(request?.runs.map((part) => part.count)).toEqual([1, 2, 1]);
});

test('a proposal larger than a message is cut once, and its parts know where they come from', () => {
  const { cluster, leader } = leaderOfTwo({ appendBytesMax: 67 });
  leader.raft.propose(commands('abcdefgh'));
  cluster.settle();
  const records = cluster.at('2').disk.records.slice(2);
  expect(records.map((record) => [record.firstIndex, record.count])).toEqual([
    [3, 3],
    [6, 3],
    [9, 2],
  ]);
  expect(records.map((record) => record.originalFirstIndex)).toEqual([3, 3, 3]);
  expect(textOf(records)).toBe('abcdefgh');
});

test('in flight are never more messages, nor more bytes than one message beyond the limit', () => {
  const { leader } = leaderOfTwo({ appendBytesMax: 65, appendsInFlightMax: 3 });
  for (let number = 0; number < 10; number += 1) leader.raft.propose(commands('x'));
  expect(appends(leader.takeReadys())).toHaveLength(3);
  const bytes = leaderOfTwo({ appendBytesMax: 65, bytesInFlightMax: 100 }).leader;
  for (let number = 0; number < 10; number += 1) bytes.raft.propose(commands('x'));
  expect(appends(bytes.takeReadys())).toHaveLength(2);
});

test('proposals are refused while too much is not committed, but one alone always fits', () => {
  const { cluster, leader } = leaderOfTwo({ uncommittedBytesMax: 200 });
  expect(leader.raft.propose(commands('x'.repeat(500)))).toMatchObject({ ok: true });
  expect(leader.raft.propose(commands('y'))).toEqual({
    ok: false,
    reason: 'too-many-uncommitted',
    leaderId: '1',
  });
  cluster.settle();
  expect(leader.raft.propose(commands('y'))).toMatchObject({ ok: true });
});

test('proposals are refused while the leader’s own disk is too far behind', () => {
  const { leader } = leaderOfTwo({ uncommittedBytesMax: 200, cacheBytesMax: 0 });
  leader.raft.propose(commands('x'.repeat(100)));
  leader.takeReadys();
  leader.raft.step(appended({ term: 2, matchIndex: 102 }));
  leader.raft.propose(commands('y'.repeat(100)));
  expect(leader.raft.propose(commands('z'))).toMatchObject({ reason: 'too-many-uncommitted' });
});

/** A leader of two, as `leaderOfTwo`, with an entry that has just been committed. */
function leaderWithCommit(config: Partial<RaftConfig>): Server {
  const { cluster, leader } = leaderOfTwo(config);
  cluster.advance(10);
  leader.raft.propose(commands('a'));
  leader.takeReadys();
  leader.persistOne();
  leader.raft.step(appended({ term: 2, matchIndex: 3 }));
  return leader;
}

test('followers hear of a commit with the next entries, or when they have waited for it', () => {
  const waiting = leaderWithCommit({ commitNoticeDelayMs: 5 });
  expect(waiting.takeReadys()).toEqual([]);
  expect(waiting.raft.nextDeadlineMs()).toBe(15);
  waiting.raft.tick(14);
  expect(waiting.takeReadys()).toEqual([]);
  waiting.raft.tick(15);
  const notice = only(waiting.takeReadys(), 'AppendEntriesRequest');
  expect(notice).toMatchObject({ prevLogIndex: 3, runs: [], leaderCommit: 3 });
  expect(waiting.raft.nextDeadlineMs()).toBeGreaterThan(15);

  const busy = leaderWithCommit({ commitNoticeDelayMs: 5 });
  expect(busy.takeReadys()).toEqual([]);
  busy.raft.propose(commands('b'));
  const append = only(busy.takeReadys(), 'AppendEntriesRequest');
  expect(append).toMatchObject({ prevLogIndex: 3, leaderCommit: 3 });
  expect(append.runs).toHaveLength(1);
  expect(busy.raft.nextDeadlineMs()).toBeGreaterThan(15);
});

test('without a delay followers hear of a commit at once, and not twice', () => {
  const { leader } = leaderOfTwo();
  leader.raft.propose(commands('a'));
  leader.takeReadys();
  leader.persistOne();
  leader.raft.step(appended({ term: 2, matchIndex: 3 }));
  const notice = only(leader.takeReadys(), 'AppendEntriesRequest');
  expect(notice).toMatchObject({ prevLogIndex: 3, runs: [], leaderCommit: 3 });
  leader.raft.step(appended({ term: 2, matchIndex: 3 }));
  expect(leader.takeReadys()).toEqual([]);
});

test('late acknowledgements take nothing back', () => {
  const { leader } = leaderOfTwo();
  leader.raft.propose(commands('abc'));
  leader.takeReadys();
  leader.raft.step(appended({ term: 2, matchIndex: 5 }));
  leader.raft.step(appended({ term: 2, matchIndex: 2 }));
  leader.raft.step(appended({ term: 2, success: false, matchIndex: 4, hintIndex: 1, hintTerm: 1 }));
  expect(leader.raft.status().followers).toMatchObject([
    { state: 'replicate', matchIndex: 5, nextIndex: 6 },
  ]);
});

test('an answer meant for its older term tells a leader nothing of the logs', () => {
  const { leader } = leaderOfTwo();
  const before = leader.raft.status().followers;
  leader.raft.step(appended({ term: 2, success: false, matchIndex: 0 }));
  expect(leader.raft.status().followers).toEqual(before);
  expect(leader.takeReadys()).toEqual([]);
  // No read round was started for it either.
  leader.raft.tick(80);
  expect(only(leader.takeReadys(), 'AppendEntriesRequest').readRound).toBe(0);
});

test('a refusal that comes twice starts one read round, and only an answer to that counts', () => {
  const { leader } = leaderOfTwo();
  const refusal = appended({ term: 2, success: false, matchIndex: 2, hintIndex: 1, hintTerm: 1 });
  const known = leader.raft.status().followers;
  leader.raft.step(refusal);
  leader.raft.step(refusal);
  expect(leader.raft.status().followers).toEqual(known);
  leader.takeReadys();
  leader.raft.tick(80);
  expect(only(leader.takeReadys(), 'AppendEntriesRequest').readRound).toBe(1);
  leader.raft.step({ ...refusal, readRound: 1 });
  expect(leader.raft.status().followers).toMatchObject([{ state: 'probe', matchIndex: 0 }]);
});

test('a follower that is silent gets one probe, then heartbeats without entries', () => {
  const cluster = new Cluster(['1', '2', '3']);
  cluster.elect('1', cutOff('3'));
  const leader = cluster.at('1');
  leader.raft.propose(commands('abc'));
  cluster.settle(cutOff('3'));
  leader.raft.tick(80);
  const toSilent = appends(leader.takeReadys()).filter((message) => message.to === '3');
  expect(toSilent).toMatchObject([{ prevLogIndex: 1, runs: [] }]);
});

test('the round trip of an acknowledged append is measured', () => {
  const { leader } = leaderOfTwo();
  leader.raft.tick(10);
  leader.raft.propose(commands('a'));
  leader.takeReadys();
  leader.raft.tick(17);
  leader.raft.step(appended({ term: 2, matchIndex: 3 }));
  expect(leader.raft.status().followers[0]?.roundTripMs).toBe(7);
});

test('an idle leader wakes for heartbeats only, and a lone one not at all', () => {
  const { leader } = leaderOfTwo();
  expect(leader.raft.nextDeadlineMs()).toBe(80);
  leader.raft.transferLeadership('2');
  expect(leader.raft.nextDeadlineMs()).toBe(80);
  const lone = new Cluster(['1']);
  lone.elect('1');
  expect(lone.at('1').raft.nextDeadlineMs()).toBe(Infinity);
});
