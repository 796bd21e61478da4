import { constants } from 'node:fs';
import { open, readFile } from 'node:fs/promises';

import { NO_FOLLOW } from '../log/node-directory.ts';
import { StorageError } from '../log/log-store.ts';
import type { Machine } from '../machine/machine.ts';
import type { LogIndex, Term } from '../raft/types.ts';
import { decodeFile, probeFile } from '../snapshot/snapshot-file.ts';
import { RestoreSourceError } from './restore-source-error.ts';
import { SnapshotHeaderReader, type LogTimes } from './snapshot-header.ts';
import { importUhaha, looksPacked } from './uhaha-snapshot.ts';

/** Whose machine the file of another system fits. */
const UHAHA_MACHINE = 'kv';

/** A state that was read from a file into a machine of its own, checked to its last byte. */
export interface RestoreSource {
  readonly machine: Machine;
  readonly times: LogTimes;
  readonly index: LogIndex;
  readonly term: Term;
  /** What it is, for people. */
  readonly description: string;
}

/**
 * Reads a snapshot of this program, or a state.bin of Uhaha's kvdb, into a fresh machine. Whatever
 * needs the state takes it from there: what could not be restored is found before anything is changed.
 *
 * @param create makes the machine, of the kind the file names
 * @throws RestoreSourceError when the file is damaged or no snapshot of such a machine
 */
export async function readRestoreSource(
  file: string,
  create: (machineName: string) => Machine | Promise<Machine>,
): Promise<RestoreSource> {
  if (looksPacked(await startOf(file))) return readUhaha(file, await create(UHAHA_MACHINE));
  const probed = await probeFile(file);
  if (!probed.ok) throw new RestoreSourceError(`${file} ${probed.fault}`);
  const { lastIncludedIndex: index, lastIncludedTerm: term, machine: named } = probed.value.header;
  const machine = await create(named.name);
  const times = await restoreInto(machine, file);
  const description = `machine ${named.name} at entry ${index} of term ${term}`;
  return { machine, times, index, term, description };
}

async function readUhaha(file: string, machine: Machine): Promise<RestoreSource> {
  if (machine.name !== UHAHA_MACHINE) {
    throw new RestoreSourceError(
      `${file} holds the keys of Uhaha's kvdb, which machine ${machine.name} does not take`,
    );
  }
  const { times, expired } = await importUhaha(await readFile(file), machine);
  const gone = expired === 0 ? '' : `, ${expired} keys expired and left out`;
  return { machine, times, index: 1, term: 1, description: `a snapshot of Uhaha's kvdb${gone}` };
}

async function restoreInto(machine: Machine, file: string): Promise<LogTimes> {
  const restore = machine.restore();
  const header = new SnapshotHeaderReader(machine.name, (bytes) => {
    restore.write(bytes);
  });
  try {
    const decoded = await decodeFile(file, (bytes) => {
      header.write(bytes);
    });
    if (!decoded.ok) throw new RestoreSourceError(`${file} ${decoded.fault}`);
    header.finish();
    restore.finish();
  } catch (error) {
    if (error instanceof RestoreSourceError || error instanceof StorageError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new RestoreSourceError(`${file} cannot be restored: ${reason}`, { cause: error });
  }
  return header.times;
}

async function startOf(file: string): Promise<Uint8Array> {
  try {
    const handle = await open(file, constants.O_RDONLY | NO_FOLLOW);
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new RestoreSourceError(`cannot read ${file}: ${reason}`, { cause: error });
  }
}
