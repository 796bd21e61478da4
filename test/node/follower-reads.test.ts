import { beforeEach, describe, expect, it } from 'vitest';

import { StateAge } from '../../node-engine/node/state-age.ts';
import { clusterOfThree, newSession, read, write } from './driver-cluster.ts';
import type { DriverCluster, TestNode } from './driver-cluster.ts';

/* Reads that a node answers which does not lead (dissertation §6.4). */

let cluster: DriverCluster;
let leader: TestNode;
let follower: TestNode;

beforeEach(async () => {
  cluster = await clusterOfThree();
  leader = cluster.leader();
  const other = cluster.nodes.find(({ id }) => id !== leader.id);
  if (other === undefined) throw new Error('nobody follows');
  follower = other;
});

describe('a linearizable read on a follower', () => {
  it('sees what was answered before it, also when the follower had not heard of it', async () => {
    const wrote = write(leader, newSession(), ['SET', 'a', '1']);
    await cluster.settle();
    expect(wrote).toEqual(['OK']);
    const written = leader.driver.appliedIndex;
    const heard = read(follower, newSession(), 'follower');
    expect(heard).toEqual([]);
    await cluster.settle();
    expect(heard).toEqual([written]);
  });

  it('asks the leader once for all reads of a turn', async () => {
    const before = follower.driver.counters.messagesSent;
    const heard = [1, 2, 3].map(() => read(follower, newSession(), 'follower'));
    await cluster.settle();
    expect(heard.map((one) => one.length)).toEqual([1, 1, 1]);
    // One question, and the answer to the one heartbeat with which the leader confirmed itself.
    expect(follower.driver.counters.messagesSent - before).toBe(2);
  });

  it('is linearizable on the leader as well', async () => {
    const heard = read(leader, newSession(), 'follower');
    expect(heard).toEqual([]);
    await cluster.settle();
    expect(heard).toEqual([leader.driver.appliedIndex]);
  });

  it('fails when the leader is lost before it has answered, and has done nothing', async () => {
    cluster.cut.add(leader.id);
    const heard = read(follower, newSession(), 'follower');
    await cluster.pass(1500);
    expect(heard).toEqual([{ kind: 'not-confirmed' }]);
    const again = read(follower, newSession(), 'follower');
    await cluster.pass(200);
    expect(again).toEqual([follower.driver.appliedIndex]);
  });

  it('fails at once where no leader is known', async () => {
    for (const { id } of cluster.nodes) cluster.cut.add(id);
    await cluster.pass(2000);
    const heard = read(follower, newSession(), 'follower');
    await cluster.settle();
    expect(heard).toEqual([{ kind: 'refused', reason: 'not-leader', leaderId: null }]);
  });

  it('is answered by the next leader when it has arrived with it', async () => {
    cluster.cut.add(leader.id);
    await cluster.pass(1500);
    const next = cluster.leader();
    const voter = cluster.nodes.find(({ id }) => id !== next.id && !cluster.cut.has(id));
    if (voter === undefined) throw new Error('nobody follows');
    const heard = read(voter, newSession(), 'follower');
    await cluster.settle();
    expect(heard).toEqual([voter.driver.appliedIndex]);
  });
});

describe('a read with a greatest age', () => {
  it('asks the leader when nothing is known of the age, and then no more while it is young', async () => {
    expect(follower.driver.stateAgeMs()).toBeNull();
    const first = read(follower, newSession(), { maxAgeMs: 1000 });
    expect(first).toEqual([]);
    await cluster.settle();
    expect(first).toHaveLength(1);
    expect(follower.driver.stateAgeMs()).toBe(0);
    await cluster.pass(300);
    expect(follower.driver.stateAgeMs()).toBe(300);
    const sent = follower.driver.counters.messagesSent;
    expect(read(follower, newSession(), { maxAgeMs: 1000 })).toEqual([
      follower.driver.appliedIndex,
    ]);
    await cluster.settle();
    expect(follower.driver.counters.messagesSent).toBe(sent);
  });

  it('is answered at once from half of it on too, and the state is proved anew meanwhile', async () => {
    read(follower, newSession(), { maxAgeMs: 0 });
    await cluster.settle();
    await cluster.pass(600);
    expect(read(follower, newSession(), { maxAgeMs: 1000 })).toHaveLength(1);
    await cluster.settle();
    expect(follower.driver.stateAgeMs()).toBe(0);
  });

  it('is refused with the age once the leader cannot be asked', async () => {
    read(follower, newSession(), { maxAgeMs: 0 });
    await cluster.settle();
    for (const { id } of cluster.nodes) cluster.cut.add(id);
    await cluster.pass(2000);
    expect(read(follower, newSession(), { maxAgeMs: 5000 })).toHaveLength(1);
    const heard = read(follower, newSession(), { maxAgeMs: 1500 });
    await cluster.settle();
    expect(heard).toEqual([{ kind: 'too-old', ageMs: 2000, maxAgeMs: 1500 }]);
  });

  it('is refused when the leader is lost while it is asked', async () => {
    cluster.cut.add(leader.id);
    const heard = read(follower, newSession(), { maxAgeMs: 100 });
    await cluster.pass(1500);
    expect(heard).toEqual([{ kind: 'too-old', ageMs: null, maxAgeMs: 100 }]);
  });

  it('counts the age from the question, however long the answer takes', async () => {
    read(follower, newSession(), { maxAgeMs: 0 });
    // The question waits in the follower's turn; only then does the answer come.
    follower.clock.tasks.splice(0).forEach((task) => {
      task();
    });
    await cluster.pass(50);
    expect(follower.driver.stateAgeMs()).toBe(50);
  });

  it('sees the writes of its own connection on the leader', async () => {
    read(leader, newSession(), { maxAgeMs: 0 });
    await cluster.settle();
    const session = newSession();
    write(leader, session, ['SET', 'a', '1']);
    const heard = read(leader, session, { maxAgeMs: 1000 });
    expect(heard).toEqual([]);
    await cluster.settle();
    expect(heard).toEqual([leader.driver.appliedIndex]);
  });
});

describe('the age of a state', () => {
  const clock = {
    nowMs: 1000,
    wallMs: 5_000_000,
    monotonicMs: () => clock.nowMs,
    wallNs: () => BigInt(clock.wallMs) * 1_000_000n,
  };

  it('is the larger of what both clocks say, so that a sleep counts and a clock set back does not', () => {
    const age = new StateAge(clock);
    age.proved(age.asking());
    clock.nowMs += 10;
    clock.wallMs += 3_600_000;
    expect(age.ageMs()).toBe(3_600_000);
    clock.wallMs -= 7_200_000;
    expect(age.ageMs()).toBe(10);
  });

  it('is said too high rather than too low where questions follow each other closely', () => {
    const age = new StateAge(clock);
    age.asking();
    clock.nowMs += 0.75;
    age.proved(age.asking());
    expect(age.ageMs()).toBe(0.75);
    clock.nowMs += 0.25;
    age.proved(age.asking());
    expect(age.ageMs()).toBe(0);
  });

  it('is not made older by a proof that was asked for earlier', () => {
    const age = new StateAge(clock);
    const early = age.asking();
    clock.nowMs += 100;
    age.proved(age.asking());
    age.proved(early);
    expect(age.ageMs()).toBe(0);
  });
});
