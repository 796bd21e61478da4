import { expect, test } from 'vitest';

import { Cluster } from './cluster.ts';
import { appendEntries, only, requestVote, run } from './messages.ts';
import { commands } from './server.ts';
import type { Server } from './server.ts';

/* When things leave a server: what the Ready promises about order. */

function follower(): Server {
  const server = new Cluster(['1', '2', '3']).at('1');
  server.raft.step(appendEntries({ term: 2, prevLogIndex: 1, prevLogTerm: 1 }));
  server.takeReadys();
  server.persistOne();
  server.takeReadys();
  return server;
}

const first = appendEntries({ term: 2, prevLogIndex: 1, prevLogTerm: 1, runs: [run(2, 2, 'a')] });

test('an answer that waits for an earlier write leaves when that one is durable', () => {
  const server = follower();
  server.raft.step(first);
  const write = server.raft.ready();
  expect(write.messagesAfterAppend).toHaveLength(1);
  // The same again: nothing to write, but not durable either.
  server.raft.step(first);
  expect(server.raft.hasReady()).toBe(false);
  server.raft.persisted(write.sequence);
  const later = server.raft.ready();
  expect(later).toMatchObject({ mustPersist: false, messagesAfterAppend: [] });
  expect(only(later.messages, 'AppendEntriesResponse')).toMatchObject({ matchIndex: 2 });
});

test('a Ready without a write has no messages after it', () => {
  const server = follower();
  server.raft.step(first);
  server.takeReadys();
  server.persistOne();
  server.raft.step(first);
  const ready = server.raft.ready();
  expect(ready).toMatchObject({ mustPersist: false, messagesAfterAppend: [] });
  expect(ready.messages).toHaveLength(1);
});

test('no message leaves before its term is durable', () => {
  const server = follower();
  server.raft.step(requestVote({ term: 5, from: '3', leadershipTransfer: true }));
  server.raft.step({
    type: 'PreVoteRequest',
    from: '2',
    to: '1',
    term: 9,
    lastLogIndex: 9,
    lastLogTerm: 8,
  });
  const ready = server.raft.ready();
  expect(ready).toMatchObject({ messages: [], hardState: { term: 5, votedFor: '3' } });
  expect(ready.messagesAfterAppend.map((message) => message.type)).toEqual([
    'RequestVoteResponse',
    'PreVoteResponse',
  ]);
});

test('answers of an older term that were not handed out are dropped', () => {
  const server = follower();
  server.raft.step(first);
  server.raft.step(appendEntries({ term: 3, from: '3', prevLogIndex: 1, prevLogTerm: 1 }));
  const ready = server.raft.ready();
  for (const message of ready.messagesAfterAppend) expect(message.term).toBe(3);
});

test('writes are reported in order, each once', () => {
  const server = follower();
  server.raft.step(first);
  const { sequence } = server.raft.ready();
  expect(() => {
    server.raft.persisted(sequence + 1);
  }).toThrow('writes complete in the order they were handed out');
  const other = follower();
  expect(() => {
    other.raft.persisted(99);
  }).toThrow('a write completes once, after it was handed out');
});

test('several Readys may be outstanding, and numbers grow by one', () => {
  const cluster = new Cluster(['1', '2']);
  cluster.elect('1');
  const { raft } = cluster.at('1');
  const sequences = ['a', 'b', 'c'].map((text) => {
    raft.propose(commands(text));
    return raft.ready().sequence;
  });
  const [one = 0] = sequences;
  expect(sequences).toEqual([one, one + 1, one + 2]);
  for (const sequence of sequences) raft.persisted(sequence);
  expect(raft.status().stableIndex).toBe(5);
});

test('the commit hint speaks only of what was durable before', () => {
  const server = follower();
  server.raft.step({ ...first, leaderCommit: 2 });
  const ready = server.raft.ready();
  expect(server.raft.commitIndex()).toBe(2);
  expect(ready.hardState?.commitIndex ?? 1).toBe(1);
  server.raft.persisted(ready.sequence);
  const runs = [run(3, 2, 'b')];
  server.raft.step(appendEntries({ term: 2, prevLogIndex: 2, prevLogTerm: 2, runs }));
  expect(server.raft.ready().hardState).toEqual({ term: 2, votedFor: null, commitIndex: 2 });
});

test('a new term does not make the hint speak of what comes along with it', () => {
  const server = follower();
  const runs = [run(2, 3, 'ab')];
  const append = { term: 3, prevLogIndex: 1, prevLogTerm: 1, runs, leaderCommit: 3 };
  server.raft.step(appendEntries(append));
  expect(server.raft.commitIndex()).toBe(3);
  expect(server.raft.ready().hardState).toEqual({ term: 3, votedFor: null, commitIndex: 1 });
});

test('an idle server has nothing to do', () => {
  const server = follower();
  expect(server.raft.hasReady()).toBe(false);
  expect(() => server.raft.ready()).toThrow('a Ready is taken only when there is one');
});
