import { describe, expect, test } from 'vitest';

import type { Message } from '../../node-engine/raft/message.ts';
import { Cluster, cutOff, textOf } from './cluster.ts';
import { appended, appendEntries, only, run } from './messages.ts';
import { commands } from './server.ts';
import type { Server } from './server.ts';

/* The rules of the Raft paper about the log, one test each, named by section. */

function sent(server: Server): Message[] {
  const messages = server.takeReadys();
  while (server.writing.length > 0) messages.push(...server.persistOne(), ...server.takeReadys());
  return messages;
}

/** The terms of all entries on a server's disk, from index 1 on. */
function termsOf(server: Server): number[] {
  return server.disk.records.flatMap((record) =>
    Array.from({ length: record.count }, () => record.term),
  );
}

/** Server 1 of three, which holds entries 1 to 3 of terms 1, 2, 2 and follows server 2. */
function followerWithLog(): Server {
  const logs = { '1': { runs: [{ term: 2, count: 2 }] } };
  return new Cluster(['1', '2', '3'], {}, logs).at('1');
}

describe('log replication (§5.3)', () => {
  test('a leader appends a proposal and sends it with the entry before it', () => {
    const cluster = new Cluster(['1', '2', '3']);
    cluster.elect('1');
    const leader = cluster.at('1');
    expect(leader.raft.propose(commands('ab'))).toEqual({ ok: true, firstIndex: 3, term: 2 });
    const requests = leader.takeReadys();
    expect(requests).toHaveLength(2);
    for (const request of requests) {
      expect(request).toMatchObject({
        type: 'AppendEntriesRequest',
        prevLogIndex: 2,
        prevLogTerm: 2,
        runs: [run(3, 2, 'ab')],
        leaderCommit: 2,
      });
    }
  });

  test.each([
    { servers: 1, acknowledged: 0, committed: true },
    { servers: 3, acknowledged: 0, committed: false },
    { servers: 3, acknowledged: 1, committed: true },
    { servers: 4, acknowledged: 1, committed: false },
    { servers: 4, acknowledged: 2, committed: true },
    { servers: 5, acknowledged: 1, committed: false },
    { servers: 5, acknowledged: 2, committed: true },
  ])(
    'an entry on the leader and $acknowledged of $servers - 1 others is committed: $committed',
    ({ servers, acknowledged, committed }) => {
      const ids = Array.from({ length: servers }, (_, place) => String(place + 1));
      const cluster = new Cluster(ids);
      cluster.elect('1');
      cluster.at('1').raft.propose(commands('a'));
      cluster.settle(cutOff(...ids.slice(1 + acknowledged)));
      expect(cluster.at('1').raft.commitIndex()).toBe(committed ? 3 : 2);
    },
  );

  test('a leader counts its own entries only when they are durable (dissertation §10.2.1)', () => {
    const cluster = new Cluster(['1', '2']);
    cluster.elect('1');
    const leader = cluster.at('1');
    leader.raft.propose(commands('a'));
    leader.takeReadys();
    leader.raft.step(appended({ term: 2, matchIndex: 3 }));
    expect(leader.raft.commitIndex()).toBe(2);
    leader.persistOne();
    expect(leader.raft.commitIndex()).toBe(3);
  });

  test('a commit carries every entry before it, also those of earlier leaders', () => {
    const logs = { '1': { runs: [{ term: 2, count: 2 }] }, '2': { runs: [{ term: 2, count: 1 }] } };
    const cluster = new Cluster(['1', '2', '3'], {}, logs);
    cluster.elect('1');
    for (const server of cluster.servers.values()) {
      expect(termsOf(server)).toEqual([1, 2, 2, 3]);
      expect(server.commitIndex).toBe(4);
    }
  });

  test('a follower learns the commit index and applies up to it', () => {
    const server = followerWithLog();
    const append = { term: 3, prevLogIndex: 3, prevLogTerm: 2, runs: [run(4, 3, 'x')] };
    server.raft.step(appendEntries({ ...append, leaderCommit: 2 }));
    sent(server);
    expect(server.commitIndex).toBe(2);
    server.raft.step(appendEntries({ term: 3, prevLogIndex: 4, prevLogTerm: 3, leaderCommit: 9 }));
    sent(server);
    expect(server.commitIndex).toBe(4);
  });

  test('nothing is applied before it is durable here', () => {
    const server = followerWithLog();
    const append = { term: 3, prevLogIndex: 3, prevLogTerm: 2, runs: [run(4, 3, 'x')] };
    server.raft.step(appendEntries({ ...append, leaderCommit: 4 }));
    server.takeReadys();
    expect([server.raft.commitIndex(), server.commitIndex]).toEqual([4, 3]);
    server.persistOne();
    server.takeReadys();
    expect(server.commitIndex).toBe(4);
  });

  test.each([
    { prevLogIndex: 0, prevLogTerm: 0, success: true, matchIndex: 1 },
    { prevLogIndex: 1, prevLogTerm: 1, success: true, matchIndex: 1 },
    { prevLogIndex: 2, prevLogTerm: 2, success: true, matchIndex: 2 },
    { prevLogIndex: 3, prevLogTerm: 2, success: true, matchIndex: 3 },
    { prevLogIndex: 3, prevLogTerm: 3, success: false, matchIndex: 3, hintIndex: 3, hintTerm: 2 },
    { prevLogIndex: 2, prevLogTerm: 1, success: false, matchIndex: 2, hintIndex: 1, hintTerm: 1 },
    { prevLogIndex: 9, prevLogTerm: 3, success: false, matchIndex: 9, hintIndex: 3, hintTerm: 2 },
    { prevLogIndex: 9, prevLogTerm: 1, success: false, matchIndex: 9, hintIndex: 1, hintTerm: 1 },
  ])(
    'a request after entry $prevLogIndex of term $prevLogTerm succeeds: $success',
    ({ prevLogIndex, prevLogTerm, ...answer }) => {
      const server = followerWithLog();
      server.raft.step(appendEntries({ term: 3, prevLogIndex, prevLogTerm }));
      expect(only(sent(server), 'AppendEntriesResponse')).toMatchObject(answer);
      expect(termsOf(server)).toEqual([1, 2, 2]);
    },
  );

  test.each([
    { after: 3, term: 2, runs: [run(4, 3, 'a')], terms: [1, 2, 2, 3] },
    { after: 1, term: 1, runs: [run(2, 2, 'b')], terms: [1, 2, 2] },
    { after: 1, term: 1, runs: [run(2, 2, 'bb')], terms: [1, 2, 2] },
    { after: 1, term: 1, runs: [run(2, 2, 'bbb')], terms: [1, 2, 2, 2] },
    { after: 1, term: 1, runs: [run(2, 3, 'a')], terms: [1, 3] },
    { after: 2, term: 2, runs: [run(3, 3, 'aa')], terms: [1, 2, 3, 3] },
    { after: 1, term: 1, runs: [run(2, 2, 'b'), run(3, 3, 'a')], terms: [1, 2, 3] },
    { after: 0, term: 0, runs: [run(1, 1, 'x'), run(2, 2, 'bbb')], terms: [1, 2, 2, 2] },
  ])(
    'entries that contradict are replaced, others stay: $terms',
    ({ after, term, runs, terms }) => {
      const server = followerWithLog();
      server.raft.step(appendEntries({ term: 3, prevLogIndex: after, prevLogTerm: term, runs }));
      sent(server);
      expect(termsOf(server)).toEqual(terms);
    },
  );

  test('a request that begins in what was trimmed is no contradiction', () => {
    const server = followerWithLog();
    server.raft.step(
      appendEntries({ term: 3, prevLogIndex: 3, prevLogTerm: 2, leaderCommit: 3, runs: [] }),
    );
    sent(server);
    server.takeSnapshot(3, new Uint8Array(1));
    server.raft.compact(3);
    sent(server);
    expect(server.raft.status()).toMatchObject({ firstIndex: 4, commitIndex: 3 });
    const runs = [run(2, 2, 'bb'), run(4, 3, 'a')];
    server.raft.step(appendEntries({ term: 3, prevLogIndex: 1, prevLogTerm: 1, runs }));
    expect(only(sent(server), 'AppendEntriesResponse')).toMatchObject({
      success: true,
      matchIndex: 4,
    });
    server.raft.step(appendEntries({ term: 3, prevLogIndex: 0, prevLogTerm: 0 }));
    expect(only(sent(server), 'AppendEntriesResponse')).toMatchObject({
      success: true,
      matchIndex: 3,
    });
    expect(termsOf(server)).toEqual([3]);
  });

  test('a late copy of an earlier request cuts nothing off', () => {
    const server = followerWithLog();
    const first = appendEntries({
      term: 3,
      prevLogIndex: 3,
      prevLogTerm: 2,
      runs: [run(4, 3, 'a')],
    });
    server.raft.step(first);
    server.raft.step(
      appendEntries({ term: 3, prevLogIndex: 4, prevLogTerm: 3, runs: [run(5, 3, 'b')] }),
    );
    server.raft.step(first);
    sent(server);
    expect(termsOf(server)).toEqual([1, 2, 2, 3, 3]);
  });

  /*
   * Figure 7: what a leader of term 8 can find on its followers. Index 1 is the membership here, so
   * the figure's entries begin at index 2 and its terms at 2.
   */
  test.each([
    ['a: entries are missing', [2, 2, 2, 5, 5, 6, 6, 7, 7]],
    ['b: many entries are missing', [2, 2, 2, 5]],
    ['c: an entry too many', [2, 2, 2, 5, 5, 6, 6, 7, 7, 7, 7]],
    ['d: entries of another term too many', [2, 2, 2, 5, 5, 6, 6, 7, 7, 7, 8, 8]],
    ['e: missing, and others instead', [2, 2, 2, 5, 5, 5, 5]],
    ['f: two terms instead', [2, 2, 2, 3, 3, 3, 4, 4, 4, 4, 4]],
  ])('a leader makes a follower’s log its own (figure 7) %s', (_, followerTerms) => {
    const leaderTerms = [2, 2, 2, 5, 5, 6, 6, 7, 7, 7];
    const single = (term: number): { term: number; count: number } => ({ term, count: 1 });
    const logs = {
      '1': { runs: leaderTerms.map(single), term: 8 },
      '2': { runs: followerTerms.map(single) },
      '3': { runs: leaderTerms.map(single) },
    };
    const cluster = new Cluster(['1', '2', '3'], {}, logs);
    cluster.elect('1', cutOff('2'));
    cluster.advance(80);
    expect(termsOf(cluster.at('2'))).toEqual([1, ...leaderTerms, 9]);
    expect(cluster.at('2').raft.status()).toMatchObject({ commitIndex: 12, stableIndex: 12 });
  });
});

describe('entries of earlier terms (§5.4.2)', () => {
  test('a leader commits by counting only what is of its own term', () => {
    const logs = { '1': { runs: [{ term: 2, count: 2 }] } };
    const cluster = new Cluster(['1', '2', '3'], {}, logs);
    cluster.elect('1', (message) => message.type === 'AppendEntriesRequest');
    const { raft } = cluster.at('1');
    expect(raft.status()).toMatchObject({ term: 3, lastIndex: 4 });
    // Entries 2 and 3 of term 2 are on a majority.
    raft.step(appended({ term: 3, matchIndex: 3 }));
    expect(raft.commitIndex()).toBe(1);
    raft.step(appended({ term: 3, matchIndex: 4 }));
    expect(raft.commitIndex()).toBe(4);
  });
});

describe('restarts (figure 2)', () => {
  test('after a restart nothing durable is missing, and it goes on', () => {
    const cluster = new Cluster(['1', '2', '3']);
    cluster.elect('1');
    cluster.at('1').raft.propose(commands('abc'));
    cluster.settle();
    for (const server of cluster.servers.values()) server.restart(cluster.nowMs);
    cluster.elect('3');
    cluster.at('3').raft.propose(commands('de'));
    cluster.settle();
    for (const server of cluster.servers.values()) {
      expect(termsOf(server)).toEqual([1, 2, 2, 2, 2, 3, 3, 3]);
      expect(textOf(server.disk.records.slice(2))).toBe('abc' + 'de');
    }
  });

  test('a log that is ahead of the hard state raises the term, without a vote', () => {
    const cluster = new Cluster(['1', '2', '3'], {}, { '1': { runs: [{ term: 4, count: 1 }] } });
    const server = cluster.at('1');
    server.disk.hardState = { term: 3, votedFor: '2', commitIndex: 1 };
    server.restart(0);
    expect(server.raft.hardState()).toEqual({ term: 4, votedFor: null, commitIndex: 1 });
    expect(server.raft.ready()).toMatchObject({ mustPersist: true, hardState: { term: 4 } });
  });
});
