import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

import { StorageError } from '../../../node-engine/log/log-store.ts';
import { endpointText, parseEndpoint } from '../../../node-engine/node/address.ts';
import { nodeIdProblem } from '../../../node-engine/node/option-rules.ts';
import { readRestoreSource, type RestoreSource } from '../../../node-engine/node/restore-source.ts';
import { RestoreSourceError } from '../../../node-engine/node/restore-source-error.ts';
import { parseFlags, type GivenFlags } from '../args/flags.ts';
import { CommandError, UsageError } from '../args/usage-error.ts';
import { DIAL_FLAGS, dialWith } from '../dial/node-dial.ts';
import { loadMachine } from '../node/load-machine.ts';
import { EXIT_DONE, type Program } from '../program.ts';
import { RESTORE_USAGE } from './restore-flags.ts';
import { restoreInto } from './restore-into.ts';
import { makeRestoredNode } from './restored-directory.ts';

/** `raftdeck restore`: a new cluster of one with the state of a snapshot. */
export async function restoreCommand(args: readonly string[], program: Program): Promise<number> {
  const flags = parseFlags(RESTORE_USAGE.flags, args);
  const into = flags.value('into');
  if (into !== null) {
    const address = addressOf('--into', into);
    program.print(await restoreInto(address, fileFor(flags), dialWith(flags, program)));
    return EXIT_DONE;
  }
  for (const { name } of DIAL_FLAGS) {
    if (flags.has(name)) throw new UsageError(`--${name} is for --into`);
  }
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
  const address = addressOf('-a', flags.value('a') ?? '127.0.0.1:7481');
  if (existsSync(directory)) {
    throw new CommandError(
      `${directory} exists already; a restored node needs a directory of its own`,
    );
  }
  return { file: resolve(file), directory: resolve(directory), nodeId, address };
}

function addressOf(flag: string, text: string): string {
  const parsed = parseEndpoint(text, { portZero: false });
  if (!parsed.ok) throw new UsageError(`${flag}: ${parsed.problem}`);
  return endpointText(parsed.endpoint);
}

/** The one file that goes into a running cluster, which has its machine, ids and addresses. */
function fileFor(flags: GivenFlags): string {
  const [file, stray] = flags.positionals;
  if (file === undefined) throw new UsageError('restore --into needs a snapshot file');
  if (stray !== undefined) throw new UsageError(`'${stray}' is one argument too many with --into`);
  for (const flag of ['n', 'a', 'machine', 'dry-run']) {
    if (flags.has(flag))
      throw new UsageError(`--into takes no ${flag.length === 1 ? '-' : '--'}${flag}`);
  }
  return resolve(file);
}

/** Reads the file into the machine that was asked for, or else the one that the file names. */
async function readState(
  file: string,
  machineName: string | null,
  program: Program,
): Promise<RestoreSource> {
  try {
    return await readRestoreSource(file, async (named) => {
      const definition = await loadMachine(machineName ?? named, program);
      return definition.create({ hashSeed: 0n });
    });
  } catch (error) {
    if (!(error instanceof RestoreSourceError)) throw error;
    throw new CommandError(error.message, { cause: error });
  }
}
