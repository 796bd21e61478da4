import { resolve } from 'node:path';

import { StorageError } from '../../../node-engine/log/log-store.ts';
import { inspectNode, type InspectedNode } from '../../../node-engine/snapshot/inspect-node.ts';
import { parseFlags } from '../args/flags.ts';
import { UsageError } from '../args/usage-error.ts';
import { EXIT_DONE, EXIT_FAILED, type Program } from '../program.ts';
import { BUILT_IN_MACHINES, loadMachine } from '../node/load-machine.ts';
import { compareNodes, type Comparison } from './compare-nodes.ts';
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

/** `raftdeck verify`: whether what nodes keep is what they once wrote, and the same on all of them. */
export async function verifyCommand(args: readonly string[], program: Program): Promise<number> {
  const flags = parseFlags(VERIFY_USAGE.flags, args);
  if (flags.positionals.length === 0) {
    throw new UsageError("which node's directory? verify needs at least one");
  }
  const found: Findings[] = [];
  const whole: InspectedNode[] = [];
  for (const directory of flags.positionals) {
    const { findings, node } = await verifyDirectory(resolve(directory));
    found.push(findings);
    if (node !== null && node.records !== null) whole.push(node);
  }
  const comparisons = await compareClusters(whole, flags.value('machine'), program);
  const isWhole = found.every(({ problems }) => problems.length === 0);
  const agree = comparisons.every((one) => one.agree);
  if (flags.has('json')) {
    const document = { whole: isWhole, agree, directories: found, comparisons };
    program.print(`${JSON.stringify(document, null, 2)}\n`);
  } else {
    program.print([...found.map(findingsText), ...comparisons.map(comparisonText)].join(''));
  }
  return isWhole && agree ? EXIT_DONE : EXIT_FAILED;
}

/** Nodes of one cluster are held against each other. */
async function compareClusters(
  nodes: readonly InspectedNode[],
  machineName: string | null,
  program: Program,
): Promise<readonly Comparison[]> {
  const clusters = new Map<string, InspectedNode[]>();
  for (const node of nodes) {
    const { clusterId } = node.identity;
    if (clusterId !== '') clusters.set(clusterId, [...(clusters.get(clusterId) ?? []), node]);
  }
  const comparisons: Comparison[] = [];
  for (const [clusterId, members] of clusters) {
    if (members.length < 2) continue;
    comparisons.push(
      await compareNodes(clusterId, members, async (named) => {
        const name = machineName ?? named;
        // A machine that a node loaded from a file is not known by its name alone.
        const isKnown = machineName !== null || BUILT_IN_MACHINES.has(name ?? '');
        return name !== null && isKnown ? loadMachine(name, program) : null;
      }),
    );
  }
  return comparisons;
}

async function verifyDirectory(
  directory: string,
): Promise<{ readonly findings: Findings; readonly node: InspectedNode | null }> {
  try {
    const node = await inspectNode(directory);
    return { findings: findingsOf(directory, node), node };
  } catch (error) {
    // What cannot even be read is a finding like any other: the next directory is read all the same.
    if (!(error instanceof StorageError)) throw error;
    return { findings: { ...NOTHING_READ, directory, problems: [error.message] }, node: null };
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
  return `${directory}: ${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}; ${checked}\n${list}`;
}

function comparisonText({ clusterId, findings }: Comparison): string {
  const [verdict = '', ...more] = findings;
  return `cluster ${clusterId}: ${verdict}\n${more.map((finding) => `  ${finding}\n`).join('')}`;
}
