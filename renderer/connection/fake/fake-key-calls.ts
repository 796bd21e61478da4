import type { Result } from '../../../main/contract/errors.ts';
import type { HostApi, HostCall } from '../../../main/contract/host-api.ts';
import type { KeyChange, KeyCopy, KeyFacts, KeyReader } from '../../../main/contract/keys.ts';
import { VALUE_START_BYTES } from '../../../main/contract/keys.ts';
import { failed } from '../calls.ts';
import { type FakeCluster, takesPart } from './fake-cluster.ts';

type Request<C extends HostCall> = Parameters<HostApi[C]>[0];

/** Answers the calls about keys; undefined for another call. */
export function answerKeyCall(
  cluster: FakeCluster,
  name: HostCall,
  request: unknown,
): Result<unknown> | undefined {
  switch (name) {
    case 'scanKeys':
      return scan(cluster, request as Request<'scanKeys'>);
    case 'describeKeys': {
      const { keys } = request as Request<'describeKeys'>;
      return { ok: true, value: keys.map((key) => factsOf(cluster, key)) };
    }
    case 'readValue': {
      const { key, offset, limit } = request as Request<'readValue'>;
      const bytes = cluster.keys.find(key)?.bytes.subarray(offset, offset + limit);
      const piece = base64(bytes ?? new Uint8Array());
      const facts = factsOf(cluster, key);
      return { ok: true, value: { facts, offset, bytes: piece, ...readerOf(cluster) } };
    }
    case 'compareKey':
      return { ok: true, value: copiesOf(cluster, (request as Request<'compareKey'>).key) };
    case 'changeKey':
      return change(cluster, request as Request<'changeKey'>);
    case 'prepareDownload':
      return { ok: true, value: { path: '/download/none', fileName: 'user-8.bin' } };
    default:
      return undefined;
  }
}

function scan(cluster: FakeCluster, request: Request<'scanKeys'>): Result<unknown> {
  if (cluster.leaderId === null && request.nodeId === null) {
    return failed('E_STATE', `Nothing was sent: no leader of ${cluster.name} is known.`);
  }
  const { keys, next } = cluster.keys.page(Number(request.cursor), request.count);
  const glob = request.match === null ? null : globOf(atob(request.match));
  const found = glob === null ? keys : keys.filter((key) => glob.test(atob(key)));
  const total = cluster.keys.total;
  const reader = { ...readerOf(cluster), nodeId: request.nodeId ?? cluster.leaderId ?? '1' };
  return { ok: true, value: { keys: found, cursor: String(next), total, ...reader } };
}

function globOf(pattern: string): RegExp {
  const escaped = pattern.replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's');
}

function readerOf(cluster: FakeCluster): KeyReader {
  const { commitIndex: appliedIndex, term, leaderId } = cluster;
  return { nodeId: leaderId ?? '1', appliedIndex, term };
}

function factsOf(cluster: FakeCluster, key: string): KeyFacts {
  const value = cluster.keys.find(key);
  return {
    key,
    exists: value !== undefined,
    type: value === undefined ? 'none' : 'string',
    sizeBytes: value?.bytes.length ?? 0,
    expiresAtMs: value?.expiresAtMs ?? null,
    start: base64(value?.bytes.subarray(0, VALUE_START_BYTES) ?? new Uint8Array()),
  };
}

function copiesOf(cluster: FakeCluster, key: string): readonly KeyCopy[] {
  const value = cluster.keys.find(key);
  return cluster.nodes.map((node): KeyCopy => {
    const nodeId = node.id;
    if (!takesPart(node)) {
      const message = `node-${nodeId}: connect ECONNREFUSED. The command was not sent.`;
      return { nodeId, state: 'failed', message };
    }
    const index = cluster.commitIndex - node.lag;
    return {
      ...{ nodeId, state: 'read', exists: value !== undefined, fromIndex: index, toIndex: index },
      sizeBytes: value?.bytes.length ?? 0,
      sha256: value === undefined ? null : 'b81d44f0'.repeat(8),
      expiresAtMs: value?.expiresAtMs ?? null,
    };
  });
}

function change(cluster: FakeCluster, request: Request<'changeKey'>): Result<KeyChange> {
  const { key, change: asked } = request;
  const before = cluster.keys.known.get(key);
  const done = asked.type === 'create' ? before === undefined : before !== undefined;
  cluster.commitIndex += 1;
  if (done && asked.type === 'delete') cluster.keys.known.delete(key);
  else if (done && (asked.type === 'create' || asked.type === 'set')) {
    const bytes = Uint8Array.from(atob(asked.value), (sign) => sign.charCodeAt(0));
    cluster.keys.known.set(key, { bytes, expiresAtMs: before?.expiresAtMs ?? null });
  } else if (done && before !== undefined) {
    before.expiresAtMs = asked.type === 'expire' ? Date.now() + asked.ttlMs : null;
  }
  const replaced = before === undefined ? null : base64(before.bytes);
  const told = asked.type === 'set' || asked.type === 'delete' ? replaced : null;
  return { ok: true, value: { done, before: told, elapsedMs: 1.1, ...readerOf(cluster) } };
}

function base64(bytes: Uint8Array): string {
  let binary = '';
  for (let at = 0; at < bytes.length; at += 8_192) {
    binary += String.fromCharCode(...bytes.subarray(at, at + 8_192));
  }
  return btoa(binary);
}
