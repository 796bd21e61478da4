import { expect, test } from 'vitest';

import { Cluster, cutOff, type Loss } from './cluster.ts';

/* A leader whose connections the operating system has closed is not waited for. */

const WAIT_MAX_MS = 100;
const STEP_MS = 5;

/** Three servers under leader 1, whose process has ended. */
function withoutLeader(): Cluster {
  const cluster = new Cluster(['1', '2', '3']);
  cluster.elect('1');
  cluster.settle();
  return cluster;
}

/** Lets `ms` go by in small steps. */
function pass(cluster: Cluster, ms: number, loss?: Loss): void {
  for (let passed = 0; passed < ms; passed += STEP_MS) cluster.advance(STEP_MS, loss);
}

test('followers that lose the connection to their leader elect another long before the timeout', () => {
  const cluster = withoutLeader();
  const { electionTimeoutMinMs } = cluster.at('2').config;
  expect(WAIT_MAX_MS).toBeLessThanOrEqual(electionTimeoutMinMs / 2);
  for (const id of ['2', '3']) cluster.at(id).raft.linkClosed('1');
  pass(cluster, WAIT_MAX_MS, cutOff('1'));
  const leaders = ['2', '3'].filter((id) => cluster.at(id).raft.role() === 'leader');
  expect(leaders).toHaveLength(1);
});

test('one broken connection does not depose a leader that the others hear', () => {
  const cluster = withoutLeader();
  const { term } = cluster.at('1').raft.status();
  cluster.at('2').raft.linkClosed('1');
  pass(cluster, WAIT_MAX_MS);
  expect(cluster.at('1').raft.status()).toMatchObject({ role: 'leader', term });
  expect(cluster.at('2').raft.status()).toMatchObject({ role: 'follower', term, leaderId: '1' });
});

test('a connection to anyone but the leader changes nothing', () => {
  const cluster = withoutLeader();
  const before = cluster.at('2').raft.nextDeadlineMs();
  cluster.at('2').raft.linkClosed('3');
  expect(cluster.at('2').raft.nextDeadlineMs()).toBe(before);
  cluster.at('1').raft.linkClosed('2');
  expect(cluster.at('1').raft.role()).toBe('leader');
});
