import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

import { EntryContext } from '../machine/context.ts';
import type { Machine } from '../machine/machine.ts';
import type { Reply } from '../resp/value.ts';
import { RestoreSourceError } from './restore-source-error.ts';
import type { LogTimes } from './snapshot-header.ts';

/*
 * Reads snapshots of Uhaha: gzip of `SNAP0001`, the time of the machine's start, its present time and
 * its seed (each a little-endian int64), then the application's bytes. Those of its kvdb example are a
 * uvarint count, and for each key: key and value, each with a uvarint length, then the times it was set
 * and expires as little-endian int64 nanoseconds, 0 for never.
 */

const MAGIC = Buffer.from('SNAP0001', 'latin1');
const GZIP_MAGIC = 0x1f8b;
/** Keys taken over before others of the process get their turn: a node goes on working meanwhile. */
const KEYS_AT_ONCE = 2000;
/** A file that grows beyond this when it is unpacked is refused. */
const UNPACKED_BYTES_MAX = 2 ** 31 - 1;
const NS_PER_MS = 1_000_000n;

/** What an import took over. */
export interface Imported {
  /** When the machine began, and its present time. */
  readonly times: LogTimes;
  readonly keys: number;
  /** Keys that had expired already. */
  readonly expired: number;
}

/** Whether a file begins as one of Uhaha's does. */
export function looksPacked(start: Uint8Array): boolean {
  return start.length >= 2 && Buffer.from(start).readUInt16BE(0) === GZIP_MAGIC;
}

/**
 * Fills an empty kv machine from the bytes of a state.bin.
 *
 * @throws RestoreSourceError when it is damaged, or holds what the machine does not take
 */
export async function importUhaha(packed: Uint8Array, machine: Machine): Promise<Imported> {
  const reader = new BytesReader(await unpack(packed));
  if (!reader.take(MAGIC.length).equals(MAGIC)) {
    throw new RestoreSourceError(
      "the file is packed, but it is no snapshot of Uhaha's: no SNAP0001",
    );
  }
  const startNs = reader.int64();
  const timeNs = reader.int64();
  // Its seed: chance comes with each entry here.
  reader.int64();
  const context = new EntryContext();
  context.beginRun(timeNs, 0n);
  const count = reader.uvarint();
  let keys = 0;
  let expired = 0;
  for (let taken = 0; taken < count; taken += 1) {
    if (taken % KEYS_AT_ONCE === KEYS_AT_ONCE - 1) await setImmediate();
    const key = reader.bytes();
    const value = reader.bytes();
    reader.int64();
    const expiresNs = reader.int64();
    if (expiresNs !== 0n && expiresNs <= timeNs) {
      expired += 1;
      continue;
    }
    refuseError(machine.apply(setCommand(key, value, expiresNs), context), taken);
    keys += 1;
  }
  if (!reader.isAtEnd)
    throw new RestoreSourceError(`the snapshot goes on behind its ${count} keys`);
  if (machine.size() !== keys) throw new RestoreSourceError('the snapshot has a key twice');
  return { times: { startNs, timeNs }, keys, expired };
}

function setCommand(key: Uint8Array, value: Uint8Array, expiresNs: bigint): readonly Uint8Array[] {
  const words = [Buffer.from('SET'), key, value];
  if (expiresNs === 0n) return words;
  // Rounded up: a key must not go before its time.
  const expiresMs = (expiresNs + NS_PER_MS - 1n) / NS_PER_MS;
  return [...words, Buffer.from('PXAT'), Buffer.from(String(expiresMs))];
}

function refuseError(reply: Reply, position: number): void {
  if (typeof reply !== 'object' || reply === null || !('type' in reply)) return;
  if (reply.type !== 'error') return;
  throw new RestoreSourceError(
    `key number ${position + 1} of the snapshot is refused: ${reply.text}`,
  );
}

async function unpack(packed: Uint8Array): Promise<Buffer> {
  try {
    return await promisify(gunzip)(packed, { maxOutputLength: UNPACKED_BYTES_MAX });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new RestoreSourceError(`the file cannot be unpacked: ${reason}`, { cause: error });
  }
}

/** Reads a buffer from its start to its end. */
class BytesReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  take(count: number): Buffer {
    const from = this.#at;
    if (this.#bytes.length - from < count)
      throw new RestoreSourceError('the snapshot is cut short');
    this.#at += count;
    return this.#bytes.subarray(from, this.#at);
  }

  int64(): bigint {
    return this.take(8).readBigInt64LE(0);
  }

  /** At most 2^53 − 1: more than any length can be. */
  uvarint(): number {
    let value = 0;
    for (let factor = 1; factor < 2 ** 53; factor *= 128) {
      const byte = this.take(1).readUInt8(0);
      value += (byte & 0x7f) * factor;
      if (byte < 0x80 && Number.isSafeInteger(value)) return value;
    }
    throw new RestoreSourceError('the snapshot has an impossible length');
  }

  bytes(): Buffer {
    return this.take(this.uvarint());
  }
}
