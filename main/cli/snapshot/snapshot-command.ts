import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

import type { RespClient } from '../../../node-engine/client/resp-client.ts';
import { syncFolder } from '../../../node-engine/log/node-directory.ts';
import { endpointText, parseEndpoint } from '../../../node-engine/node/address.ts';
import type { NodeStatus } from '../../../node-engine/node/status.ts';
import type { Reply } from '../../../node-engine/resp/value.ts';
import { decodeFile } from '../../../node-engine/snapshot/snapshot-file.ts';
import { parseFlags } from '../args/flags.ts';
import { CommandError, reasonOf, UsageError } from '../args/usage-error.ts';
import { dialWith } from '../dial/node-dial.ts';
import { EXIT_DONE, type Program } from '../program.ts';
import { SNAPSHOT_USAGE } from './snapshot-flags.ts';

/** A large state takes a while to be written out. */
const SNAPSHOT_MS = 10 * 60_000;
const READ_MS = 60_000;
const READ_BYTES = 4 * 1024 * 1024;
const FILE_MODE = 0o600;

/** `raftdeck snapshot`: the state of a running node, in a file. */
export async function snapshotCommand(args: readonly string[], program: Program): Promise<number> {
  const flags = parseFlags(SNAPSHOT_USAGE.flags, args);
  const [given, stray] = flags.positionals;
  if (given === undefined) throw new UsageError('snapshot needs the file to make');
  if (stray !== undefined) throw new UsageError(`snapshot makes one file; '${stray}' is another`);
  const parsed = parseEndpoint(flags.value('a') ?? '127.0.0.1:7481', { portZero: false });
  if (!parsed.ok) throw new UsageError(`-a: ${parsed.problem}`);
  const path = resolve(given);
  if (existsSync(path)) throw new CommandError(`${path} exists already; nothing was done`);
  const address = endpointText(parsed.endpoint);
  const dial = dialWith(flags, program);
  try {
    const client = await dial(address);
    try {
      program.print(await save(client, path));
    } finally {
      client.close();
    }
    return EXIT_DONE;
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(`${address}: ${reasonOf(error)}; no file was made`, { cause: error });
  }
}

async function save(client: RespClient, path: string): Promise<string> {
  const { id, index } = await newestSnapshot(client);
  const temporary = `${path}.tmp`;
  const handle = await openNew(temporary);
  try {
    let sizeBytes: number;
    let hash: string;
    try {
      ({ sizeBytes, hash } = await copy(client, id, handle));
      await handle.sync();
    } finally {
      await handle.close();
    }
    const decoded = await decodeFile(temporary, () => undefined);
    if (!decoded.ok) throw new CommandError(`what came ${decoded.fault}; no file was made`);
    await rename(temporary, path);
    await syncFolder(dirname(path));
    return `${path}: the state at entry ${index}, ${sizeBytes} bytes, SHA-256 ${hash}\n`;
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** What an ended `raftdeck snapshot` left half done looks like one that is still being written. */
async function openNew(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'wx', FILE_MODE);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    throw new CommandError(
      `${path} exists already: another raftdeck snapshot writes it, or one was ended half way; ` +
        'remove it if none runs. No file was made',
      { cause: error },
    );
  }
}

/** Makes one; when nothing has changed since the last, that one is as good. */
async function newestSnapshot(
  client: RespClient,
): Promise<{ readonly id: string; readonly index: number }> {
  const made = await client.call(['RAFT', 'SNAPSHOT', 'NOW'], { timeoutMs: SNAPSHOT_MS });
  const refusal = errorOf(made);
  if (refusal !== null && !/nothing new/i.test(refusal)) throw new CommandError(refusal);
  const status = await client.call(['RAFT', 'STATUS'], { timeoutMs: READ_MS });
  const { snapshots } = JSON.parse(textOf(status)) as NodeStatus;
  const [newest] = snapshots;
  if (newest === undefined) throw new CommandError('the node has written nothing yet');
  return newest;
}

async function copy(
  client: RespClient,
  id: string,
  handle: FileHandle,
): Promise<{ readonly sizeBytes: number; readonly hash: string }> {
  const hash = createHash('sha256');
  for (let sizeBytes = 0; ;) {
    const range = ['RANGE', String(sizeBytes), String(READ_BYTES)];
    const reply = await client.call(['RAFT', 'SNAPSHOT', 'READ', id, ...range], {
      timeoutMs: READ_MS,
    });
    const refusal = errorOf(reply);
    if (refusal !== null) throw new CommandError(refusal);
    if (!(reply instanceof Uint8Array)) return { sizeBytes, hash: hash.digest('hex') };
    hash.update(reply);
    await handle.writeFile(reply);
    sizeBytes += reply.length;
  }
}

function errorOf(reply: Reply): string | null {
  if (typeof reply !== 'object' || reply === null || !('type' in reply)) return null;
  return reply.type === 'error' ? reply.text : null;
}

function textOf(reply: Reply): string {
  if (reply instanceof Uint8Array) return Buffer.from(reply).toString('utf8');
  return typeof reply === 'string' ? reply : '';
}
