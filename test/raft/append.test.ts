import { expect, test } from 'vitest';

import { Cluster } from './cluster.ts';
import { appendEntries, only, run } from './messages.ts';
import type { Server } from './server.ts';

/* AppendEntries that only a faulty leader sends, at a follower whose log begins behind a snapshot. */

/** Server 1 in term 4: a snapshot through 5 of term 3, entries 6 and 7 of term 3 behind it. */
function followerBehindSnapshot(): Server {
  const logs = { '1': { runs: [{ term: 3, count: 6 }] } };
  const cluster = new Cluster(['1', '2', '3'], {}, logs);
  const server = cluster.at('1');
  server.raft.step(appendEntries({ term: 4, prevLogIndex: 7, prevLogTerm: 3, leaderCommit: 5 }));
  settle(server);
  server.takeSnapshot(5, new Uint8Array(1));
  server.raft.compact(5);
  settle(server);
  expect(server.raft.status()).toMatchObject({ firstIndex: 6, lastIndex: 7, commitIndex: 5 });
  server.trace.length = 0;
  return server;
}

function settle(server: Server): void {
  server.takeReadys();
  while (server.writing.length > 0) {
    server.persistOne();
    server.takeReadys();
  }
}

test('entries whose term is below that of the snapshot before them are not taken', () => {
  const server = followerBehindSnapshot();
  const before = server.raft.status();
  const runs = [run(3, 2, 'abcdefg')];
  server.raft.step(appendEntries({ term: 4, prevLogIndex: 2, prevLogTerm: 1, runs }));
  expect(server.trace).toMatchObject([{ type: 'ignored', reason: 'terms decrease' }]);
  expect(server.raft.status()).toEqual(before);
  expect(server.takeReadys()).toEqual([]);
});

test('a run that must be cut and does not hold the commands it claims is not taken', () => {
  const server = followerBehindSnapshot();
  const before = server.raft.status();
  // Entries 6 and 7 are here already; the third begins behind the end of the bytes.
  const broken = { ...run(6, 3, 'abcde'), bytes: Uint8Array.of(1, 2) };
  server.raft.step(
    appendEntries({ term: 4, prevLogIndex: 5, prevLogTerm: 3, runs: [broken], leaderCommit: 10 }),
  );
  expect(server.trace).toMatchObject([{ type: 'ignored', reason: 'a run cannot be cut' }]);
  expect(server.raft.status()).toEqual(before);
  expect(server.takeReadys()).toEqual([]);
});

test('a refusal never points below what is committed', () => {
  const server = followerBehindSnapshot();
  server.raft.step(appendEntries({ term: 4, prevLogIndex: 7, prevLogTerm: 2 }));
  expect(only(server.takeReadys(), 'AppendEntriesResponse')).toMatchObject({
    success: false,
    matchIndex: 7,
    hintIndex: 5,
    hintTerm: 3,
  });
});
