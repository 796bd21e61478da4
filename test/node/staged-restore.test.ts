import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';

import { EntryContext } from '../../node-engine/machine/context.ts';
import type { Machine } from '../../node-engine/machine/machine.ts';
import { kv } from '../../node-engine/machines/kv/kv.ts';
import {
  decodeRestoreEntry,
  encodeRestoreEntry,
  type RestoreEntry,
} from '../../node-engine/node/restore-entry.ts';
import { StagedRestore } from '../../node-engine/node/staged-restore.ts';
import { waiterOf } from '../../node-engine/node/waiter-of.ts';
import { RUN_RESTORE, type Run } from '../../node-engine/raft/types.ts';
import { MemorySnapshotStore } from '../../node-engine/snapshot/memory-snapshot-store.ts';
import { DriverCluster, memberOf, newSession, write } from './driver-cluster.ts';
import type { TestNode } from './driver-cluster.ts';

const ID = '00112233445566ff';
const HOUR_NS = 3_600_000_000_000n;

async function threeNodes(): Promise<DriverCluster> {
  const cluster = new DriverCluster();
  const first = await cluster.add('1', kv, snapshots());
  first.driver.bootstrap(memberOf('1', true), waiterOf(ignore, fail));
  await cluster.pass(1000);
  for (const id of ['2', '3']) {
    await cluster.add(id, kv, snapshots());
    const change = { type: 'add', member: memberOf(id, false) } as const;
    cluster.leader().driver.changeMembership(change, waiterOf(ignore, fail));
    await cluster.pass(300);
  }
  await cluster.pass(500);
  return cluster;
}

function snapshots(): MemorySnapshotStore {
  return new MemorySnapshotStore({
    machine: { name: kv.name, version: kv.version },
    clusterId: () => 'c'.repeat(32),
  });
}

function ignore(): void {
  // What it answers is of no interest here.
}

function fail(failure: unknown): void {
  throw new Error(JSON.stringify(failure));
}

/** A machine with these keys, as another cluster might have left it. */
function machineWith(keys: Readonly<Record<string, string>>): Machine {
  const machine = kv.create({ hashSeed: 7n });
  const context = new EntryContext();
  context.beginRun(1n, 0n);
  for (const [key, value] of Object.entries(keys)) {
    machine.apply(
      ['SET', key, value].map((word) => Buffer.from(word)),
      context,
    );
  }
  return machine;
}

/** The entries that restore a machine's state, `pieceBytes` of it in each. */
function entriesFor(source: Machine, id = ID, pieceBytes = 40): readonly RestoreEntry[] {
  const slices: Uint8Array[] = [];
  const snapshot = source.snapshot();
  for (let slice = snapshot?.next(); slice; slice = snapshot?.next()) slices.push(slice.slice());
  const bytes = Buffer.concat(slices);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const announced = { name: 'saved', machine: 'kv', sizeBytes: bytes.length, sha256 };
  const pieces: RestoreEntry[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    pieces.push({ type: 'bytes', id, data: bytes.subarray(at, at + pieceBytes) });
  }
  return [{ type: 'begin', id, announced }, ...pieces, { type: 'commit', id }];
}

/** Proposes an entry; what is heard of it. */
function propose(node: TestNode, entry: RestoreEntry, afterNs = 0n): unknown[] {
  const heard: unknown[] = [];
  const waiter = waiterOf(
    (reply) => heard.push(reply),
    (failure) => heard.push(failure),
  );
  node.driver.proposeRestore(encodeRestoreEntry(entry), afterNs, waiter);
  return heard;
}

function hashes(cluster: DriverCluster): ReadonlySet<string> {
  return new Set(cluster.nodes.map(({ machine }) => machine.stateHash()));
}

test('every node has the old state before one entry and the new one behind it', async () => {
  const cluster = await threeNodes();
  const leader = cluster.leader();
  write(leader, newSession(), ['SET', 'old', '1']);
  await cluster.pass(100);
  const source = machineWith({ new: '2', more: 'x'.repeat(500) });
  const entries = entriesFor(source);
  expect(entries.length).toBeGreaterThan(5);
  const heard: unknown[][] = [];
  for (const entry of entries.slice(0, -1)) {
    heard.push(propose(leader, entry));
    const between = write(leader, newSession(), ['INCR', 'written']);
    await cluster.pass(20);
    expect(between).toEqual([heard.length]);
    expect(leader.driver.snapshotter.busy).toBe(true);
  }
  await cluster.pass(100);
  for (const { machine, driver } of cluster.nodes) {
    expect(machine.size()).toBe(2);
    expect(driver.snapshotter.staged).toMatchObject({ name: 'saved' });
  }
  const last = propose(leader, { type: 'commit', id: ID });
  await cluster.pass(300);
  expect([...heard.flat(), ...last]).toEqual(entries.map(() => ({ type: 'simple', text: 'OK' })));
});

test('a restore whose leader is lost half way has never been', async () => {
  const cluster = await threeNodes();
  const old = cluster.leader();
  write(old, newSession(), ['SET', 'old', '1']);
  await cluster.pass(100);
  const before = hashes(cluster);
  const entries = entriesFor(machineWith({ new: 'x'.repeat(200) }));
  for (const entry of entries.slice(0, 3)) propose(old, entry);
  await cluster.pass(100);
  expect(cluster.nodes.every(({ driver }) => driver.snapshotter.staged !== null)).toBe(true);
  cluster.cut.add(old.id);
  await cluster.pass(3000);
  const successor = cluster.leader();
  expect(successor.id).not.toBe(old.id);
  expect(successor.driver.snapshotter.staged).toBeNull();
  // What the old leader still sends is answered: not done.
  const late = propose(successor, { type: 'commit', id: ID });
  cluster.cut.clear();
  await cluster.pass(2000);
  expect(late).toEqual([{ type: 'error', text: 'ERR this restore was given up' }]);
  expect(cluster.nodes.every(({ driver }) => driver.snapshotter.staged === null)).toBe(true);
  expect(hashes(cluster)).toEqual(before);
});

test('a leader lost behind any entry leaves all nodes with the old state, or all with the new', async () => {
  const source = machineWith({ new: 'x'.repeat(200) });
  const entries = entriesFor(source, ID, 200);
  const ends = new Set<string>();
  for (let proposed = 1; proposed <= entries.length; proposed += 1) {
    for (const passMs of [0, 10, 100]) {
      const cluster = await threeNodes();
      const old = cluster.leader();
      write(old, newSession(), ['SET', 'old', '1']);
      await cluster.pass(100);
      const [before = ''] = hashes(cluster);
      const heard = entries.slice(0, proposed).map((entry) => propose(old, entry));
      // Nothing of it has left, or some nodes have it, or all.
      if (passMs > 0) await cluster.pass(passMs);
      cluster.cut.add(old.id);
      await cluster.pass(2500);
      cluster.cut.clear();
      await cluster.pass(1500);
      const [after = '', ...others] = hashes(cluster);
      expect(others).toEqual([]);
      expect(cluster.nodes.every(({ driver }) => driver.snapshotter.staged === null)).toBe(true);
      const isNew = after === source.stateHash();
      if (!isNew) expect(after).toBe(before);
      const [answer] = heard[entries.length - 1] ?? [];
      if (answer !== undefined && 'text' in (answer as object)) expect(isNew).toBe(true);
      ends.add(
        `${proposed === entries.length ? 'with' : 'without'} the last: ${isNew ? 'new' : 'old'}`,
      );
    }
  }
  expect([...ends].sort()).toEqual([
    'with the last: new',
    'with the last: old',
    'without the last: old',
  ]);
}, 30_000);

test('what follows a state from the future is younger still', async () => {
  const cluster = await threeNodes();
  const leader = cluster.leader();
  const futureNs = leader.driver.nowNs() + HOUR_NS;
  propose(leader, { type: 'cancel', id: ID }, futureNs);
  await cluster.pass(100);
  expect(leader.driver.nowNs()).toBeGreaterThan(futureNs);
  write(leader, newSession(), ['SET', 'key', 'value', 'PX', '1000']);
  await cluster.pass(100);
  expect(hashes(cluster).size).toBe(1);
});

test('pieces of another restore, and a cancelled one, change nothing', () => {
  const machine = machineWith({ old: '1' });
  const before = machine.stateHash();
  const staged = new StagedRestore(machine);
  const [begin, ...rest] = entriesFor(machineWith({ new: '2' }));
  const other = entriesFor(machineWith({ third: '3' }), 'ffffffffffffffff');
  if (begin === undefined) throw new Error('there is no first entry');
  expect(staged.apply(runOf(begin)).reply).toMatchObject({ text: 'OK' });
  for (const entry of other.slice(1)) {
    expect(staged.apply(runOf(entry)).reply).toMatchObject({ type: 'error' });
  }
  expect(staged.apply(runOf({ type: 'cancel', id: ID })).replacedBy).toBeNull();
  for (const entry of rest) {
    expect(staged.apply(runOf(entry)).reply).toMatchObject({ type: 'error' });
  }
  expect(machine.stateHash()).toBe(before);
});

test('a node stops that would get another state than was announced', () => {
  const machine = machineWith({ old: '1' });
  const before = machine.stateHash();
  const entries = entriesFor(machineWith({ new: '2' }));
  const apply = (given: readonly RestoreEntry[]) => (): void => {
    const staged = new StagedRestore(machine);
    for (const entry of given) staged.apply(runOf(entry));
  };
  const missing = entries.filter((entry, at) => entry.type !== 'bytes' || at > 1);
  expect(apply(missing)).toThrow(/is not the one that was announced|no snapshot in format/);
  const foreign = entries.map((entry) =>
    entry.type === 'begin'
      ? { ...entry, announced: { ...entry.announced, machine: 'ticket' } }
      : entry,
  );
  expect(apply(foreign)).toThrow('a state of machine ticket is restored');
  expect(machine.stateHash()).toBe(before);
  apply(entries)();
  expect(machine.stateHash()).toBe(machineWith({ new: '2' }).stateHash());
});

test('entries of a restore come back as they were; an unknown one is refused', () => {
  for (const entry of entriesFor(machineWith({ a: 'b' }))) {
    const decoded = decodeRestoreEntry(encodeRestoreEntry(entry));
    expect(decoded.type).toBe(entry.type);
    expect(decoded.id).toBe(ID);
  }
  const bytes = encodeRestoreEntry({ type: 'commit', id: ID });
  expect(() => decodeRestoreEntry(bytes.subarray(0, 5))).toThrow('cut short');
  expect(() => decodeRestoreEntry(Uint8Array.of(9, ...bytes.subarray(1)))).toThrow('newer version');
});

function runOf(entry: RestoreEntry): Run {
  return {
    ...{ firstIndex: 1, originalFirstIndex: 1, count: 1, term: 1 },
    ...{ timeNs: 1n, seed: 0n, flags: RUN_RESTORE, bytes: encodeRestoreEntry(entry) },
  };
}
