import { createHash } from 'node:crypto';

import type { Reply } from '../../node-engine/resp/value.ts';
import type { CallRequest } from '../contract/check.ts';
import type { Result } from '../contract/errors.ts';
import {
  type KeyChange,
  type KeyCopy,
  type KeyFacts,
  type KeyPage,
  type KeyReader,
  VALUE_PIECE_MAX,
  VALUE_START_BYTES,
  type ValuePiece,
} from '../contract/keys.ts';
import { noLeader, noSuchNode } from './cluster-operations.ts';
import { refusalOf, type ConnectionWork } from './command-sender.ts';
import { failure } from './failure.ts';
import type { ManagedCluster } from './managed-cluster.ts';
import type { ManagedNode } from './managed-node.ts';

/** A page of keys, or a piece of a value. */
const READ_TIMEOUT_MS = 10_000;
/** A whole value, which may have 64 MiB. */
const VALUE_TIMEOUT_MS = 30_000;

/** What one page may hold of keys; a message holds a little more. */
const PAGE_CHARS_MAX = 768 * 1024;
const TOO_LONG = 'ERR these keys are too long for one page';

type Call = Parameters<ConnectionWork<unknown>>[0];
type Command = readonly (string | Uint8Array)[];

/** An error reply in the middle of a run of commands. */
class Refused extends Error {
  readonly reply: Reply;

  constructor(reply: Reply) {
    super('refused');
    this.reply = reply;
  }
}

/** Some of the keys of the leader, or of the node that is named. */
export function scanKeys(
  cluster: ManagedCluster,
  request: CallRequest<'scanKeys'>,
): Promise<Result<KeyPage>> {
  const { cursor, match, count } = request;
  const pattern = match === null ? [] : ['MATCH', bytesOf(match)];
  return read(cluster, request.nodeId, async (call, node) => {
    const [total] = await inOrder(call, [['DBSIZE']]);
    for (let aim = count; ; aim = Math.ceil(aim / 4)) {
      const [page] = await inOrder(call, [['SCAN', cursor, ...pattern, 'COUNT', String(aim)]]);
      const [reader] = await inOrder(call, [READER]);
      const [next, found] = Array.isArray(page) ? (page as readonly Reply[]) : [];
      const keys = Array.isArray(found) ? (found as readonly Reply[]).map(base64Of) : [];
      // Long keys in fewer at once: the same cursor may be asked again with a smaller aim.
      const fits = keys.reduce((sum, key) => sum + key.length, 0) <= PAGE_CHARS_MAX;
      if (!fits && aim > 1) continue;
      if (!fits) throw new Refused({ type: 'error', text: TOO_LONG });
      const about = { cursor: textOf(next), total: Number(textOf(total)) };
      return { keys, ...about, ...readerOf(node, reader) };
    }
  });
}

/** Size, expiry and beginning of each key. */
export function describeKeys(
  cluster: ManagedCluster,
  request: CallRequest<'describeKeys'>,
): Promise<Result<readonly KeyFacts[]>> {
  return read(cluster, request.nodeId, async (call) => {
    const replies = await inOrder(call, request.keys.flatMap(factCommands));
    return request.keys.map((key, at) => factsOf(key, replies.slice(at * FACTS, (at + 1) * FACTS)));
  });
}

/** A piece of a key's value. */
export function readValue(
  cluster: ManagedCluster,
  request: CallRequest<'readValue'>,
): Promise<Result<ValuePiece>> {
  const { key, offset, limit } = request;
  return read(cluster, request.nodeId, async (call, node) => {
    const range = ['GETRANGE', bytesOf(key), String(offset), String(offset + limit - 1)];
    const replies = await inOrder(call, [...factCommands(key), range]);
    const [reader] = await inOrder(call, [READER]);
    const bytes = base64Of(replies[FACTS] ?? null);
    return { facts: factsOf(key, replies), offset, bytes, ...readerOf(node, reader) };
  });
}

/** What each member holds under a key; a member that does not answer is named. */
export async function compareKey(
  cluster: ManagedCluster,
  request: CallRequest<'compareKey'>,
): Promise<Result<readonly KeyCopy[]>> {
  const copies = cluster.members().map(async (node): Promise<KeyCopy> => {
    const copied = await read(cluster, node.id, (call) => copyOf(call, node, request.key));
    if (copied.ok) return copied.value;
    return { nodeId: node.id, state: 'failed', message: copied.error.message };
  });
  return { ok: true, value: await Promise.all(copies) };
}

async function copyOf(call: Call, node: ManagedNode, key: string): Promise<KeyCopy> {
  const name = bytesOf(key);
  // One after the other: what the node says of itself does not wait for reads that came before.
  const [before] = await inOrder(call, [READER]);
  const reads = [
    ['GET', name],
    ['PEXPIRETIME', name],
  ] as const;
  const [value, expires] = await inOrder(call, reads, VALUE_TIMEOUT_MS);
  const [after] = await inOrder(call, [READER]);
  const bytes = value instanceof Uint8Array ? value : null;
  return {
    nodeId: node.id,
    state: 'read',
    exists: bytes !== null,
    sizeBytes: bytes?.length ?? 0,
    sha256: bytes === null ? null : createHash('sha256').update(bytes).digest('hex'),
    expiresAtMs: expiryOf(expires),
    fromIndex: readerOf(node, before).appliedIndex,
    toIndex: readerOf(node, after).appliedIndex,
  };
}

/** The whole value of a key in one piece; null without the key. */
export function wholeValue(
  cluster: ManagedCluster,
  key: string,
): Promise<Result<Uint8Array | null>> {
  return read(cluster, null, async (call) => {
    const [value] = await inOrder(call, [['GET', bytesOf(key)]], VALUE_TIMEOUT_MS);
    return value instanceof Uint8Array ? value : null;
  });
}

/** Changes a key through the leader. Never sent a second time. */
export async function changeKey(
  cluster: ManagedCluster,
  request: CallRequest<'changeKey'>,
): Promise<Result<KeyChange>> {
  const leader = cluster.leader();
  if (leader === null) return noLeader(cluster);
  const startedAtMs = performance.now();
  return cluster.talk(leader, async (call) => {
    const reply = await call(changeCommand(request), VALUE_TIMEOUT_MS);
    const refused = refusalOf(reply);
    if (refused !== null) return { ok: false, error: refused };
    const elapsedMs = performance.now() - startedAtMs;
    // Only now: a command that is sent together with the write may be answered from before it.
    const reader = await call(READER, READ_TIMEOUT_MS);
    const { type } = request.change;
    const before = type === 'set' || type === 'delete' ? beforeOf(reply) : null;
    const done = doneBy(type, reply);
    return { ok: true, value: { done, before, elapsedMs, ...readerOf(leader, reader) } };
  });
}

function changeCommand({ key, change }: CallRequest<'changeKey'>): Command {
  const name = bytesOf(key);
  switch (change.type) {
    case 'create': {
      const ttl = change.ttlMs === null ? [] : ['PX', String(change.ttlMs)];
      return ['SET', name, bytesOf(change.value), 'NX', ...ttl];
    }
    case 'set':
      return ['SET', name, bytesOf(change.value), 'XX', 'GET', 'KEEPTTL'];
    case 'expire':
      return ['PEXPIRE', name, String(change.ttlMs)];
    case 'persist':
      return ['PERSIST', name];
    case 'delete':
      return ['GETDEL', name];
  }
}

/** SET says OK or nil, SET … GET and GETDEL what was there or nil, the others 1 or 0. */
function doneBy(type: CallRequest<'changeKey'>['change']['type'], reply: Reply): boolean {
  const isCounted = type === 'expire' || type === 'persist';
  return isCounted ? textOf(reply) === '1' : reply !== null;
}

function beforeOf(reply: Reply): string | null {
  return reply instanceof Uint8Array && reply.length <= VALUE_PIECE_MAX ? base64Of(reply) : null;
}

/** Asks the leader, or the node named, which then answers with its own state. */
async function read<T>(
  cluster: ManagedCluster,
  nodeId: string | null,
  work: (call: Call, node: ManagedNode) => Promise<T>,
): Promise<Result<T>> {
  const node = nodeId === null ? cluster.leader() : cluster.node(nodeId);
  if (node === null) return noLeader(cluster);
  if (node === undefined) return noSuchNode(cluster, nodeId ?? '');
  return cluster.talk<T>(node, async (call) => {
    try {
      // Lets the node answer from what it has, whatever its age: without ANYAGE it would ask the leader how
      // far it has to be first, and answer nothing where there is none.
      if (nodeId !== null) await inOrder(call, [['READONLY', 'ANYAGE']]);
      return { ok: true, value: await work(call, node) };
    } catch (error) {
      if (error instanceof Refused) return refused(cluster, error.reply);
      throw error;
    }
  });
}

function refused(cluster: ManagedCluster, reply: Reply): Result<never> {
  const error = refusalOf(reply);
  if (error === null) throw new Error('a refusal is an error reply');
  if (!/^ERR unknown command/i.test(error.message)) return { ok: false, error };
  const { machine } = cluster.saved;
  const message = `The machine ${machine} has no keys that could be listed: its nodes do not know SCAN, GET and their like. Use the console for its own commands.`;
  return failure('E_STATE', message);
}

/** Sends all at once; the replies come in the same order. */
async function inOrder(
  call: Call,
  commands: readonly Command[],
  timeoutMs = READ_TIMEOUT_MS,
): Promise<readonly Reply[]> {
  const replies = await Promise.all(commands.map((command) => call(command, timeoutMs)));
  const wrong = replies.find((reply) => refusalOf(reply) !== null);
  if (wrong !== undefined) throw new Refused(wrong);
  return replies;
}

const READER: Command = ['RAFT', 'INFO', 'applied_index', 'term'];

function readerOf(node: ManagedNode, reply: Reply | undefined): KeyReader {
  const figures = new Map<string, string>();
  if (typeof reply === 'object' && reply !== null && 'type' in reply && reply.type === 'map') {
    for (const [name, figure] of reply.entries) figures.set(textOf(name), textOf(figure));
  }
  const appliedIndex = Number(figures.get('applied_index') ?? 0);
  return { nodeId: node.id, appliedIndex, term: Number(figures.get('term') ?? 0) };
}

/** Commands that describe one key. */
const FACTS = 4;

function factCommands(key: string): readonly Command[] {
  const name = bytesOf(key);
  const last = String(VALUE_START_BYTES - 1);
  return [
    ['TYPE', name],
    ['STRLEN', name],
    ['PEXPIRETIME', name],
    ['GETRANGE', name, '0', last],
  ];
}

function factsOf(key: string, replies: readonly Reply[]): KeyFacts {
  const [type, size, expires, start = null] = replies;
  return {
    key,
    exists: textOf(type) !== 'none',
    type: textOf(type),
    sizeBytes: Number(textOf(size)),
    expiresAtMs: expiryOf(expires),
    start: base64Of(start),
  };
}

/** PEXPIRETIME: −1 without expiry, −2 without key. */
function expiryOf(reply: Reply | undefined): number | null {
  const atMs = Number(textOf(reply));
  return atMs < 0 ? null : atMs;
}

function bytesOf(base64: string): Uint8Array {
  return Buffer.from(base64, 'base64');
}

function base64Of(reply: Reply): string {
  if (reply instanceof Uint8Array) return Buffer.from(reply).toString('base64');
  return Buffer.from(textOf(reply)).toString('base64');
}

function textOf(reply: Reply | undefined): string {
  if (reply instanceof Uint8Array) return Buffer.from(reply).toString('utf8');
  if (typeof reply === 'object' && reply !== null) {
    return 'text' in reply ? reply.text : '';
  }
  return reply === undefined || reply === null ? '' : String(reply);
}
