import fc from 'fast-check';
import { expect, test } from 'vitest';

import { TERM_JUMP_MAX } from '../../node-engine/raft/message-check.ts';
import type { Message } from '../../node-engine/raft/message.ts';
import { Cluster, cutOff } from './cluster.ts';
import { appended, appendEntries, requestVote, run } from './messages.ts';
import { commands, member } from './server.ts';
import type { Server } from './server.ts';

/* Whatever arrives, a server neither stops nor takes in what no correct server can have sent. */

const SNAPSHOT = {
  id: 's9',
  lastIncludedIndex: 9,
  lastIncludedTerm: 2,
  membership: { members: [member('1'), member('2'), member('3')] },
  membershipIndex: 1,
  sizeBytes: 4,
};

/** A message of every kind that a correct server 2 could send to server 1 in term 3. */
const SOUND: readonly Message[] = [
  {
    type: 'PreVoteRequest',
    from: '2',
    to: '1',
    term: 4,
    lastLogIndex: 5,
    lastLogTerm: 2,
  },
  { type: 'PreVoteResponse', from: '2', to: '1', term: 3, requestTerm: 4, granted: true },
  requestVote({ term: 3, leadershipTransfer: true }),
  { type: 'RequestVoteResponse', from: '2', to: '1', term: 3, granted: true },
  appendEntries({ term: 3, prevLogIndex: 1, prevLogTerm: 1, runs: [run(2, 2, 'ab')] }),
  appended({ term: 3, matchIndex: 2 }),
  {
    type: 'InstallSnapshotRequest',
    from: '2',
    to: '1',
    term: 3,
    snapshot: SNAPSHOT,
    offset: 0,
    data: new Uint8Array(2),
    done: false,
    readRound: 0,
  },
  {
    type: 'InstallSnapshotResponse',
    from: '2',
    to: '1',
    term: 3,
    lastIncludedIndex: 9,
    nextOffset: 2,
    installed: false,
    matchIndex: 0,
    readRound: 0,
  },
  { type: 'TimeoutNow', from: '2', to: '1', term: 3 },
  { type: 'ReadIndexRequest', from: '2', to: '1', term: 3, readId: 7 },
  { type: 'ReadIndexResponse', from: '2', to: '1', term: 3, readId: 7, ok: true, readIndex: 1 },
];

/** Server 1 as each of its roles, with something in its log. */
function servers(): readonly Server[] {
  const leading = new Cluster(['1', '2', '3']);
  leading.elect('1');
  leading.at('1').raft.propose(commands('abc'));
  leading.settle();
  const asking = new Cluster(['1', '2', '3']);
  asking.elect('1', (message) => message.type === 'RequestVoteRequest');
  const following = new Cluster(['1', '2', '3']);
  following.elect('2');
  const waiting = new Cluster([]).start('1');
  return [leading.at('1'), asking.at('1'), following.at('1'), waiting];
}

const anything = fc.oneof(
  fc.constantFrom(null, undefined, NaN, Infinity, -1, 0, 1, 2, 3, 0.5, 2 ** 53, '', '2', true, {}),
  fc.constantFrom([], [null], [{}], [run(1, 1, 'a')], 5n, new Uint8Array(3), SNAPSHOT),
  fc.integer({ min: 0, max: 12 }),
);

test('messages with any one or two fields replaced by anything never stop a server', () => {
  const names = [...new Set(SOUND.flatMap((message) => Object.keys(message)))];
  const replaced = fc.array(fc.tuple(fc.constantFrom(...names), anything), {
    minLength: 1,
    maxLength: 2,
  });
  const places = fc.nat({ max: SOUND.length - 1 });
  const messages = fc.array(fc.tuple(places, replaced), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(messages, fc.nat({ max: 3 }), (list, role) => {
      const server = servers()[role];
      for (const [place, fields] of list) {
        const message: unknown = { ...SOUND[place], ...Object.fromEntries(fields) };
        server?.raft.step(message as Message);
        server?.takeReadys();
        server?.persistOne();
      }
      const status = server?.raft.status();
      expect(Number.isSafeInteger(status?.term)).toBe(true);
      expect(Number.isSafeInteger(status?.commitIndex)).toBe(true);
      expect(status?.commitIndex).toBeLessThanOrEqual(status?.lastIndex ?? 0);
    }),
    { numRuns: 400 },
  );
});

test('sound messages in any order never stop a server', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray([...SOUND]), fc.nat({ max: 3 }), (list, role) => {
      const server = servers()[role];
      for (const message of list) {
        server?.raft.step(message);
        server?.takeReadys();
      }
    }),
  );
});

/** A chunk of a snapshot of which something is not as it must be. */
function chunkOf(fields: object, snapshot: object = {}): Message {
  const chunk = { offset: 0, data: new Uint8Array(2), done: false, readRound: 0, ...fields };
  return {
    type: 'InstallSnapshotRequest',
    from: '2',
    to: '1',
    term: 3,
    snapshot: { ...SNAPSHOT, ...snapshot },
    ...chunk,
  };
}

const BAD: readonly (readonly [string, Message])[] = [
  ['a term too far ahead', appendEntries({ term: 2 + TERM_JUMP_MAX + 1 })],
  ['a term that is no number', appendEntries({ term: Number.NaN })],
  ['entries after a gap', appendEntries({ term: 3, runs: [run(2, 2, 'a')] })],
  [
    'terms that decrease',
    appendEntries({ term: 3, prevLogIndex: 2, prevLogTerm: 2, runs: [run(3, 1, 'a')] }),
  ],
  [
    'an entry of a later term than the message',
    appendEntries({ term: 3, prevLogIndex: 2, prevLogTerm: 2, runs: [run(3, 4, 'a')] }),
  ],
  [
    'a membership that is none',
    appendEntries({
      term: 3,
      prevLogIndex: 2,
      prevLogTerm: 2,
      runs: [{ ...run(3, 3, 'a'), flags: 2 }],
    }),
  ],
  ['a candidate with a log of its own term', requestVote({ term: 3, lastLogTerm: 3 })],
  ['another receiver', appendEntries({ term: 3, to: '2' })],
  ['itself as sender', appendEntries({ term: 3, from: '1' })],
  ['entries of term 0', appendEntries({ term: 0 })],
  ['a snapshot of term 0', chunkOf({ term: 0 })],
  ['a snapshot of nothing', chunkOf({}, { lastIncludedIndex: 0 })],
  ['a snapshot that ends in term 0', chunkOf({}, { lastIncludedTerm: 0 })],
  ['a snapshot of a later term than the message', chunkOf({}, { lastIncludedTerm: 4 })],
  ['a snapshot with a membership from behind its end', chunkOf({}, { membershipIndex: 10 })],
  ['a snapshot without a size', chunkOf({}, { sizeBytes: undefined })],
  ['a snapshot without members', chunkOf({}, { membership: {} })],
  [
    'a snapshot without a voter',
    chunkOf({}, { membership: { members: [member('1', 'non-voter')] } }),
  ],
];

test.each(BAD)('a message with %s is ignored', (_, message) => {
  const cluster = new Cluster(['1', '2', '3']);
  cluster.elect('2');
  const { raft, trace } = cluster.at('1');
  trace.length = 0;
  const before = raft.status();
  raft.step(message);
  expect(raft.status()).toEqual(before);
  expect(raft.hasReady()).toBe(false);
  expect(trace).toMatchObject([{ type: 'ignored' }]);
});

test('a term as far ahead as is possible is taken over', () => {
  const { raft } = new Cluster(['1', '2', '3']).at('1');
  raft.step(appendEntries({ term: 1 + TERM_JUMP_MAX, prevLogIndex: 1, prevLogTerm: 1 }));
  expect(raft.term()).toBe(1 + TERM_JUMP_MAX);
});

test('a second leader in the same term is ignored', () => {
  const cluster = new Cluster(['1', '2', '3']);
  cluster.elect('2');
  const follower = cluster.at('1');
  const before = follower.raft.status();
  follower.raft.step(appendEntries({ from: '3', term: 2, prevLogIndex: 2, prevLogTerm: 2 }));
  expect(follower.raft.status()).toEqual(before);
  const leader = cluster.at('2');
  leader.raft.step(appendEntries({ from: '3', to: '2', term: 2, prevLogIndex: 2, prevLogTerm: 2 }));
  expect(leader.raft.role()).toBe('leader');
});

test('entries that contradict committed ones are ignored', () => {
  const cluster = new Cluster(['1', '2', '3']);
  cluster.elect('2');
  cluster.at('2').raft.propose(commands('abc'));
  cluster.settle();
  cluster.advance(80);
  const { raft } = cluster.at('1');
  const before = raft.status();
  expect(before.commitIndex).toBe(5);
  raft.step(appendEntries({ term: 2, prevLogIndex: 1, prevLogTerm: 1, runs: [run(2, 1, 'z')] }));
  raft.step(appendEntries({ term: 2, prevLogIndex: 3, prevLogTerm: 1 }));
  expect(raft.status()).toEqual(before);
  expect(raft.hasReady()).toBe(false);
});

test('acknowledgements of what was never sent are ignored', () => {
  const cluster = new Cluster(['1', '2', '3']);
  cluster.elect('1');
  const { raft } = cluster.at('1');
  raft.propose(commands('abc'));
  cluster.settle(cutOff('2', '3'));
  raft.step(appended({ term: 2, matchIndex: 6 }));
  raft.step(appended({ term: 2, matchIndex: 5, readRound: 1 }));
  raft.step(appended({ term: 2, matchIndex: 5, from: '9' }));
  expect(raft.status()).toMatchObject({ commitIndex: 2, lastIndex: 5 });
});
