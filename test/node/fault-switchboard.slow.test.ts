import { afterEach, beforeEach, expect, test } from 'vitest';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { kv } from '../../node-engine/machines/kv/kv.ts';
import { openNode } from '../../node-engine/node/open-node.ts';
import type { OpenNodeOptions } from '../../node-engine/node/open-node.ts';
import type { RunningNode } from '../../node-engine/node/node-options.ts';
import type { FaultStatus, FollowerProgress, NodeStatus } from '../../node-engine/node/status.ts';
import type { Reply } from '../../node-engine/resp/value.ts';
import { ask, leaderOf, statusOf, textOf } from '../cluster/local-cluster.ts';
import { until } from '../cluster/raftdeck-process.ts';

/*
 * The fault switchboard on real nodes over real sockets and disks: what a fault does to the node, what
 * it says was measured, and that it ends without anyone.
 */

let folder: string;
let nodes: RunningNode[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'raftdeck-faults-'));
});

afterEach(async () => {
  await Promise.all(nodes.map((node) => node.close()));
  nodes = [];
  rmSync(folder, { recursive: true, force: true });
});

async function start(id: string, more: Partial<OpenNodeOptions> = {}): Promise<RunningNode> {
  const node = await openNode({
    machine: kv,
    id,
    address: '127.0.0.1:0',
    directory: join(folder, id),
    secret: 'the secret of this test, long enough',
    // The nodes share this process: whatever holds it up must not make one of them stand for election.
    electionTimeoutMs: 2_000,
    heartbeatMs: 50,
    faults: true,
    ...more,
  });
  nodes.push(node);
  return node;
}

/** Three voters, the first of which leads. */
async function startThree(): Promise<readonly [leader: string, two: string, three: string]> {
  const first = await start('1');
  const second = await start('2', { join: first.address });
  const third = await start('3', { join: first.address });
  const addresses = [first.address, second.address, third.address] as const;
  await until('three voters', 30_000, async () => {
    const members = (await statusOf(first.address))?.members ?? [];
    return members.filter(({ voter }) => voter).length === 3;
  });
  expect((await leaderOf(addresses)).id).toBe('1');
  return addresses;
}

/** Sends one command given as a line; errors begin with a minus sign. */
async function tell(address: string, line: string): Promise<string> {
  return textOf(await ask(address, ...line.split(' ')));
}

async function status(address: string): Promise<NodeStatus> {
  const found = await statusOf(address);
  if (found === null) throw new Error(`${address} does not answer`);
  return found;
}

async function theFault(address: string): Promise<FaultStatus> {
  const [fault, ...others] = (await status(address)).faults;
  if (fault === undefined || others.length > 0) throw new Error('not one fault is in force');
  return fault;
}

test('a link cut one way starves the follower, is measured, and heals with its lease', async () => {
  const [leader, two, three] = await startThree();
  const before = await status(leader);
  expect(await tell(leader, 'RAFT FAULT LINK 2 OUT CUT LEASE 60000')).toBe('f1');
  expect(await theFault(leader)).toMatchObject({
    ...{ id: 'f1', kind: 'link-cut', peerId: '2', direction: 'out' },
    description: 'cut 1 → 2',
  });
  expect(await tell(leader, 'SET a 1')).toBe('OK');
  await until('messages are lost', 30_000, async () => (await theFault(leader)).stopped > 5);
  const fault = await theFault(leader);
  expect(fault.stopped).toBe(fault.seen);
  expect(fault.measured).toBe(`${String(fault.seen)} of ${String(fault.seen)} messages lost`);
  const { appliedIndex } = await status(leader);
  await until('the other one has it', 30_000, async () => {
    return (await status(three)).appliedIndex >= appliedIndex;
  });
  expect((await status(two)).appliedIndex).toBeLessThan(appliedIndex);
  expect(await tell(leader, 'RAFT FAULT EXTEND f1 LEASE 500')).toBe('f1');
  await until('the lease ends it', 30_000, async () => (await status(leader)).faults.length === 0);
  await until('the follower catches up', 30_000, async () => {
    const all = await Promise.all([leader, two, three].map(status));
    return new Set(all.map(({ appliedIndex }) => appliedIndex)).size === 1;
  });
  expect((await status(leader)).lastIndex).toBeGreaterThan(before.lastIndex);
});

/** Followers that have not confirmed all of the leader's log. */
async function behind(leader: string): Promise<readonly FollowerProgress[]> {
  const { followers, lastIndex } = await status(leader);
  return followers.filter(({ matchIndex }) => matchIndex < lastIndex);
}

test('delayed messages are measured, and healing lets go at once what is held', async () => {
  const [leader] = await startThree();
  await tell(leader, 'RAFT FAULT LINK 2 OUT DELAY 60 JITTER 20 LEASE 20000');
  await tell(leader, 'RAFT FAULT LINK 3 OUT DELAY 60 LEASE 20000');
  const startMs = performance.now();
  expect(await tell(leader, 'SET a 1')).toBe('OK');
  expect(performance.now() - startMs).toBeGreaterThan(40);
  await until('delays are measured', 30_000, async () => {
    return (await status(leader)).faults.every(({ shifted }) => shifted >= 5);
  });
  for (const { meanMs, extremeMs, stopped } of (await status(leader)).faults) {
    expect(meanMs).toBeGreaterThanOrEqual(40);
    expect(extremeMs).toBeGreaterThanOrEqual(meanMs ?? 0);
    expect(stopped).toBe(0);
  }
  expect(await tell(leader, 'RAFT FAULT HEAL')).toBe('2');
  // Held for a minute, were it not for the healing.
  await tell(leader, 'RAFT FAULT LINK 2 OUT DELAY 60000 LEASE 60000');
  await until('messages are held', 30_000, async () => (await theFault(leader)).seen > 3);
  expect(await tell(leader, 'SET b 2')).toBe('OK');
  expect((await behind(leader)).length).toBeGreaterThan(0);
  expect(await tell(leader, 'RAFT FAULT HEAL ALL')).toBe('1');
  await until('the follower is heard again', 30_000, async () => {
    return (await behind(leader)).length === 0;
  });
});

test('a lossy link loses about as many as it says, and a slow one carries no more than it says', async () => {
  const [leader] = await startThree();
  await tell(leader, 'RAFT FAULT LINK 2 OUT DROP 0.5 LEASE 60000');
  await tell(leader, 'RAFT FAULT LINK 3 OUT RATE 20000 LEASE 60000');
  // So many that a share far from a half is a defect and not chance.
  await until('enough messages have met it', 60_000, async () => {
    for (let i = 0; i < 10; i += 1) {
      expect(await tell(leader, `SET k${String(i)} ${'x'.repeat(200)}`)).toBe('OK');
    }
    return ((await status(leader)).faults[0]?.seen ?? 0) > 120;
  });
  const [lossy, slow] = (await status(leader)).faults;
  const lostShare = (lossy?.stopped ?? 0) / (lossy?.seen ?? 1);
  expect(lostShare).toBeGreaterThan(0.25);
  expect(lostShare).toBeLessThan(0.75);
  expect(slow?.bytesPerSecond).toBeGreaterThan(500);
  expect(slow?.bytesPerSecond).toBeLessThan(25_000);
});

test('a slow disk makes the writes of a node late by what is measured', async () => {
  const { address } = await start('1');
  await leaderOf([address]);
  await tell(address, 'RAFT FAULT DISK SLOW 120 LEASE 20000');
  const startMs = performance.now();
  expect(await tell(address, 'SET a 1')).toBe('OK');
  expect(performance.now() - startMs).toBeGreaterThan(110);
  const fault = await theFault(address);
  expect(fault.shifted).toBeGreaterThan(0);
  expect(fault.meanMs).toBeGreaterThan(110);
  expect(fault.measured).toMatch(/^\d+ of \d+ writes late, \d+\.\d ms on average/);
});

test.each([
  ['FULL', 'disk-full', /ENOSPC/],
  ['FSYNC-ERROR', 'disk-fsync-error', /EIO/],
])('DISK %s ends the node’s storage for good, as a real one would', async (word, kind, cause) => {
  const roles: string[] = [];
  const { address } = await start('1', { onRole: (role) => roles.push(role) });
  await leaderOf([address]);
  expect(await tell(address, 'SET before 1')).toBe('OK');
  await tell(address, `RAFT FAULT DISK ${word} LEASE 60000`);
  expect(await tell(address, 'SET during 1')).toMatch(/^-UNKNOWN this node's storage failed /);
  const failed = await status(address);
  expect(failed.health).toBe('storage-failed');
  expect(failed.healthReason).toMatch(cause);
  // Raft stopped in the middle of it, and a leader that takes no part is none.
  expect(failed).toMatchObject({ role: 'follower', leaderId: null, followers: [] });
  expect(roles.at(-1)).toBe('follower');
  expect(await tell(address, 'RAFTSTATE')).toBe('Follower');
  expect(await tell(address, 'RAFTLEADER')).toBe('null');
  expect(await tell(address, 'CLUSTER SLOTS')).toMatch(/^-CLUSTERDOWN /);
  // What is asked of Raft now is answered, too.
  expect(await tell(address, 'RAFTSNAPSHOT')).toMatch(/^-ERR the snapshot failed: /);
  expect(await tell(address, 'RAFT SERVER ADD 2 127.0.0.1:1')).toMatch(/^-/);
  expect(await tell(address, 'RAFT TIMEOUT')).toMatch(/^-MISCONF /);
  expect(failed.faults[0]).toMatchObject({ kind });
  expect(failed.faults[0]?.stopped).toBeGreaterThan(0);
  expect(await tell(address, 'RAFT FAULT EXTEND f1 LEASE 300')).toBe('f1');
  await until('the lease ends it', 30_000, async () => (await status(address)).faults.length === 0);
  // The disk is well again; the handle is not, and says so instead of writing behind a hole.
  expect(await tell(address, 'SET after 1')).toMatch(/^-MISCONF /);
  await nodes.pop()?.close();
  const again = await start('1', { address });
  await leaderOf([again.address]);
  expect(await tell(again.address, 'GET before')).toBe('1');
  expect(await tell(again.address, 'SET after 1')).toBe('OK');
});

test('a full disk fails a snapshot and leaves the node be when nothing else is written', async () => {
  const { address } = await start('1');
  await leaderOf([address]);
  await tell(address, 'SET a 1');
  await tell(address, 'RAFT FAULT DISK FULL LEASE 20000');
  expect(await tell(address, 'RAFTSNAPSHOT')).toMatch(/^-ERR the snapshot failed: .*ENOSPC/);
  expect(await tell(address, 'RAFT FAULT HEAL f1')).toBe('1');
  expect((await status(address)).health).toBe('ok');
  expect(await tell(address, 'RAFTSNAPSHOT')).toBe('OK');
});

test('a clock that is wrong moves the time of the machine, forwards only', async () => {
  const { address } = await start('1');
  await leaderOf([address]);
  await tell(address, 'SET short lived EX 1800');
  await tell(address, 'RAFT FAULT CLOCK 3600000 LEASE 20000');
  await tell(address, 'SET other 1');
  expect(await tell(address, 'GET short')).toBe('null');
  const fault = await theFault(address);
  expect(fault.shifted).toBeGreaterThan(0);
  expect(Math.abs((fault.meanMs ?? 0) - 3_600_000)).toBeLessThan(1_000);
  await tell(address, 'RAFT FAULT HEAL');
  await tell(address, 'RAFT FAULT CLOCK -7200000 LEASE 20000');
  // Time never goes back for the machine: what had an hour to live keeps it, at most.
  await tell(address, 'SET hour 1 EX 3600');
  const leftSeconds = Number(await tell(address, 'TTL hour'));
  expect(leftSeconds).toBeGreaterThan(3_590);
  expect(leftSeconds).toBeLessThanOrEqual(3_600);
});

test('a clock that is wrong is known to the others, as far as it is off', async () => {
  const addresses = await startThree();
  const [one, two] = addresses;
  await tell(two, 'RAFT FAULT CLOCK -7200000 LEASE 20000');
  const seen = async (address: string, id: string): Promise<number> => {
    const clock = (await status(address)).clocks.find((peer) => peer.id === id);
    return (clock?.offsetMs ?? 0) / 3_600_000;
  };
  for (const address of addresses.filter((other) => other !== two)) {
    await until('it is seen', 30_000, async () => Math.round(await seen(address, '2')) === -2);
  }
  // Who is wrong itself sees the others ahead.
  await until('the others are ahead', 30_000, async () => Math.round(await seen(two, '1')) === 2);
  await until(
    'every clock is measured',
    30_000,
    async () => (await status(one)).clocks.length === 2,
  );
  const [, text = null] = (await ask(one, 'RAFT', 'INFO', 'clock_offsets')) as readonly Reply[];
  expect(textOf(text)).toMatch(/^\[\{ID:2 Offset:-7[\d.]+ms Error:[\d.]+ms\} \{ID:3 /);
  expect((await status(one)).leaderId).not.toBeNull();
});

test('faults are listed, replaced, extended and healed by name', async () => {
  const [leader] = await startThree();
  await tell(leader, 'RAFT FAULT LINK 2 IN CUT LEASE 20000');
  expect(await tell(leader, 'RAFT FAULT LINK 2 IN CUT LEASE 15000')).toBe('f2');
  expect((await status(leader)).faults.map(({ id }) => id)).toEqual(['f2']);
  expect(await tell(leader, 'RAFT FAULT EXTEND f2 LEASE 60000')).toBe('f2');
  expect((await theFault(leader)).leaseMs).toBeGreaterThan(25_000);
  const [row] = (await ask(leader, 'RAFT', 'FAULT', 'LIST')) as readonly (readonly Reply[])[];
  const texts = (row ?? []).map(textOf);
  expect(texts.slice(0, 4)).toEqual(['id', 'f2', 'kind', 'link-cut']);
  expect(texts[texts.indexOf('description') + 1]).toBe('cut 2 → 1');
  expect(texts[texts.indexOf('measured') + 1]).toMatch(/^(\d+) of \1 messages lost$/);
  expect(await tell(leader, 'RAFT FAULT HEAL f1')).toMatch(/^-ERR there is no fault 'f1'/);
  expect(await tell(leader, 'RAFT FAULT HEAL f2')).toBe('1');
  expect(await tell(leader, 'RAFT FAULT HEAL')).toBe('0');
  expect(await tell(leader, 'RAFT FAULT LINK 1 IN CUT LEASE 500')).toMatch(/^-ERR a node has no/);
  expect(await tell(leader, 'RAFT FAULT LINK 9 IN CUT LEASE 500')).toMatch(
    /^-ERR there is no member '9'\. Members are 1 2 3\./,
  );
  expect(await tell(leader, 'RAFT FAULT LINK 2 IN CUT')).toMatch(
    /^-ERR a fault ends with LEASE ms/,
  );
  expect(await tell(leader, 'RAFT FAULT DISK FULL LEASE 5')).toMatch(/^-ERR LEASE takes 100/);
});

test('RAFT TIMEOUT makes a follower lead at once, although the leader is heard', async () => {
  const [leader, two, three] = await startThree();
  const { term } = await status(leader);
  expect(await tell(two, 'RAFT TIMEOUT')).toBe('OK');
  const next = await until('the follower leads', 30_000, async () => {
    const { role, term: now } = await status(two);
    return role === 'leader' ? now : false;
  });
  expect(next).toBe(term + 1);
  await leaderOf([leader, two, three]);
  expect(await tell(two, 'RAFT TIMEOUT')).toBe('-ERR this node leads already');
  expect(await tell(two, 'SET a 1')).toBe('OK');
});

test('without --faults there is no switchboard, and the answer says so', async () => {
  const { address } = await start('1', { faults: false });
  await leaderOf([address]);
  for (const line of ['LIST', 'HEAL', 'DISK FULL LEASE 500', 'CLOCK 5 LEASE 500']) {
    expect(await tell(address, `RAFT FAULT ${line}`)).toBe(
      '-ERR faults are not allowed on this node. It was not started with --faults.',
    );
  }
  expect((await status(address)).faultsAllowed).toBe(false);
});
