import { resolve } from 'node:path';

import { StorageError } from '../../../node-engine/log/log-store.ts';
import { inspectNode, type InspectedNode } from '../../../node-engine/snapshot/inspect-node.ts';
import { parseFlags } from '../args/flags.ts';
import { UsageError } from '../args/usage-error.ts';
import { EXIT_DONE, EXIT_FAILED, type Program } from '../program.ts';
import { VERIFY_USAGE } from './verify-flags.ts';

/** What was found in one directory. */
interface Findings {
  readonly directory: string;
  /** Null when nothing could be read of it. */
  readonly nodeId: string | null;
  readonly clusterId: string | null;
  readonly records: number;
  readonly entries: number;
  readonly snapshots: number;
  /** Records behind what was promised, left by a crash: no damage. */
  readonly droppedRecords: number;
  /** All that is wrong, in sentences. */
  readonly problems: readonly string[];
}

/** `raftdeck verify`: whether what nodes keep is what they once wrote. */
export async function verifyCommand(args: readonly string[], program: Program): Promise<number> {
  const flags = parseFlags(VERIFY_USAGE.flags, args);
  if (flags.positionals.length === 0) {
    throw new UsageError("which node's directory? verify needs at least one");
  }
  const found: Findings[] = [];
  for (const directory of flags.positionals) found.push(await verifyDirectory(resolve(directory)));
  const isWhole = found.every(({ problems }) => problems.length === 0);
  if (flags.has('json')) {
    program.print(`${JSON.stringify({ whole: isWhole, directories: found }, null, 2)}\n`);
  } else {
    program.print(found.map(findingsText).join(''));
  }
  return isWhole ? EXIT_DONE : EXIT_FAILED;
}

async function verifyDirectory(directory: string): Promise<Findings> {
  try {
    return findingsOf(directory, await inspectNode(directory));
  } catch (error) {
    // What cannot even be read is a finding like any other: the next directory is read all the same.
    if (!(error instanceof StorageError)) throw error;
    return { ...NOTHING_READ, directory, problems: [error.message] };
  }
}

const NOTHING_READ = {
  nodeId: null,
  clusterId: null,
  ...{ records: 0, entries: 0, snapshots: 0, droppedRecords: 0 },
};

function findingsOf(directory: string, node: InspectedNode): Findings {
  const { identity, records, snapshots, problems, repairUntil } = node;
  const { recordCount = 0, firstIndex = 1, lastIndex = 0, droppedRecords = 0 } = records ?? {};
  const repair =
    repairUntil === null
      ? []
      : [`the log is being repaired: its leader has to send entry ${repairUntil.index} again`];
  return {
    directory,
    nodeId: identity.nodeId,
    clusterId: identity.clusterId,
    records: recordCount,
    entries: Math.max(0, lastIndex - firstIndex + 1),
    snapshots: snapshots.length,
    droppedRecords,
    problems: [...problems, ...repair],
  };
}

function findingsText(findings: Findings): string {
  const { directory, records, entries, snapshots, problems } = findings;
  const checked = `${records} records with ${entries} entries, ${snapshots} snapshots`;
  if (problems.length === 0) return `${directory}: whole; ${checked}\n`;
  const list = problems.map((problem) => `  ${problem}\n`).join('');
  return `${directory}: ${problems.length} problems; ${checked}\n${list}`;
}
