import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

import type { KeyChangeRequest, KeyCopy } from '../../main/contract/keys.ts';
import { DOWNLOAD_PATH } from '../../main/contract/snapshots.ts';
import { ROOT } from '../tidy/source-files.ts';
import { HostFixture, valueOf } from './host-fixture.ts';

/* Keys, values and snapshots through the host, with the nodes that it ships. */

const COMMAND = [process.execPath, join(ROOT, 'out', 'node', 'raftdeck.js')];

let fixture: HostFixture;

beforeEach(async () => {
  fixture = await HostFixture.open(COMMAND);
});

afterEach(async () => {
  await fixture.dispose();
});

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const textOf = (bytes: string): string => Buffer.from(bytes, 'base64').toString();
/** A key that is no text, and one that would be markup. */
const BINARY = Buffer.from([0xff, 0x00, 0x0d, 0x0a]).toString('base64');
const MARKUP = base64('<img src=x onerror=alert(1)>\u202e\u0000');

async function healthy(clusterId: string, voters = 3): Promise<void> {
  await fixture.until(clusterId, ({ health }) => {
    return health.level === 'healthy' && health.voters === voters;
  });
}

async function change(clusterId: string, key: string, what: KeyChangeRequest) {
  return valueOf(await fixture.host.changeKey({ clusterId, key, change: what }));
}

async function send(clusterId: string, ...args: readonly string[]): Promise<unknown> {
  const command = { clusterId, nodeId: null, args, followRedirects: true };
  const { reply } = valueOf(await fixture.host.sendCommand(command));
  if (reply.type === 'error') throw new Error(`${args[0] ?? ''}: ${reply.text}`);
  return reply;
}

async function fetched(path: string): Promise<Buffer> {
  const opened = valueOf(await fixture.host.openDownload(path.slice(DOWNLOAD_PATH.length)));
  const pieces: Uint8Array[] = [];
  valueOf(await opened.send(async (bytes) => void pieces.push(bytes)));
  const file = Buffer.concat(pieces);
  expect(file.length).toBe(opened.sizeBytes);
  expect((await fixture.host.openDownload(path.slice(DOWNLOAD_PATH.length))).ok).toBe(false);
  return file;
}

test('keys of any bytes are listed in pages, read in pieces, compared and changed', async () => {
  const clusterId = await fixture.create(3);
  await healthy(clusterId);
  const words = Array.from({ length: 450 }, (_, at) => [`user:${String(at)}`, 'v']).flat();
  await send(clusterId, 'MSET', ...words);
  await change(clusterId, BINARY, { type: 'create', value: BINARY, ttlMs: null });
  const made = await change(clusterId, MARKUP, {
    ...{ type: 'create', value: base64('{"n":1}'), ttlMs: 60_000 },
  });
  expect(made).toMatchObject({ done: true, before: null });
  expect(made.appliedIndex).toBeGreaterThan(2);

  // All pages together are all keys, each once.
  const seen: string[] = [];
  for (let cursor = '0', first = true; first || cursor !== '0'; first = false) {
    const request = { clusterId, nodeId: null, cursor, match: null, count: 100 };
    const page = valueOf(await fixture.host.scanKeys(request));
    expect(page.total).toBe(452);
    // COUNT is what SCAN aims at; keys that share a bucket come together.
    expect(page.keys.length).toBeLessThanOrEqual(200);
    seen.push(...page.keys);
    cursor = page.cursor;
  }
  expect(new Set(seen).size).toBe(452);
  expect(seen).toEqual(expect.arrayContaining([BINARY, MARKUP, base64('user:449')]));
  const one = { clusterId, nodeId: null, cursor: '0', match: base64('user:44?'), count: 1_000 };
  expect(valueOf(await fixture.host.scanKeys(one)).keys.map(textOf)).toHaveLength(10);

  const described = await fixture.host.describeKeys({
    ...{ clusterId, nodeId: null, keys: [MARKUP, BINARY, base64('none')] },
  });
  const [markup, binary, none] = valueOf(described);
  expect(markup).toMatchObject({ exists: true, type: 'string', sizeBytes: 7 });
  expect(markup?.expiresAtMs).toBeGreaterThan(Date.now());
  expect(binary).toMatchObject({ sizeBytes: 4, expiresAtMs: null, start: BINARY });
  expect(none).toMatchObject({ exists: false });

  // A large value: a preview moves no more than the preview.
  const large = Buffer.alloc(8_000_000, 'abcdefghij');
  const largeKey = base64('large');
  await change(clusterId, largeKey, { type: 'create', value: base64('x'), ttlMs: null });
  await send(clusterId, 'SETRANGE', 'large', String(large.length - 1), 'j');
  const piece = await fixture.host.readValue({
    ...{ clusterId, nodeId: null, key: largeKey, offset: 0, limit: 65_536 },
  });
  expect(valueOf(piece).facts.sizeBytes).toBe(8_000_000);
  expect(Buffer.from(valueOf(piece).bytes, 'base64')).toHaveLength(65_536);
  const source = { type: 'value', key: largeKey } as const;
  const offer = valueOf(await fixture.host.prepareDownload({ clusterId, source }));
  const file = await fetched(offer.path);
  expect([file.length, file.at(0), file.at(-1)]).toEqual([8_000_000, 120, 106]);

  // The same key on every node, each with the entry that its state stands at. A follower may have all of
  // it a moment after the leader has answered.
  const last = await change(clusterId, base64('last'), {
    ...{ type: 'create', value: base64('x'), ttlMs: null },
  });
  await fixture.until(clusterId, ({ nodes }) => {
    return nodes.every(({ status }) => (status?.appliedIndex ?? 0) >= last.appliedIndex);
  });
  const copies = valueOf(await fixture.host.compareKey({ clusterId, key: largeKey }));
  const sha256 = createHash('sha256').update(file).digest('hex');
  const expected = { state: 'read', exists: true, sizeBytes: 8_000_000, sha256 };
  expect(copies).toEqual(['1', '2', '3'].map((nodeId) => objectWith({ nodeId, ...expected })));
  for (const copy of copies as Extract<KeyCopy, { state: 'read' }>[]) {
    expect(copy.toIndex).toBeGreaterThanOrEqual(copy.fromIndex);
    expect(copy.fromIndex).toBeGreaterThan(5);
  }

  // Changes say whether they were done, and give back what they overwrote.
  const set = { type: 'set', value: base64('new') } as const;
  expect(await change(clusterId, MARKUP, set)).toMatchObject({
    ...{ done: true, before: base64('{"n":1}') },
  });
  const again = { type: 'create', value: base64('no'), ttlMs: null } as const;
  expect(await change(clusterId, MARKUP, again)).toMatchObject({ done: false });
  expect(await change(clusterId, MARKUP, { type: 'persist' })).toMatchObject({ done: true });
  expect(await change(clusterId, MARKUP, { type: 'expire', ttlMs: 90_000 })).toMatchObject({
    ...{ done: true },
  });
  const gone = await change(clusterId, MARKUP, { type: 'delete' });
  expect(gone).toMatchObject({ done: true, before: base64('new') });
  expect(await change(clusterId, MARKUP, { type: 'delete' })).toMatchObject({ done: false });
  expect(await change(clusterId, MARKUP, set)).toMatchObject({ done: false, before: null });

  // One node of three has no leader, and says what it has all the same.
  for (const nodeId of ['1', '2']) valueOf(await fixture.host.killNode({ clusterId, nodeId }));
  await fixture.until(clusterId, ({ health }) => health.leaderId === null);
  const alone = { clusterId, nodeId: '3', cursor: '0', match: largeKey, count: 1_000 };
  expect(valueOf(await fixture.host.scanKeys(alone))).toMatchObject({ total: 453, nodeId: '3' });
  const left = valueOf(await fixture.host.compareKey({ clusterId, key: largeKey }));
  expect(left.map(({ state }) => state)).toEqual(['failed', 'failed', 'read']);
  expect(left[2]).toMatchObject({ sha256, exists: true });
});

test('a snapshot makes a new cluster whose nodes hold the same, and the old one goes on', async () => {
  const clusterId = await fixture.create(1);
  await healthy(clusterId, 1);
  await send(clusterId, 'MSET', 'a', '1', 'b', '2');
  const nodeId = fixture.view(clusterId).health.leaderId ?? '1';
  valueOf(await fixture.host.takeSnapshot({ clusterId, nodeId }));
  await send(clusterId, 'SET', 'a', 'later');
  const { nodes } = await fixture.until(clusterId, (view) =>
    view.nodes.some(({ id, status }) => id === nodeId && status?.snapshots.length === 1),
  );
  const snapshot = nodes.find(({ id }) => id === nodeId)?.status?.snapshots[0];
  if (snapshot === undefined) throw new Error('no snapshot');
  const snapshotId = snapshot.id;

  const source = { type: 'snapshot', nodeId, snapshotId } as const;
  const offer = valueOf(await fixture.host.prepareDownload({ clusterId, source }));
  expect(offer.fileName).toMatch(/^local-1-node-\d-[\d-]+\.snapshot$/);
  expect(await fetched(offer.path)).toHaveLength(snapshot.sizeBytes);

  const request = { clusterId, nodeId, snapshotId, nodes: 3, name: 'restored' };
  const restored = valueOf(await fixture.host.restoreToNewCluster(request)).clusterId;
  const view = await fixture.until(restored, ({ operation }) => operation?.state !== 'running');
  expect(view.operation?.steps.filter(({ state }) => state !== 'done')).toEqual([]);
  expect(view.operation?.steps.at(-1)?.detail).toMatch(/^3 nodes agree on [0-9a-f]{8}$/);
  await healthy(restored);
  expect(await send(restored, 'GET', 'a')).toEqual({ type: 'bulk', text: '1' });
  expect(await send(clusterId, 'GET', 'a')).toEqual({ type: 'bulk', text: 'later' });
  expect(readdirSync(view.directory)).not.toContain('restored.snapshot');
  // Its first node has its data: it is never begun anew.
  valueOf(await fixture.host.stopCluster({ clusterId: restored }));
  valueOf(await fixture.host.startCluster({ clusterId: restored }));
  await healthy(restored);
  expect(await send(restored, 'GET', 'b')).toEqual({ type: 'bulk', text: '2' });

  const none = { clusterId, nodeId, snapshotId: '9-9-9', nodes: 1 };
  expect(await fixture.host.restoreToNewCluster(none)).toMatchObject({
    error: { code: 'E_NOT_FOUND' },
  });
});

test('a running cluster gets the state of a snapshot, and keeps the one before', async () => {
  const clusterId = await fixture.create(3);
  await healthy(clusterId);
  const { leaderId } = fixture.view(clusterId).health;
  const nodeId = ['1', '2', '3'].find((id) => id !== leaderId) ?? '';
  await send(clusterId, 'SET', 'a', 'then');
  await fixture.until(clusterId, ({ nodes }) => nodes.every(({ status }) => status?.keys === 1));
  // One that the leader does not have: it is brought there first.
  valueOf(await fixture.host.takeSnapshot({ clusterId, nodeId }));
  const { nodes } = await fixture.until(clusterId, (view) =>
    view.nodes.some(({ id, status }) => id === nodeId && status?.snapshots.length === 1),
  );
  const snapshotId = nodes.find(({ id }) => id === nodeId)?.status?.snapshots[0]?.id ?? '';
  await send(clusterId, 'MSET', 'a', 'now', 'b', 'new');
  const request = { clusterId, nodeId, snapshotId };
  const unconfirmed = { ...request, confirmName: 'local-2' };
  expect(await fixture.host.replaceState(unconfirmed)).toMatchObject({
    error: { code: 'E_CONFIRM' },
  });
  expect(await send(clusterId, 'DBSIZE')).toEqual({ type: 'integer', text: '2' });

  valueOf(await fixture.host.replaceState({ ...request, confirmName: 'local-1' }));
  const view = await fixture.until(clusterId, ({ operation }) => {
    return operation?.kind === 'replace' && operation.state !== 'running';
  });
  expect(view.operation?.steps.map(({ state }) => state)).toEqual(['done', 'done', 'done']);
  const [, replaced, compared] = view.operation?.steps ?? [];
  expect(replaced?.detail).toMatch(/^1 keys, in force at entry \d+; the state before is the file /);
  expect(compared?.detail).toMatch(/^3 nodes agree on /);
  expect(await send(clusterId, 'GET', 'a')).toEqual({ type: 'bulk', text: 'then' });
  // And back again, with the file that was kept.
  const before = /the file (\S+) in/.exec(replaced?.detail ?? '')?.[1] ?? '';
  await send(clusterId, 'RAFT', 'SNAPSHOT', 'RESTORE', 'FILE', before);
  expect(await send(clusterId, 'GET', 'b')).toEqual({ type: 'bulk', text: 'new' });
});

test('a machine without keys says so', async () => {
  const clusterId = await fixture.create(1, 'ticket');
  await healthy(clusterId, 1);
  const request = { clusterId, nodeId: null, cursor: '0', match: null, count: 10 };
  const scanned = await fixture.host.scanKeys(request);
  expect(scanned).toMatchObject({ error: { code: 'E_STATE' } });
  expect(scanned.ok ? '' : scanned.error.message).toContain('The machine ticket has no keys');
});

function objectWith(fields: object): unknown {
  return expect.objectContaining(fields);
}
