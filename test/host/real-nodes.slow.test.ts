import { spawn } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

import type { FaultView } from '../../main/contract/model.ts';
import { dialResp } from '../../main/host/resp-dial.ts';
import { isDamaged } from '../../renderer/features/membership/rebuild.ts';
import { ROOT } from '../tidy/source-files.ts';
import { HostFixture, PATIENCE_MS, untilDone, valueOf } from './host-fixture.ts';

/* The host with the nodes that it ships: `raftdeck node` as it was built. */

const COMMAND = [
  process.execPath,
  '--enable-source-maps',
  join(ROOT, 'out', 'node', 'raftdeck.js'),
];

let fixture: HostFixture;

beforeEach(async () => {
  fixture = await HostFixture.open(COMMAND);
});

afterEach(async () => {
  await fixture.dispose();
});

async function healthy(clusterId: string, voters = 3): Promise<void> {
  await fixture.until(clusterId, ({ health }) => {
    return health.level === 'healthy' && health.voters === voters;
  });
}

async function send(clusterId: string, ...args: readonly string[]): Promise<unknown> {
  const command = { clusterId, nodeId: null, args, followRedirects: true };
  const { reply } = valueOf(await fixture.host.sendCommand(command));
  if (reply.type === 'error') throw new Error(`${args[0] ?? ''}: ${reply.text}`);
  return reply;
}

function leaderOf(clusterId: string): string {
  const { leaderId } = fixture.view(clusterId).health;
  if (leaderId === null) throw new Error('no leader');
  return leaderId;
}

test('three nodes become a cluster that takes writes, and every node tells the same', async () => {
  const clusterId = await fixture.create(3);
  await healthy(clusterId);
  expect(await send(clusterId, 'SET', 'hello', 'world')).toEqual({ type: 'simple', text: 'OK' });
  expect(await send(clusterId, 'GET', 'hello')).toEqual({ type: 'bulk', text: 'world' });
  const view = await fixture.until(clusterId, ({ nodes, health }) => {
    const isThere = nodes.every(({ status }) => status?.keys === 1);
    return isThere && health.level === 'healthy' && health.worstLagEntries === 0;
  });
  expect(view.health).toMatchObject({ votersUp: 3, agreeing: 3, tolerance: 1 });
  const first = view.operation?.steps.find(({ name }) => name === 'Elect a leader');
  expect(first?.state).toBe('done');
});

test('a node that is killed comes back with all that was acknowledged', async () => {
  const clusterId = await fixture.create(3);
  await healthy(clusterId);
  const nodeId = leaderOf(clusterId);
  await send(clusterId, 'SET', 'before', '1');
  valueOf(await fixture.host.killNode({ clusterId, nodeId }));
  await fixture.until(
    clusterId,
    ({ health }) => health.leaderId !== null && health.leaderId !== nodeId,
  );
  await send(clusterId, 'SET', 'after', '2');
  valueOf(await fixture.host.startNode({ clusterId, nodeId }));
  await healthy(clusterId);
  await fixture.until(clusterId, ({ nodes }) => {
    return nodes.every(({ status }) => status?.keys === 2);
  });
  // What happened is there to be read: the end of the process, and the election that followed.
  const events = fixture.events(clusterId).toSorted((left, right) => left.timeMs - right.timeMs);
  const killed = events.findIndex(({ type }) => type === 'process-exited');
  const elected = events.slice(killed).find(({ type, fields }) => {
    return type === 'role' && fields['role'] === 'leader';
  });
  expect(killed).toBeGreaterThan(0);
  expect(elected).toBeDefined();
  expect(elected?.nodeId).not.toBe(nodeId);
  expect(events.slice(killed).map(({ type }) => type)).toContain('vote-received');
  expect(events.map(({ type }) => type)).not.toContain('gap');
});

test('a frozen leader is replaced, and follows when it goes on', async () => {
  const clusterId = await fixture.create(3);
  await healthy(clusterId);
  const frozen = leaderOf(clusterId);
  valueOf(await fixture.host.freezeNode({ clusterId, nodeId: frozen }));
  await fixture.until(clusterId, ({ health }) => {
    const isReplaced = health.leaderId !== null && health.leaderId !== frozen;
    return isReplaced && health.sentence.includes(`node-${frozen} is frozen`);
  });
  valueOf(await fixture.host.resumeNode({ clusterId, nodeId: frozen }));
  await healthy(clusterId);
  expect(leaderOf(clusterId)).not.toBe(frozen);
});

test('a peer is added while the cluster works, and becomes a voter', async () => {
  const clusterId = await fixture.create(3);
  await healthy(clusterId);
  await send(clusterId, 'SET', 'k', 'v');
  expect(valueOf(await fixture.host.addPeer({ clusterId })).nodeId).toBe('4');
  const done = await fixture.until(clusterId, ({ operation }) => operation?.state !== 'running');
  expect(done.operation?.steps.map(({ name, state }) => [name, state])).toEqual([
    ['Start node-4', 'done'],
    ['Send RAFTADDPEER', 'done'],
    ['Catch up', 'done'],
    ['Become a voter', 'done'],
  ]);
  await healthy(clusterId, 4);
  await fixture.until(clusterId, ({ nodes }) => nodes[3]?.status?.keys === 1);
});

test('a node that was removed is taken back under its own id, with what it missed', async () => {
  const clusterId = await fixture.create(3);
  await healthy(clusterId);
  await send(clusterId, 'SET', 'before', '1');
  const nodeId = leaderOf(clusterId);
  const ref = { clusterId, nodeId };
  const early = await fixture.host.returnPeer(ref);
  expect(early).toMatchObject({ ok: false, error: { code: 'E_STATE' } });
  await untilDone(() => fixture.host.removePeer(ref));
  await healthy(clusterId, 2);
  await send(clusterId, 'SET', 'meanwhile', '2');
  // Started by hand it would ask for votes in a cluster that it has left.
  expect(await fixture.host.startNode(ref)).toMatchObject({ ok: false });
  valueOf(await fixture.host.returnPeer(ref));
  const done = await fixture.until(clusterId, ({ operation }) => operation?.state !== 'running');
  expect(done.operation?.steps.map(({ name, state }) => [name, state])).toEqual([
    [`Start node-${nodeId}`, 'done'],
    ['Send RAFTADDPEER', 'done'],
    ['Catch up', 'done'],
    ['Become a voter', 'done'],
  ]);
  await healthy(clusterId, 3);
  await fixture.until(clusterId, ({ nodes }) => nodes.every(({ status }) => status?.keys === 2));
  expect(fixture.node(clusterId, nodeId)).toMatchObject({ removed: false, process: 'running' });
});

test('a non-voter that was removed comes back as one, and is not promoted', async () => {
  const clusterId = await fixture.create(3);
  await healthy(clusterId);
  const ref = { clusterId, nodeId: leaderOf(clusterId) === '3' ? '2' : '3' };
  await send(clusterId, 'RAFT', 'SERVER', 'DEMOTE', ref.nodeId);
  await healthy(clusterId, 2);
  await untilDone(() => fixture.host.removePeer(ref));
  await send(clusterId, 'SET', 'meanwhile', '1');
  // A host that was started since knows it still.
  await fixture.replaceHost();
  await healthy(clusterId, 2);
  expect(valueOf(await fixture.host.returnPeer(ref))).toEqual({ getsVote: false });
  const done = await fixture.until(clusterId, ({ operation }) => operation?.state !== 'running');
  expect(done.operation?.steps.map(({ name, state }) => [name, state])).toEqual([
    [`Start node-${ref.nodeId}`, 'done'],
    ['Send RAFT SERVER ADD', 'done'],
    ['Catch up', 'done'],
  ]);
  const leader = done.nodes.find(({ id }) => id === done.health.leaderId);
  const member = leader?.status?.members.find(({ id }) => id === ref.nodeId);
  // Caught up, and yet the leader has nothing in mind with it.
  expect(member).toMatchObject({ voter: false, promote: false });
  expect(done.health.voters).toBe(2);
});

test('a node that has lost its term and vote is rebuilt from the leader, and its folder is kept', async () => {
  const clusterId = await fixture.create(3);
  await healthy(clusterId);
  await send(clusterId, 'SET', 'before', '1');
  const leads = { clusterId, nodeId: leaderOf(clusterId) };
  expect(await fixture.host.rebuildPeer(leads)).toMatchObject({ error: { code: 'E_STATE' } });
  const ref = { clusterId, nodeId: leads.nodeId === '2' ? '3' : '2' };
  valueOf(await fixture.host.killNode(ref));
  const { directory } = fixture.node(clusterId, ref.nodeId);
  for (const page of ['meta.a', 'meta.b']) rmSync(join(directory, page));
  valueOf(await fixture.host.startNode(ref));
  const refused = await fixture.until(clusterId, ({ nodes }) =>
    nodes.some(({ id, process: state }) => id === ref.nodeId && state === 'crashed'),
  );
  const damaged = refused.nodes.find(({ id }) => id === ref.nodeId);
  expect(damaged?.exitReason).toContain('can only rejoin under a new id');
  // The window knows it by what the process said last, and offers the rebuild.
  expect(damaged === undefined ? null : isDamaged(damaged)).toBe(true);
  const kept = readdirSync(directory, { recursive: true }).sort();

  expect(valueOf(await fixture.host.rebuildPeer(ref)).nodeId).toBe('4');
  const done = await fixture.until(clusterId, ({ operation }) => operation?.state !== 'running');
  expect(done.operation?.steps.map(({ name, state }) => [name, state])).toEqual([
    ['Start node-4', 'done'],
    ['Send RAFTADDPEER', 'done'],
    ['Catch up', 'done'],
    ['Become a voter', 'done'],
    [`Remove node-${ref.nodeId}`, 'done'],
  ]);
  await healthy(clusterId, 3);
  await fixture.until(clusterId, ({ nodes }) => nodes[3]?.status?.keys === 1);
  expect(fixture.node(clusterId, ref.nodeId)).toMatchObject({ removed: true, directory });
  expect(readdirSync(directory, { recursive: true }).sort()).toEqual(kept);
  expect(await fixture.host.rebuildPeer(ref)).toMatchObject({ error: { code: 'E_STATE' } });
});

test('the leader hands over and leaves; its data stays and its id is not used again', async () => {
  const clusterId = await fixture.create(3);
  await healthy(clusterId);
  const nodeId = leaderOf(clusterId);
  await send(clusterId, 'SET', 'k', 'v');
  await untilDone(() => fixture.host.removePeer({ clusterId, nodeId }));
  expect(fixture.node(clusterId, nodeId)).toMatchObject({ removed: true, process: 'stopped' });
  await healthy(clusterId, 2);
  expect(await send(clusterId, 'GET', 'k')).toEqual({ type: 'bulk', text: 'v' });
  expect(valueOf(await fixture.host.addPeer({ clusterId })).nodeId).toBe('4');
  await healthy(clusterId, 3);
});

test('leadership goes where it is asked to', async () => {
  const clusterId = await fixture.create(3);
  await healthy(clusterId);
  const target = ['1', '2', '3'].find((id) => id !== leaderOf(clusterId)) ?? '';
  const view = await fixture.handOver(clusterId, target);
  expect(view.health.leaderChangedAtMs).not.toBeNull();
  const again = await fixture.host.transferLeadership({ clusterId, nodeId: target });
  expect(again).toMatchObject({ ok: false, error: { code: 'E_STATE' } });
});

test('a snapshot is taken and the log shrunk on the node that was asked', async () => {
  const clusterId = await fixture.create(3);
  await healthy(clusterId);
  for (let key = 0; key < 20; key += 1) await send(clusterId, 'SET', `k${String(key)}`, 'v');
  const ref = { clusterId, nodeId: '2' };
  await fixture.until(clusterId, ({ nodes }) => nodes[1]?.status?.keys === 20);
  valueOf(await fixture.host.takeSnapshot(ref));
  const view = await fixture.until(clusterId, ({ nodes }) => {
    const status = nodes[1]?.status;
    return (status?.snapshotIndex ?? 0) > 0 && status?.snapshots.length === 1;
  });
  const firstBecomes = (first: number) =>
    fixture.until(clusterId, ({ nodes }) => nodes[1]?.status?.firstIndex === first);
  valueOf(await fixture.host.shrinkLog({ ...ref, upTo: 7 }));
  await firstBecomes(8);
  valueOf(await fixture.host.shrinkLog(ref));
  await firstBecomes((view.nodes[1]?.status?.snapshotIndex ?? 0) + 1);
});

test('faults are set, seen with their effect, extended and healed', async () => {
  const clusterId = await fixture.create(3);
  await healthy(clusterId);
  const nodeId = leaderOf(clusterId);
  const peerId = nodeId === '1' ? '2' : '1';
  const ref = { clusterId, nodeId };
  const fault = { kind: 'link-cut', peerId, direction: 'out' } as const;
  const { faultId } = valueOf(await fixture.host.setFault({ ...ref, fault, leaseMs: 60_000 }));
  const faultsOf = (): readonly FaultView[] => fixture.node(clusterId, nodeId).status?.faults ?? [];
  await fixture.until(clusterId, () => (faultsOf()[0]?.stopped ?? 0) > 3);
  expect(faultsOf()).toMatchObject([{ id: faultId, kind: 'link-cut', peerId, direction: 'out' }]);
  valueOf(await fixture.host.extendFault({ ...ref, faultId, leaseMs: 500_000 }));
  await fixture.until(clusterId, () => (faultsOf()[0]?.leaseMs ?? 0) > 400_000);
  const cut = { ...ref, fault: { ...fault, peerId: '9' }, leaseMs: 1_000 };
  expect(await fixture.host.setFault(cut)).toMatchObject({
    ok: false,
    error: { code: 'E_REFUSED', message: "ERR there is no member '9'. Members are 1 2 3." },
  });
  expect(
    valueOf(await fixture.host.healFaults({ clusterId, nodeId: null, faultId: null })),
  ).toEqual({
    ...{ healed: 1, unreached: [] },
  });
  await fixture.until(clusterId, () => faultsOf().length === 0);
  expect(await fixture.host.healFaults({ ...ref, faultId })).toMatchObject({ ok: false });
  await healthy(clusterId);
});

test('a cluster that was stopped starts again with its data', async () => {
  const clusterId = await fixture.create(3);
  await healthy(clusterId);
  await send(clusterId, 'SET', 'k', 'v');
  valueOf(await fixture.host.stopCluster({ clusterId }));
  expect(fixture.node(clusterId, '1')).toMatchObject({ process: 'stopped', exitReason: null });
  valueOf(await fixture.host.startCluster({ clusterId }));
  await healthy(clusterId);
  expect(await send(clusterId, 'GET', 'k')).toEqual({ type: 'bulk', text: 'v' });
});

test('nodes go on without their host and are found again', async () => {
  const clusterId = await fixture.create(3);
  await healthy(clusterId);
  await send(clusterId, 'SET', 'k', 'v');
  const before = fixture.view(clusterId).nodes.map(({ pid }) => pid);
  await fixture.replaceHost();
  await healthy(clusterId);
  expect(fixture.view(clusterId).nodes.map(({ pid }) => pid)).toEqual(before);
  expect(await send(clusterId, 'GET', 'k')).toEqual({ type: 'bulk', text: 'v' });
});

test('a node that was started by hand is taken for what it is', async () => {
  const clusterId = await fixture.create(3);
  await healthy(clusterId);
  const ref = { clusterId, nodeId: '2' };
  valueOf(await fixture.host.stopNode(ref));
  const { startCommand } = fixture.node(clusterId, '2');
  // The line that the window shows, run by a shell, with the built program for `raftdeck`.
  const line = startCommand.replace(/^raftdeck/, `exec ${COMMAND.join(' ')}`);
  const child = spawn('/bin/sh', ['-c', line], { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  // Asked as a client asks. Looking whether the port is free takes it for a moment, and `startNode` looks
  // too: the node that comes up just then would not get it.
  await expect.poll(() => answersPing(clusterId, '2'), { timeout: PATIENCE_MS }).toBe(true);
  await expect
    .poll(async () => fixture.host.startNode(ref), { timeout: PATIENCE_MS, interval: 500 })
    .toMatchObject({ ok: true });
  expect(fixture.node(clusterId, '2').pid).toBe(child.pid);
  await healthy(clusterId);
  valueOf(await fixture.host.stopNode(ref));
  await ended;
});

async function answersPing(clusterId: string, nodeId: string): Promise<boolean> {
  const address = fixture.node(clusterId, nodeId).clientAddress;
  try {
    const connection = await dialResp({ address, connectTimeoutMs: 1_000 });
    const reply = await connection.call(['PING'], { timeoutMs: 1_000 });
    connection.close();
    return reply !== null;
  } catch {
    // It does not listen yet, or says nothing yet.
    return false;
  }
}

test('the first election is in the recording, and a host that comes later goes on with it', async () => {
  const clusterId = await fixture.create(3);
  await healthy(clusterId);
  await send(clusterId, 'SET', 'k', 'v');
  const read = async () => {
    const toMs = Date.now();
    return valueOf(await fixture.host.readRecording({ clusterId, fromMs: toMs - 600_000, toMs }));
  };
  const live = fixture.view(clusterId).health;
  const before = await read();
  const elected = before.marks.find(({ type, fields }) => {
    return type === 'role' && fields['role'] === 'leader';
  });
  expect(elected).toMatchObject({ nodeId: '1', fields: { term: 2 } });
  expect(before.marks.map(({ type }) => type)).toEqual(
    expect.arrayContaining(['process-started', 'role', 'vote-received', 'committed']),
  );
  const leading = await fixture.host.readMoment({ clusterId, atMs: before.toMs });
  const { leaderId, term } = live;
  expect(valueOf(leading).view.health).toMatchObject({ leaderId, term, level: 'healthy' });
  // Of a node that nobody had heard yet at that moment nothing is claimed.
  const atMs = elected?.timeMs ?? 0;
  const moment = valueOf(await fixture.host.readMoment({ clusterId, atMs }));
  const status = moment.view.nodes[0]?.status ?? null;
  expect(status === null || status.role === 'leader').toBe(true);
  // What the nodes had kept is sent again to the next host, and is not recorded twice.
  await fixture.replaceHost();
  await healthy(clusterId);
  const after = await read();
  const numbers = after.marks
    .filter(({ nodeSequence }) => nodeSequence !== null)
    .map(({ nodeId, nodeSequence }) => `${nodeId}/${String(nodeSequence)}`);
  expect(new Set(numbers).size).toBe(numbers.length);
  expect(after.marks.map(({ type }) => type)).not.toContain('gap');
  expect(after.marks).toEqual(expect.arrayContaining([elected]));
});
