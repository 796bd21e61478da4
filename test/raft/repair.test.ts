import { describe, expect, test } from 'vitest';

import { Cluster, cutOff } from './cluster.ts';
import { only, requestVote } from './messages.ts';
import { commands } from './server.ts';

/* A server that has lost entries it once acknowledged holds less than its log promised: §5.4.1 relies on
 * every voter's log. Until a leader has brought it back to there it has no part in elections. */

/** Three servers with a leader, 1; server 3 is being repaired: its log ends where theirs begins. */
function withRepairing(): Cluster {
  const runs = [{ term: 1, count: 5 }];
  const cluster = new Cluster(['1', '2', '3'], {}, { '1': { runs }, '2': { runs } });
  cluster.at('3').mayVote = false;
  return cluster;
}

describe('a server whose log is being repaired', () => {
  test('gives no vote, so that what it has forgotten is not outvoted', () => {
    const cluster = withRepairing();
    cluster.elect('1', cutOff('2'));
    expect(cluster.leaders).toEqual([]);
    cluster.elect('1');
    expect(cluster.leaders).toEqual(['1']);
  });

  test('refuses each request for a vote or a pre-vote', () => {
    const cluster = withRepairing();
    const server = cluster.at('3');
    const log = { from: '1', to: '3', lastLogIndex: 6, lastLogTerm: 1 } as const;
    server.raft.step({ type: 'PreVoteRequest', term: 7, ...log });
    expect(only(server.takeReadys(), 'PreVoteResponse')).toMatchObject({ granted: false });
    server.raft.step(requestVote({ term: 7, ...log }));
    const messages = [...server.takeReadys(), ...server.persistOne(), ...server.takeReadys()];
    expect(only(messages, 'RequestVoteResponse')).toMatchObject({ granted: false, term: 7 });
    expect(server.raft.hardState()).toMatchObject({ term: 7, votedFor: null });
  });

  test('does not stand for election, however long it hears nobody', () => {
    const cluster = withRepairing();
    const { raft } = cluster.at('3');
    const before = raft.hardState();
    for (let count = 0; count < 20; count += 1) cluster.advance(1000, cutOff('1', '2', '3'));
    expect(raft.role()).toBe('follower');
    expect(raft.hardState()).toEqual(before);
    expect(raft.campaign()).toMatchObject({ ok: false, reason: 'not-voter' });
  });

  test('does not stand for election when leadership is handed to it', () => {
    const cluster = withRepairing();
    cluster.elect('1');
    cluster.at('1').raft.transferLeadership('3');
    cluster.settle();
    expect(cluster.leaders).toEqual(['1']);
    expect(cluster.at('3').raft.term()).toBe(cluster.at('1').raft.term());
  });

  test('does not lead a cluster of which it knows nobody else', () => {
    const cluster = new Cluster(['1']);
    cluster.at('1').mayVote = false;
    cluster.advance(5000);
    expect(cluster.leaders).toEqual([]);
  });

  test('acknowledges what a leader sends, and votes again when it may', () => {
    const cluster = withRepairing();
    cluster.elect('1');
    const written = cluster.at('1').raft.propose(commands('x'));
    cluster.settle(cutOff('2'));
    expect(written).toMatchObject({ ok: true });
    expect(cluster.at('1').commitIndex).toBe(cluster.at('3').raft.status().lastIndex);
    cluster.at('3').mayVote = true;
    cluster.advance(2000, cutOff('1', '2'));
    cluster.elect('3', cutOff('1'));
    expect(cluster.leaders).toContain('3');
  });
});
