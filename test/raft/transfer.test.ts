import { expect, test } from 'vitest';

import { Cluster, cutOff } from './cluster.ts';
import { only } from './messages.ts';
import { commands, member } from './server.ts';

/* To whom leadership may be handed (dissertation §3.10). */

test('without a name it goes to the voter that answers and has most of the log', () => {
  const cluster = new Cluster(['1', '2', '3', '4']);
  cluster.elect('1');
  const { raft } = cluster.at('1');
  cluster.start('5');
  raft.proposeMembership({ type: 'add', member: member('5', 'non-voter') });
  cluster.settle();
  raft.propose(commands('a'));
  cluster.settle(cutOff('2'));
  // 2 lacks an entry, 3 and 4 have it, and 5 has it too but no vote.
  expect(raft.transferLeadership(null)).toEqual({ ok: true, to: '3' });
  cluster.settle();
  expect(cluster.leaders).toEqual(['3']);
});

test('nobody is chosen who does not answer, and a name does not help', () => {
  const cluster = new Cluster(['1', '2', '3']);
  cluster.elect('1', cutOff('3'));
  const { raft } = cluster.at('1');
  expect(raft.transferLeadership('3')).toMatchObject({ reason: 'no-transfer-target' });
  expect(raft.transferLeadership(null)).toEqual({ ok: true, to: '2' });
  const lone = new Cluster(['1']);
  lone.elect('1');
  expect(lone.at('1').raft.transferLeadership(null)).toMatchObject({
    reason: 'no-transfer-target',
  });
});

test('a non-voter cannot take over, and who is no member is not known', () => {
  const cluster = new Cluster(['1', '2']);
  cluster.elect('1');
  const { raft } = cluster.at('1');
  cluster.start('3');
  raft.proposeMembership({ type: 'add', member: member('3', 'non-voter') });
  cluster.settle();
  expect(raft.transferLeadership('3')).toMatchObject({ reason: 'not-voter' });
  expect(raft.transferLeadership('9')).toMatchObject({ reason: 'unknown-member' });
});

test('to itself a leader has nothing to hand over', () => {
  const cluster = new Cluster(['1', '2']);
  cluster.elect('1');
  const leader = cluster.at('1');
  expect(leader.raft.transferLeadership('1')).toEqual({ ok: true, to: '1' });
  expect(leader.raft.transferTarget()).toBe(null);
  expect(leader.takeReadys()).toEqual([]);
});

test('asking again for the same is no error; another target must wait', () => {
  const cluster = new Cluster(['1', '2', '3']);
  cluster.elect('1');
  const leader = cluster.at('1');
  expect(leader.raft.transferLeadership('2')).toEqual({ ok: true, to: '2' });
  only(leader.takeReadys(), 'TimeoutNow');
  expect(leader.raft.transferLeadership('2')).toEqual({ ok: true, to: '2' });
  expect(leader.raft.transferLeadership(null)).toEqual({ ok: true, to: '2' });
  expect(leader.raft.transferLeadership('3')).toMatchObject({ reason: 'transfer-in-progress' });
  expect(cluster.at('2').raft.transferLeadership('3')).toMatchObject({ reason: 'not-leader' });
});
