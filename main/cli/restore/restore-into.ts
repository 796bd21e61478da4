import { randomBytes } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';

import type { RespClient } from '../../../node-engine/client/resp-client.ts';
import type { NodeStatus } from '../../../node-engine/node/status.ts';
import type { Reply } from '../../../node-engine/resp/value.ts';
import { CommandError, reasonOf } from '../args/usage-error.ts';
import type { NodeDial } from '../dial/node-dial.ts';

const CALL_MS = 60_000;
/** A large state takes a while to be read, kept and copied. */
const RESTORE_MS = 30 * 60_000;
const UPLOAD_BYTES = 4 * 1024 * 1024;

/**
 * Replaces the state of a running cluster by that of a file: brings the file to the leader, and has it
 * restored there. The text says what became of it.
 *
 * @param address of any member
 * @param connect how to reach it, and the leader
 * @throws CommandError that says whether anything was changed
 */
export async function restoreInto(
  address: string,
  file: string,
  connect: NodeDial,
): Promise<string> {
  const leader = await untouched(address, () => leaderOf(address, connect));
  const client = await untouched(leader, () => connect(leader));
  try {
    const name = `${nameFrom(file)}-${randomBytes(4).toString('hex')}`;
    try {
      await untouched(leader, () => upload(client, name, file));
      return await restore(client, leader, name);
    } finally {
      await discard(client, name);
    }
  } finally {
    client.close();
  }
}

/** What was brought is of no more use, restored or refused. Failing here changes nothing of that. */
async function discard(client: RespClient, name: string): Promise<void> {
  try {
    await client.call(['RAFT', 'SNAPSHOT', 'DISCARD', name], { timeoutMs: CALL_MS });
  } catch {
    // The node is gone, and the file stays in its folder import, where it is listed.
  }
}

/** Runs what comes before the restore itself: when it fails, nothing was changed. */
async function untouched<Result>(address: string, task: () => Promise<Result>): Promise<Result> {
  try {
    return await task();
  } catch (error) {
    throw new CommandError(`${address}: ${reasonOf(error)}; nothing was changed`, { cause: error });
  }
}

async function leaderOf(address: string, connect: NodeDial): Promise<string> {
  const client = await connect(address);
  try {
    const reply = await client.call(['RAFT', 'STATUS'], { timeoutMs: CALL_MS });
    const refusal = errorOf(reply);
    if (refusal !== null) throw new Error(refusal);
    const { leaderClientAddress } = JSON.parse(textOf(reply)) as NodeStatus;
    if (leaderClientAddress === null) throw new Error('its cluster has no leader now');
    return leaderClientAddress;
  } finally {
    client.close();
  }
}

async function upload(client: RespClient, name: string, file: string): Promise<void> {
  const handle = await open(file);
  try {
    await uploadFrom(client, name, handle);
  } finally {
    await handle.close();
  }
}

async function uploadFrom(client: RespClient, name: string, handle: FileHandle): Promise<void> {
  const buffer = Buffer.alloc(UPLOAD_BYTES);
  for (let offset = 0; ;) {
    const { bytesRead } = await handle.read(buffer, 0, UPLOAD_BYTES, offset);
    if (bytesRead === 0 && offset > 0) return;
    const args = ['RAFT', 'SNAPSHOT', 'UPLOAD', name, String(offset)];
    const reply = await client.call([...args, buffer.subarray(0, bytesRead)], {
      timeoutMs: CALL_MS,
    });
    const refusal = errorOf(reply);
    if (refusal !== null) throw new Error(refusal);
    if (bytesRead === 0) return;
    offset += bytesRead;
  }
}

async function restore(client: RespClient, leader: string, name: string): Promise<string> {
  let reply: Reply;
  try {
    reply = await client.call(['RAFT', 'SNAPSHOT', 'RESTORE', 'FILE', name], {
      timeoutMs: RESTORE_MS,
    });
  } catch (error) {
    throw new CommandError(
      `${leader}: ${reasonOf(error)}; whether the state was replaced is not known`,
      { cause: error },
    );
  }
  const refusal = errorOf(reply);
  if (refusal?.startsWith('UNKNOWN') === true) throw new CommandError(`${leader}: ${refusal}`);
  if (refusal !== null) throw new CommandError(`${leader}: ${refusal}; nothing was changed`);
  const fields = fieldsOf(reply);
  const [index, keys, before] = ['index', 'keys', 'before'].map((field) => fields.get(field));
  const undo =
    before === undefined
      ? ''
      : `The state before is kept there: RAFT SNAPSHOT RESTORE FILE ${before}\n`;
  return `${leader}: in force from entry ${index ?? '?'} on, with ${keys ?? '?'} keys\n${undo}`;
}

/** A file's name as the node takes it. */
function nameFrom(file: string): string {
  const plain = basename(file)
    .replace(/[^A-Za-z0-9._-]/gu, '_')
    .replace(/^\.+/u, '');
  return plain === '' ? 'state' : plain.slice(0, 80);
}

function fieldsOf(reply: Reply): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  if (typeof reply !== 'object' || reply === null || !('type' in reply)) return fields;
  if (reply.type !== 'map') return fields;
  for (const [name, value] of reply.entries)
    if (value !== null) fields.set(textOf(name), textOf(value));
  return fields;
}

function errorOf(reply: Reply): string | null {
  if (typeof reply !== 'object' || reply === null || !('type' in reply)) return null;
  return reply.type === 'error' ? reply.text : null;
}

function textOf(reply: Reply): string {
  if (reply instanceof Uint8Array) return Buffer.from(reply).toString('utf8');
  return typeof reply === 'string' ? reply : '';
}
