import { resolve } from 'node:path';

import { StorageError } from '../../../node-engine/log/log-store.ts';
import { inspectNode } from '../../../node-engine/snapshot/inspect-node.ts';
import { parseFlags } from '../args/flags.ts';
import { CommandError, UsageError } from '../args/usage-error.ts';
import { EXIT_DONE, EXIT_FAILED, type Program } from '../program.ts';
import { INSPECT_USAGE } from './inspect-flags.ts';
import { inspectionText } from './inspection-text.ts';

/** `raftdeck inspect`: what a stopped node's directory holds. */
export async function inspectCommand(args: readonly string[], program: Program): Promise<number> {
  const flags = parseFlags(INSPECT_USAGE.flags, args);
  const [directory, stray] = flags.positionals;
  if (directory === undefined) throw new UsageError("which node's directory? inspect needs one");
  if (stray !== undefined)
    throw new UsageError(`inspect reads one directory; '${stray}' is another`);
  try {
    const inspected = await inspectNode(resolve(directory));
    program.print(
      flags.has('json') ? `${JSON.stringify(inspected, null, 2)}\n` : inspectionText(inspected),
    );
    return inspected.problems.length === 0 ? EXIT_DONE : EXIT_FAILED;
  } catch (error) {
    if (error instanceof StorageError) throw new CommandError(error.message, { cause: error });
    throw error;
  }
}
