import { expect, test } from 'vitest';

import { kv } from '../../node-engine/machines/kv/kv.ts';
import type { SnapshotPolicy } from '../../node-engine/node/driver-ports.ts';
import { snapshotPolicyOf } from '../../node-engine/node/node-options.ts';
import { nodeOptionsOf } from '../../node-engine/node/open-node.ts';
import { waiterOf } from '../../node-engine/node/waiter-of.ts';
import { MemorySnapshotStore } from '../../node-engine/snapshot/memory-snapshot-store.ts';
import { DriverCluster, memberOf, newSession, write } from './driver-cluster.ts';
import type { TestNode } from './driver-cluster.ts';

const POLICY: SnapshotPolicy = {
  snapshotEntries: 50,
  snapshotLogBytes: 1_000_000,
  trailingEntries: 5,
  isOnDemand: true,
};

const ignored = waiterOf(
  () => undefined,
  () => undefined,
);

function storeInMemory(): MemorySnapshotStore {
  return new MemorySnapshotStore({ machine: kv, clusterId: () => 'c'.repeat(32) });
}

/** A server that leads itself. */
async function alone(): Promise<{
  readonly cluster: DriverCluster;
  readonly leader: TestNode;
  readonly snapshots: MemorySnapshotStore;
}> {
  const cluster = new DriverCluster();
  const snapshots = storeInMemory();
  const leader = await cluster.add('1', kv, snapshots, POLICY);
  leader.driver.bootstrap(memberOf('1', true), ignored);
  await cluster.pass(1000);
  return { cluster, leader, snapshots };
}

async function writeKeys(
  cluster: DriverCluster,
  node: TestNode,
  from: number,
  until: number,
): Promise<void> {
  for (let key = from; key < until; key += 1) {
    write(node, newSession(), ['SET', `key:${String(key)}`, `value:${String(key)}`]);
    // One entry each: the log is cut between any two of them.
    await cluster.settle();
  }
}

/** One without a vote: entries are committed whether it is there or not. */
async function addFollower(cluster: DriverCluster, leader: TestNode): Promise<TestNode> {
  const follower = await cluster.add('2', kv, storeInMemory(), POLICY);
  const member = { ...memberOf('2', false), promote: false };
  leader.driver.changeMembership({ type: 'add', member }, ignored);
  await cluster.pass(500);
  return follower;
}

test('a node in memory lets its log go, and has nothing but the end of it', async () => {
  const { cluster, leader, snapshots } = await alone();
  await writeKeys(cluster, leader, 0, 200);
  const { firstIndex, lastIndex } = leader.core.status();
  expect(lastIndex - firstIndex).toBeLessThan(60);
  expect(snapshots.list()).toEqual([]);
  expect(leader.machine.size()).toBe(200);
});

test('a follower that needs what has gone is made a snapshot, also when nothing is written', async () => {
  const { cluster, leader, snapshots } = await alone();
  await writeKeys(cluster, leader, 0, 200);
  const follower = await addFollower(cluster, leader);
  expect(follower.machine.size()).toBe(200);
  expect(follower.machine.stateHash()).toBe(leader.machine.stateHash());
  expect(snapshots.list()).toHaveLength(1);
  await writeKeys(cluster, leader, 200, 210);
  await cluster.pass(200);
  expect(follower.machine.stateHash()).toBe(leader.machine.stateHash());
});

test('one that was cut off while more went is made another', async () => {
  const { cluster, leader, snapshots } = await alone();
  await writeKeys(cluster, leader, 0, 100);
  const follower = await addFollower(cluster, leader);
  await cluster.pass(3000);
  cluster.cut.add('2');
  await writeKeys(cluster, leader, 100, 250);
  // By now it is not thought to be there any more.
  await cluster.pass(5000);
  await writeKeys(cluster, leader, 250, 400);
  expect(leader.core.status().firstIndex).toBeGreaterThan(300);
  cluster.cut.delete('2');
  await cluster.pass(1000);
  expect(follower.machine.stateHash()).toBe(leader.machine.stateHash());
  expect(snapshots.list()[0]?.lastIncludedIndex).toBeGreaterThan(350);
});

test('the log behind a snapshot stays while it is being sent', async () => {
  const { cluster, leader } = await alone();
  await writeKeys(cluster, leader, 0, 200);
  await addFollower(cluster, leader);
  const { firstIndex } = leader.core.status();
  await writeKeys(cluster, leader, 200, 300);
  expect(leader.core.status().firstIndex).toBe(firstIndex);
  await cluster.pass(3000);
  await writeKeys(cluster, leader, 300, 301);
  expect(leader.core.status().firstIndex).toBeGreaterThan(firstIndex + 80);
});

test('only a node in memory makes its snapshots on demand', () => {
  const options = nodeOptionsOf({ machine: kv, directory: 'data' });
  expect(snapshotPolicyOf(options)).toEqual(options.snapshots);
  expect(snapshotPolicyOf({ ...options, backend: 'memory' })).toEqual({
    ...options.snapshots,
    snapshotLogBytes: 16 * 1024 * 1024,
    isOnDemand: true,
  });
});
