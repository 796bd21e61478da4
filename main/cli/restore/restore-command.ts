import { existsSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';

import { StorageError } from '../../../node-engine/log/log-store.ts';
import type { Machine } from '../../../node-engine/machine/machine.ts';
import { endpointText, parseEndpoint } from '../../../node-engine/node/address.ts';
import { nodeIdProblem } from '../../../node-engine/node/option-rules.ts';
import { SnapshotHeaderReader, type LogTimes } from '../../../node-engine/node/snapshot-header.ts';
import { decodeFile, probeFile } from '../../../node-engine/snapshot/snapshot-file.ts';
import { parseFlags, type GivenFlags } from '../args/flags.ts';
import { CommandError, reasonOf, UsageError } from '../args/usage-error.ts';
import { loadMachine } from '../node/load-machine.ts';
import { EXIT_DONE, type Program } from '../program.ts';
import { RESTORE_USAGE } from './restore-flags.ts';
import { makeRestoredNode } from './restored-directory.ts';
import { importUhaha, looksPacked } from './uhaha-snapshot.ts';

/** A state that was read, checked to its last byte. */
interface ReadState {
  readonly machine: Machine;
  readonly times: LogTimes;
  readonly index: number;
  readonly term: number;
  /** What it is, for people. */
  readonly description: string;
}

/** `raftdeck restore`: a new cluster of one with the state of a snapshot. */
export async function restoreCommand(args: readonly string[], program: Program): Promise<number> {
  const flags = parseFlags(RESTORE_USAGE.flags, args);
  const { file, directory, nodeId, address } = targetOf(flags);
  try {
    const state = await readState(file, flags.value('machine'), program);
    program.print(`${file}: ${state.description}; ${state.machine.size()} keys, all whole.\n`);
    if (flags.has('dry-run')) return EXIT_DONE;
    await makeRestoredNode({ directory, nodeId, address, ...state });
    program.print(
      `${directory} is node ${nodeId} of a new cluster. To start it:\n` +
        `  raftdeck node -n ${nodeId} -a ${address} -d '${directory}'\n`,
    );
    return EXIT_DONE;
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    throw new CommandError(`${error.message}; nothing was made`, { cause: error });
  }
}

function targetOf(flags: GivenFlags): {
  readonly file: string;
  readonly directory: string;
  readonly nodeId: string;
  readonly address: string;
} {
  const [file, directory, stray] = flags.positionals;
  if (file === undefined || directory === undefined) {
    throw new UsageError('restore needs a snapshot file and the directory to make');
  }
  if (stray !== undefined) throw new UsageError(`'${stray}' is one argument too many`);
  const nodeId = flags.value('n') ?? '1';
  const problem = nodeIdProblem(nodeId);
  if (problem !== null) throw new UsageError(problem);
  const parsed = parseEndpoint(flags.value('a') ?? '127.0.0.1:7481', { portZero: false });
  if (!parsed.ok) throw new UsageError(`-a: ${parsed.problem}`);
  if (existsSync(directory)) {
    throw new CommandError(
      `${directory} exists already; a restored node needs a directory of its own`,
    );
  }
  const address = endpointText(parsed.endpoint);
  return { file: resolve(file), directory: resolve(directory), nodeId, address };
}

async function readState(
  file: string,
  machineName: string | null,
  program: Program,
): Promise<ReadState> {
  if (looksPacked(await startOf(file))) {
    const definition = await loadMachine(machineName ?? 'kv', program);
    const machine = definition.create({ hashSeed: 0n });
    const { times, expired } = importUhaha(await readFile(file), machine);
    const gone = expired === 0 ? '' : `, ${expired} keys expired and left out`;
    return { machine, times, index: 1, term: 1, description: `a snapshot of Uhaha's kvdb${gone}` };
  }
  const probed = await probeFile(file);
  if (!probed.ok) throw new CommandError(`${file} ${probed.fault}`);
  const { header } = probed.value;
  const { lastIncludedIndex: index, lastIncludedTerm: term } = header;
  const definition = await loadMachine(machineName ?? header.machine.name, program);
  const machine = definition.create({ hashSeed: 0n });
  const times = await restoreInto(machine, file);
  const description = `machine ${header.machine.name} at entry ${index} of term ${term}`;
  return { machine, times, index, term, description };
}

/** Reads a snapshot's bytes into the machine; returns the times of its log. */
async function restoreInto(machine: Machine, file: string): Promise<LogTimes> {
  const restore = machine.restore();
  const header = new SnapshotHeaderReader(machine.name, (bytes) => {
    restore.write(bytes);
  });
  try {
    const decoded = await decodeFile(file, (bytes) => {
      header.write(bytes);
    });
    if (!decoded.ok) throw new CommandError(`${file} ${decoded.fault}`);
    header.finish();
    restore.finish();
  } catch (error) {
    if (error instanceof CommandError || error instanceof StorageError) throw error;
    throw new CommandError(`${file} cannot be restored: ${reasonOf(error)}`, { cause: error });
  }
  return header.times;
}

async function startOf(file: string): Promise<Uint8Array> {
  try {
    const handle = await open(file);
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw new CommandError(`cannot read ${file}: ${reasonOf(error)}`, { cause: error });
  }
}
