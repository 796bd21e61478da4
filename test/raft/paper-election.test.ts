import { describe, expect, test } from 'vitest';

import type { Message } from '../../node-engine/raft/message.ts';
import { Cluster, cutOff } from './cluster.ts';
import { appended, appendEntries, only, requestVote } from './messages.ts';
import { commands } from './server.ts';
import type { Server } from './server.ts';

/* The rules of the Raft paper about terms and elections, one test each, named by section. */

/** Everything a server wants sent, with its disk at once. */
function sent(server: Server): Message[] {
  const messages = server.takeReadys();
  while (server.writing.length > 0) messages.push(...server.persistOne(), ...server.takeReadys());
  return messages;
}

/** Server 1 of three in a role, in term 2. */
function inRole(role: 'follower' | 'candidate' | 'leader'): { cluster: Cluster; server: Server } {
  const cluster = new Cluster(['1', '2', '3']);
  const server = cluster.at('1');
  if (role === 'leader') {
    cluster.elect('1');
  } else if (role === 'candidate') {
    cluster.elect('1', (message) => message.type === 'RequestVoteRequest');
  } else {
    server.raft.step(appendEntries({ term: 2, prevLogIndex: 1, prevLogTerm: 1 }));
    cluster.settle(cutOff('2', '3'));
  }
  expect(server.raft.status()).toMatchObject({ role, term: 2 });
  return { cluster, server };
}

describe('terms (§5.1)', () => {
  test.each(['follower', 'candidate', 'leader'] as const)(
    'a %s that learns of a later term takes it over and follows',
    (role) => {
      const { server } = inRole(role);
      server.raft.step(appendEntries({ term: 5, prevLogIndex: 1, prevLogTerm: 1 }));
      expect(server.raft.status()).toMatchObject({
        role: 'follower',
        term: 5,
        votedFor: null,
        leaderId: '2',
      });
    },
  );

  test('a request of an older term is refused with the current one, and changes nothing', () => {
    const { server } = inRole('follower');
    const before = server.raft.status();
    server.raft.step(appendEntries({ term: 1, from: '3', runs: [] }));
    server.raft.step(requestVote({ term: 1, from: '3' }));
    expect(server.raft.status()).toEqual(before);
    const answers = sent(server);
    expect(only(answers, 'AppendEntriesResponse')).toMatchObject({ success: false, term: 2 });
    expect(only(answers, 'RequestVoteResponse')).toMatchObject({ granted: false, term: 2 });
  });

  test('a vote of an older term does not count', () => {
    const { server } = inRole('candidate');
    const answer = { type: 'RequestVoteResponse', from: '3', to: '1', granted: true } as const;
    server.raft.step({ ...answer, term: 1 });
    expect(server.raft.role()).toBe('candidate');
    server.raft.step({ ...answer, term: 2 });
    expect(server.raft.role()).toBe('leader');
  });

  test('an acknowledgement of an older term does not count', () => {
    const { server } = inRole('leader');
    server.raft.propose(commands('abc'));
    sent(server);
    server.raft.step(appended({ term: 1, matchIndex: 5 }));
    expect(server.raft.commitIndex()).toBe(2);
    server.raft.step(appended({ term: 2, matchIndex: 5 }));
    expect(server.raft.commitIndex()).toBe(5);
  });
});

describe('leader election (§5.2)', () => {
  test('a server starts as a follower', () => {
    expect(new Cluster(['1', '2', '3']).at('1').raft.role()).toBe('follower');
  });

  test('a leader sends a heartbeat to everyone each interval', () => {
    const { server } = inRole('leader');
    server.raft.tick(79);
    expect(sent(server)).toEqual([]);
    server.raft.tick(80);
    const heartbeats = sent(server);
    expect(heartbeats.map((message) => message.to)).toEqual(['2', '3']);
    for (const message of heartbeats) {
      expect(message).toMatchObject({ type: 'AppendEntriesRequest', runs: [] });
    }
  });

  test('a follower that hears nothing for an election timeout asks everyone for votes', () => {
    const cluster = new Cluster(['1', '2', '3']);
    const server = cluster.at('1');
    server.raft.tick(399);
    expect(server.raft.role()).toBe('follower');
    server.raft.tick(400);
    expect(server.raft.role()).toBe('pre-candidate');
    const asked: Message[] = [];
    cluster.settle((message) => {
      if (message.type === 'RequestVoteRequest') asked.push(message);
      return message.type === 'RequestVoteRequest';
    });
    expect(server.raft.status()).toMatchObject({ role: 'candidate', term: 2, votedFor: '1' });
    expect(asked).toMatchObject([
      { to: '2', term: 2, lastLogIndex: 1, lastLogTerm: 1 },
      { to: '3', term: 2, lastLogIndex: 1, lastLogTerm: 1 },
    ]);
  });

  test.each([
    { servers: 1, votes: 0, role: 'leader' },
    { servers: 2, votes: 0, role: 'candidate' },
    { servers: 2, votes: 1, role: 'leader' },
    { servers: 3, votes: 1, role: 'leader' },
    { servers: 4, votes: 1, role: 'candidate' },
    { servers: 4, votes: 2, role: 'leader' },
    { servers: 5, votes: 1, role: 'candidate' },
    { servers: 5, votes: 2, role: 'leader' },
    { servers: 7, votes: 2, role: 'candidate' },
    { servers: 7, votes: 3, role: 'leader' },
  ])('a candidate of $servers with $votes other votes is $role', ({ servers, votes, role }) => {
    const ids = Array.from({ length: servers }, (_, place) => String(place + 1));
    const cluster = new Cluster(ids);
    const voters = ids.slice(1, 1 + votes);
    cluster.elect('1', ({ type, to }) => type === 'RequestVoteRequest' && !voters.includes(to));
    expect(cluster.at('1').raft.role()).toBe(role);
  });

  test('a candidate that most voters refuse gives up', () => {
    const { server } = inRole('candidate');
    const refusal = { type: 'RequestVoteResponse', to: '1', term: 2, granted: false } as const;
    server.raft.step({ ...refusal, from: '2' });
    expect(server.raft.role()).toBe('candidate');
    server.raft.step({ ...refusal, from: '3' });
    expect(server.raft.role()).toBe('follower');
  });

  test('the answer of one voter counts once', () => {
    const cluster = new Cluster(['1', '2', '3', '4', '5']);
    const { raft } = cluster.at('1');
    cluster.elect('1', (message) => message.type === 'RequestVoteRequest');
    for (let time = 0; time < 4; time += 1) {
      raft.step({ type: 'RequestVoteResponse', from: '2', to: '1', term: 2, granted: true });
    }
    expect(raft.role()).toBe('candidate');
  });

  test.each([
    { votedFor: null, candidate: '2', granted: true },
    { votedFor: '2', candidate: '2', granted: true },
    { votedFor: '3', candidate: '2', granted: false },
  ])(
    'a server that voted for $votedFor votes for $candidate in the same term: $granted',
    ({ votedFor, candidate, granted }) => {
      const { disk } = new Cluster(['1', '2', '3']).at('1');
      disk.hardState = { term: 4, votedFor, commitIndex: 1 };
      const server = new Cluster(['2', '3']).start('1', disk);
      server.raft.step(requestVote({ term: 4, from: candidate }));
      expect(only(sent(server), 'RequestVoteResponse')).toMatchObject({ granted, term: 4 });
    },
  );

  test('a candidate that hears the leader of its own term follows it', () => {
    const { server } = inRole('candidate');
    server.raft.step(appendEntries({ term: 2, prevLogIndex: 1, prevLogTerm: 1 }));
    expect(server.raft.status()).toMatchObject({ role: 'follower', term: 2, leaderId: '2' });
  });

  test('election timeouts are spread over the whole range', () => {
    const timeouts = new Set<number>();
    const cluster = new Cluster(Array.from({ length: 10 }, (_, place) => String(place)));
    for (const server of cluster.servers.values()) timeouts.add(server.raft.nextDeadlineMs());
    expect([...timeouts].sort((one, other) => one - other)).toEqual([
      400, 440, 480, 520, 560, 600, 640, 680, 720, 760,
    ]);
  });

  test('hearing the leader, or voting, starts the election timeout again', () => {
    const { server } = inRole('follower');
    server.raft.tick(300);
    server.raft.step(appendEntries({ term: 2, prevLogIndex: 1, prevLogTerm: 1 }));
    expect(server.raft.nextDeadlineMs()).toBe(700);
    server.raft.tick(699);
    expect(server.raft.role()).toBe('follower');
    // The leader has been silent for 399 ms; a handover makes the server vote all the same.
    server.raft.step(requestVote({ term: 3, from: '3', leadershipTransfer: true }));
    expect(server.raft.nextDeadlineMs()).toBe(1099);
  });

  test('a later term alone does not start a follower’s timeout again', () => {
    const { server } = inRole('follower');
    server.raft.tick(350);
    server.raft.step({ type: 'RequestVoteResponse', from: '3', to: '1', term: 9, granted: false });
    expect(server.raft.status()).toMatchObject({ term: 9, role: 'follower' });
    expect(server.raft.nextDeadlineMs()).toBe(400);
  });
});

describe('election restriction (§5.4.1)', () => {
  test.each([
    // The voter's log ends at index 3 of term 2.
    { lastLogIndex: 3, lastLogTerm: 2, granted: true },
    { lastLogIndex: 4, lastLogTerm: 2, granted: true },
    { lastLogIndex: 1, lastLogTerm: 3, granted: true },
    { lastLogIndex: 2, lastLogTerm: 2, granted: false },
    { lastLogIndex: 9, lastLogTerm: 1, granted: false },
  ])(
    'a candidate whose log ends at $lastLogIndex of term $lastLogTerm gets a vote: $granted',
    ({ lastLogIndex, lastLogTerm, granted }) => {
      const logs = { '1': { runs: [{ term: 2, count: 2 }] } };
      const server = new Cluster(['1', '2', '3'], {}, logs).at('1');
      const question = { lastLogIndex, lastLogTerm, term: 4 };
      server.raft.step({ type: 'PreVoteRequest', from: '2', to: '1', ...question });
      expect(only(sent(server), 'PreVoteResponse').granted).toBe(granted);
      expect(server.raft.term()).toBe(2);
      server.raft.step(requestVote(question));
      expect(only(sent(server), 'RequestVoteResponse')).toMatchObject({ granted, term: 4 });
    },
  );
});

describe('leadership (§3.10, §4.2.3, §6.2 and §9.6 of the dissertation)', () => {
  test('a pre-vote changes nothing of the voter (§9.6)', () => {
    const server = new Cluster(['1', '2', '3']).at('1');
    server.raft.tick(300);
    const before = [server.raft.status(), server.raft.nextDeadlineMs()];
    const question = { lastLogIndex: 9, lastLogTerm: 8, term: 9 };
    server.raft.step({ type: 'PreVoteRequest', from: '2', to: '1', ...question });
    expect(only(sent(server), 'PreVoteResponse').granted).toBe(true);
    expect([server.raft.status(), server.raft.nextDeadlineMs()]).toEqual(before);
  });

  test('an answer to an older pre-vote does not count for the present one', () => {
    const cluster = new Cluster(['1', '2', '3']);
    const { raft } = cluster.at('1');
    raft.campaign();
    const answer = { type: 'PreVoteResponse', to: '1', term: 1, granted: true } as const;
    raft.step({ ...answer, from: '2', requestTerm: 1 });
    raft.step({ ...answer, from: '2', requestTerm: 3 });
    expect(raft.role()).toBe('pre-candidate');
    raft.step({ ...answer, from: '2', requestTerm: 2 });
    expect(raft.role()).toBe('candidate');
  });

  test('a leader that hears no quorum for an election timeout steps down (§6.2)', () => {
    const { cluster, server } = inRole('leader');
    for (let time = 0; time < 800; time += 80) cluster.advance(80, cutOff('2', '3'));
    expect(server.raft.role()).toBe('leader');
    cluster.advance(80, cutOff('2', '3'));
    expect(server.raft.status()).toMatchObject({ role: 'follower', term: 2, leaderId: null });
  });

  test('a server without a vote never campaigns', () => {
    const server = new Cluster([]).start('9');
    expect(server.raft.nextDeadlineMs()).toBe(Infinity);
    server.raft.tick(1e9);
    expect(server.raft.role()).toBe('follower');
    expect(server.raft.campaign()).toMatchObject({ ok: false, reason: 'not-voter' });
    expect(server.raft.campaignNow()).toMatchObject({ ok: false, reason: 'not-voter' });
  });

  test('an election that is ordered wins although the others hear a leader (§3.10)', () => {
    const cluster = new Cluster(['1', '2', '3']);
    cluster.elect('1');
    // Asking first gets nowhere while the leader is heard; the order does not ask.
    cluster.elect('2');
    expect(cluster.leaders).toEqual(['1']);
    expect(cluster.at('1').raft.campaignNow()).toMatchObject({ reason: 'already-leader' });
    expect(cluster.at('3').raft.campaignNow()).toEqual({ ok: true });
    // Ordered twice, it is still one election.
    expect(cluster.at('3').raft.campaignNow()).toEqual({ ok: true });
    cluster.settle();
    expect(cluster.leaders).toEqual(['3']);
    expect(cluster.at('3').raft.term()).toBe(3);
    expect(cluster.at('1').raft.status()).toMatchObject({ role: 'follower', leaderId: '3' });
  });

  test('TimeoutNow counts only from the leader of this term (§3.10)', () => {
    const { server } = inRole('follower');
    server.raft.step({ type: 'TimeoutNow', from: '3', to: '1', term: 2 });
    expect(server.raft.role()).toBe('follower');
    server.raft.step({ type: 'TimeoutNow', from: '2', to: '1', term: 2 });
    expect(server.raft.status()).toMatchObject({ role: 'candidate', term: 3 });
  });

  test('a leader takes no proposals while it hands over (§3.10)', () => {
    const { server } = inRole('leader');
    server.raft.transferLeadership('2');
    expect(server.raft.propose(commands('a'))).toEqual({
      ok: false,
      reason: 'transfer-in-progress',
      leaderId: '1',
    });
    expect(server.raft.proposeMembership({ type: 'remove', id: '3' })).toMatchObject({
      reason: 'transfer-in-progress',
    });
  });
});
