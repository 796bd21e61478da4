import { expect, test } from 'vitest';

import {
  isValidMember,
  isValidMembership,
  MEMBERS_MAX,
} from '../../node-engine/raft/membership-check.ts';
import { encodeMembership } from '../../node-engine/raft/membership-codec.ts';
import { MembershipLog, NO_MEMBERSHIP } from '../../node-engine/raft/membership-log.ts';
import type { Raft } from '../../node-engine/raft/raft.ts';
import { RUN_MEMBERSHIP } from '../../node-engine/raft/types.ts';
import type { Member } from '../../node-engine/raft/types.ts';
import { Cluster, cutOff } from './cluster.ts';
import { Disk } from './disk.ts';
import { appended, appendEntries, run } from './messages.ts';
import { commands, member } from './server.ts';

function memberships(...ids: readonly string[]): { members: Member[] } {
  return { members: ids.map((id) => member(id)) };
}

test('a membership comes back into force when a later one is cut off', () => {
  const log = new MembershipLog(NO_MEMBERSHIP, [{ index: 1, membership: memberships('1') }]);
  log.append(4, memberships('1', '2'));
  log.append(7, memberships('1', '2', '3'));
  expect([log.current.index, log.previous?.index]).toEqual([7, 4]);
  log.truncateFrom(5);
  expect([log.current.index, log.previous?.index]).toEqual([4, 1]);
  log.truncateFrom(1);
  expect(log.current).toEqual(NO_MEMBERSHIP);
});

test('the membership at an index is the newest up to there, also after trimming', () => {
  const log = new MembershipLog(NO_MEMBERSHIP, []);
  log.append(1, memberships('1'));
  log.append(5, memberships('1', '2'));
  log.append(9, memberships('1', '2', '3'));
  const at = (index: number): number => log.at(index).index;
  expect([0, 1, 4, 5, 8, 9, 99].map(at)).toEqual([0, 1, 1, 5, 5, 9, 9]);
  log.trimThrough(6);
  expect([6, 8, 9].map(at)).toEqual([5, 5, 9]);
});

test('what a snapshot covers does not come back from the log', () => {
  const base = { index: 5, membership: memberships('1', '2') };
  const log = new MembershipLog(base, [
    { index: 1, membership: memberships('1') },
    { index: 5, membership: memberships('1', '2') },
    { index: 8, membership: memberships('1') },
  ]);
  expect(log.current.index).toBe(8);
  log.truncateFrom(8);
  expect(log.current).toEqual(base);
});

test.each<[string, Partial<Member>]>([
  ['an empty id', { id: '' }],
  ['an id with a space', { id: 'a b' }],
  ['an id of 41 characters', { id: 'a'.repeat(41) }],
  ['an empty address', { peerAddress: '' }],
  ['an address with a line break', { clientAddress: 'a\nb:1' }],
  ['an address of 261 characters', { peerAddress: 'a'.repeat(261) }],
  ['a vote and a wish for one', { promote: true }],
])('a member with %s is not valid', (_, fields) => {
  expect(isValidMember(member('1'))).toBe(true);
  expect(isValidMember({ ...member('1'), ...fields })).toBe(false);
});

test('a membership is sorted, unique, and has a voter', () => {
  const [one, two] = [member('1'), member('2')];
  expect(isValidMembership({ members: [one, two] })).toBe(true);
  expect(isValidMembership({ members: [two, one] })).toBe(false);
  expect(isValidMembership({ members: [one, one] })).toBe(false);
  expect(isValidMembership({ members: [] })).toBe(false);
  expect(isValidMembership({ members: [member('1', 'non-voter')] })).toBe(false);
  const crossed = { ...two, clientAddress: one.peerAddress };
  expect(isValidMembership({ members: [one, crossed] })).toBe(false);
  const onePort = { ...two, clientAddress: two.peerAddress };
  expect(isValidMembership({ members: [one, onePort] })).toBe(true);
  const many = Array.from({ length: MEMBERS_MAX + 1 }, (_, place) =>
    member(`m${String(place).padStart(3, '0')}`),
  );
  expect(isValidMembership({ members: many })).toBe(false);
  expect(isValidMembership({ members: many.slice(1) })).toBe(true);
});

test('a leader refuses what would not be a membership, and appends nothing', () => {
  const cluster = new Cluster(['1', '2']);
  cluster.elect('1');
  const { raft } = cluster.at('1');
  const before = raft.status();
  const refusals = [
    raft.proposeMembership({ type: 'add', member: { ...member('3'), peerAddress: 'n2:2' } }),
    raft.proposeMembership({ type: 'add', member: { ...member('3'), clientAddress: '' } }),
    raft.proposeMembership({ type: 'add', member: member('2', 'joining') }),
    raft.proposeMembership({ type: 'demote', id: '9' }),
    raft.proposeMembership({ type: 'promote', id: '2' }),
  ];
  expect(refusals.map((refusal) => !refusal.ok && refusal.reason)).toEqual([
    'duplicate-address',
    'invalid-member',
    'known-member',
    'unknown-member',
    'known-member',
  ]);
  expect(raft.status()).toEqual(before);
});

test('a member keeps its place in the order, and has no vote to lose twice', () => {
  const cluster = new Cluster(['1', '2']);
  cluster.elect('1');
  const { raft } = cluster.at('1');
  cluster.start('0');
  raft.proposeMembership({ type: 'add', member: member('0', 'non-voter') });
  cluster.settle();
  expect(raft.membership().members.map(({ id }) => id)).toEqual(['0', '1', '2']);
  expect(raft.proposeMembership({ type: 'demote', id: '0' })).toMatchObject({
    reason: 'not-voter',
  });
});

test('a leader that leads without a vote does not give itself one (dissertation §4.2.2)', () => {
  const server = new Cluster(['1', '2'], { commitNoticeDelayMs: 5 }).at('1');
  const { raft } = server;
  const without = { members: [member('1', 'non-voter'), member('2')] };
  const bytes = encodeMembership(without);
  const runs = [{ ...run(2, 2, ''), count: 1, flags: RUN_MEMBERSHIP, bytes }];
  const finish = (): void => {
    server.takeReadys();
    while (server.writing.length > 0) {
      server.persistOne();
      server.takeReadys();
    }
  };
  raft.step(appendEntries({ term: 2, prevLogIndex: 1, prevLogTerm: 1, runs, leaderCommit: 1 }));
  finish();
  // Nobody else has the entry that takes its vote, so it must lead until that is committed.
  raft.campaign();
  const granted = { from: '2', to: '1', granted: true } as const;
  raft.step({ type: 'PreVoteResponse', ...granted, term: 2, requestTerm: 3 });
  finish();
  raft.step({ type: 'RequestVoteResponse', ...granted, term: 3 });
  finish();
  raft.step(appended({ term: 3, matchIndex: 3 }));
  expect(raft.status()).toMatchObject({ role: 'leader', commitIndex: 3 });
  expect(raft.proposeMembership({ type: 'promote', id: '1' })).toMatchObject({
    reason: 'not-caught-up',
  });
  // It steps down now, and would otherwise leave the commit index unsaid.
  const told = { type: 'AppendEntriesRequest', to: '2', leaderCommit: 3 };
  expect(server.takeReadys()).toContainEqual(expect.objectContaining(told));
  expect(raft.role()).toBe('follower');
});

test('a membership full of members takes no other', () => {
  const ids = Array.from({ length: MEMBERS_MAX }, (_, place) => `m${String(place + 10)}`);
  const cluster = new Cluster(ids.sort());
  const [first = ''] = ids;
  cluster.elect(first);
  const { raft } = cluster.at(first);
  expect(raft.proposeMembership({ type: 'add', member: member('x') })).toMatchObject({
    reason: 'too-many-members',
  });
});

test('under steady load a non-voter is promoted after a round shorter than an election timeout', () => {
  const cluster = new Cluster(['1'], { promotionLagMax: 0 });
  cluster.elect('1');
  const { raft } = cluster.at('1');
  cluster.start('2');
  raft.proposeMembership({ type: 'add', member: member('2', 'joining') });
  // Something new is proposed between any message and its answer, so the lag is never 0.
  for (let turn = 0; turn < 40; turn += 1) {
    cluster.nowMs += 20;
    raft.propose(commands('x'));
    for (const server of cluster.servers.values()) {
      server.raft.tick(cluster.nowMs);
      cluster.network.push(...server.takeReadys());
      while (server.writing.length > 0) cluster.network.push(...server.persistOne());
    }
    for (const message of cluster.network.splice(0)) cluster.at(message.to).raft.step(message);
  }
  expect(raft.membership().members.map((known) => known.voter)).toEqual([true, true]);
});

test('a new voter does not cost a lone leader its role before it could answer', () => {
  const cluster = new Cluster(['1']);
  cluster.elect('1');
  cluster.advance(3_600_000);
  const { raft } = cluster.at('1');
  raft.proposeMembership({ type: 'add', member: member('2') });
  cluster.advance(1);
  expect(raft.role()).toBe('leader');
  cluster.start('2');
  cluster.advance(80);
  expect(raft.status()).toMatchObject({ role: 'leader', membershipCommitted: true });
});

test('a removed server is a peer of the leader until it has had time to learn of it', () => {
  const cluster = new Cluster(['1', '2', '3']);
  cluster.elect('1');
  const { raft } = cluster.at('1');
  raft.proposeMembership({ type: 'remove', id: '3' });
  cluster.settle(cutOff('3'));
  expect(raft.peers()).toEqual(['2', '3']);
  for (let turn = 0; turn < 12; turn += 1) cluster.advance(80, cutOff('3'));
  expect(raft.peers()).toEqual(['2']);
  expect(cluster.at('2').raft.peers()).toEqual(['1']);
  // It was cut off all the time, and disturbs nobody.
  cluster.advance(800);
  expect(cluster.at('3').raft.role()).not.toBe('leader');
  expect(raft.status()).toMatchObject({ role: 'leader', term: 2 });
});

test('a server that is added again while the leader still talks to it stays a follower', () => {
  const cluster = new Cluster(['1', '2', '3']);
  cluster.elect('1');
  const { raft } = cluster.at('1');
  raft.proposeMembership({ type: 'remove', id: '3' });
  cluster.settle();
  raft.proposeMembership({ type: 'add', member: member('3', 'joining') });
  cluster.settle();
  for (let turn = 0; turn < 15; turn += 1) cluster.advance(80);
  expect(raft.peers()).toEqual(['2', '3']);
  expect(raft.membership().members[2]).toMatchObject({ id: '3', voter: true });
});

test('a bootstrap that was cut short behind its term and vote is done again', () => {
  const started = (votedFor: string, term: number): Raft => {
    const disk = new Disk();
    disk.hardState = { term, votedFor, commitIndex: 0 };
    return new Cluster([]).start('1', disk).raft;
  };
  expect(started('1', 1).bootstrap(member('1'))).toEqual({ ok: true, firstIndex: 1, term: 1 });
  expect(started('2', 1).bootstrap(member('1'))).toMatchObject({ reason: 'log-not-empty' });
  // The election that follows is in the same write.
  expect(started('1', 2).bootstrap(member('1'))).toEqual({ ok: true, firstIndex: 1, term: 1 });
});

test('bootstrap is for one server that has nothing', () => {
  const fresh = new Cluster([]).start('1').raft;
  expect(fresh.bootstrap(member('2'))).toMatchObject({ reason: 'invalid-member' });
  expect(fresh.bootstrap(member('1', 'non-voter'))).toMatchObject({ reason: 'invalid-member' });
  expect(fresh.status()).toMatchObject({ term: 0, lastIndex: 0 });
  expect(fresh.bootstrap(member('1'))).toEqual({ ok: true, firstIndex: 1, term: 1 });
  expect(fresh.bootstrap(member('1'))).toMatchObject({ reason: 'log-not-empty' });
  const voter = new Cluster(['1', '2', '3']).at('1').raft;
  expect(voter.bootstrap(member('1'))).toMatchObject({ reason: 'log-not-empty' });
});
