import { StorageError } from '../../../node-engine/log/log-store.ts';
import type { MachineDefinition } from '../../../node-engine/machine/machine.ts';
import { RestoreSourceError } from '../../../node-engine/node/restore-source-error.ts';
import type { LogIndex } from '../../../node-engine/raft/types.ts';
import type { InspectedNode } from '../../../node-engine/snapshot/inspect-node.ts';
import { reasonOf } from '../args/usage-error.ts';
import { LogFingerprints } from './log-fingerprints.ts';
import { stateHashAt } from './replay.ts';

/** What the nodes of one cluster say together. */
export interface Comparison {
  readonly clusterId: string;
  readonly nodeIds: readonly string[];
  /** False when any two contradict each other; what cannot be compared is no contradiction. */
  readonly agree: boolean;
  /** All nodes hold the same entries from here … */
  readonly fromIndex: LogIndex;
  /** … to here; below `fromIndex` when they have no entry in common. */
  readonly toIndex: LogIndex;
  /** Of the state at `toIndex`, the same on all nodes; null when it was not compared. */
  readonly stateHash: string | null;
  /** The verdict and its reasons, in sentences. */
  readonly findings: readonly string[];
}

interface ReadNode {
  readonly node: InspectedNode;
  readonly log: LogFingerprints;
  /** Known to be committed, as far as this node wrote it down. */
  readonly committed: LogIndex;
}

/** Makes the machine that the nodes run, or says why it cannot be known. */
export type MachineFor = (named: string | null) => Promise<MachineDefinition | null>;

/** Compares what the stopped nodes of one cluster keep: their entries, and the states these lead to. */
export async function compareNodes(
  clusterId: string,
  nodes: readonly InspectedNode[],
  machineFor: MachineFor,
): Promise<Comparison> {
  const read: ReadNode[] = [];
  const findings: string[] = [];
  for (const node of nodes) {
    try {
      read.push({ node, log: await LogFingerprints.read(node), committed: committedOf(node) });
    } catch (error) {
      findings.push(`node ${node.identity.nodeId} cannot be compared: ${reasonOf(error)}`);
    }
  }
  const fromIndex = Math.max(...read.map(({ log }) => log.firstIndex), 1);
  const { toIndex, contradiction } = equalEntries(read, fromIndex);
  if (contradiction !== null) findings.push(contradiction);
  const nodeIds = read.map(({ node }) => node.identity.nodeId);
  const compared = { clusterId, nodeIds, fromIndex, toIndex };
  if (read.length < 2) return { ...compared, agree: true, stateHash: null, findings };
  const state = await equalStates(read, toIndex, machineFor);
  const agree = contradiction === null && state.agree;
  const verdict = agree
    ? `nodes ${nodeIds.join(', ')} agree: ${entriesText(fromIndex, toIndex)}`
    : `nodes ${nodeIds.join(', ')} DIFFER`;
  return {
    ...compared,
    ...{ agree, stateHash: state.stateHash },
    findings: [verdict, ...findings, ...state.findings],
  };
}

/** An old hint, or the end of a snapshot: what was committed once stays so. */
function committedOf({ hardState, snapshots }: InspectedNode): LogIndex {
  const indexes = snapshots.flatMap(({ fault, contents }) =>
    fault === null && contents !== null ? [contents.index] : [],
  );
  return Math.max(hardState.commitIndex, ...indexes);
}

/** How far the logs are the same, and what in them no correct cluster has (Raft paper §5.3, §5.4). */
function equalEntries(
  read: readonly ReadNode[],
  fromIndex: LogIndex,
): { readonly toIndex: LogIndex; readonly contradiction: string | null } {
  const last = Math.min(...read.map(({ log }) => log.lastIndex));
  const [first, ...others] = read;
  if (first === undefined) return { toIndex: 0, contradiction: null };
  for (let index = fromIndex; index <= last; index += 1) {
    for (const other of others) {
      const contradiction = contradictionAt(first, other, index);
      if (contradiction !== null) return { toIndex: index - 1, contradiction };
      if (first.log.term(index) !== other.log.term(index)) {
        return { toIndex: index - 1, contradiction: null };
      }
    }
  }
  return { toIndex: last, contradiction: null };
}

function contradictionAt(one: ReadNode, other: ReadNode, index: LogIndex): string | null {
  const [left, right] = [one.node.identity.nodeId, other.node.identity.nodeId];
  const [leftTerm, rightTerm] = [one.log.term(index), other.log.term(index)];
  if (leftTerm === rightTerm) {
    if (one.log.sum(index) === other.log.sum(index)) return null;
    return `entry ${index} of term ${leftTerm} is another one on node ${right} than on node ${left}`;
  }
  if (index > Math.min(one.committed, other.committed)) return null;
  return (
    `entry ${index}, which both know to be committed, has term ${leftTerm} on node ${left} and ` +
    `term ${rightTerm} on node ${right}`
  );
}

async function equalStates(
  read: readonly ReadNode[],
  index: LogIndex,
  machineFor: MachineFor,
): Promise<{
  readonly agree: boolean;
  readonly stateHash: string | null;
  readonly findings: readonly string[];
}> {
  const none = (finding: string): Awaited<ReturnType<typeof equalStates>> => ({
    ...{ agree: true, stateHash: null },
    findings: [finding],
  });
  const named = read.flatMap(({ node }) => node.snapshots.map(({ contents }) => contents?.machine));
  const definition = await machineFor(named.find((one) => one !== undefined)?.name ?? null);
  if (definition === null) return none('their states were not compared: --machine was not given');
  const hashes = new Map<string, string>();
  const findings: string[] = [];
  for (const { node } of read) {
    const { nodeId } = node.identity;
    try {
      const hash = await stateHashAt(node, index, definition);
      if (hash !== null) hashes.set(nodeId, hash);
      else
        findings.push(
          `node ${nodeId} keeps nothing from which its state at entry ${index} follows`,
        );
    } catch (error) {
      if (!(error instanceof RestoreSourceError || error instanceof StorageError)) throw error;
      findings.push(`the state of node ${nodeId} cannot be compared: ${error.message}`);
    }
  }
  if (hashes.size < 2) {
    return { agree: true, stateHash: null, findings: [...findings, 'no two states were compared'] };
  }
  const [stateHash = ''] = hashes.values();
  if (new Set(hashes.values()).size === 1) {
    const text = `the state at entry ${index} is the same on ${hashes.size} nodes: ${stateHash}`;
    return { agree: true, stateHash, findings: [text, ...findings] };
  }
  const list = [...hashes].map(([nodeId, hash]) => `${hash} on node ${nodeId}`).join(', ');
  const text = `the state at entry ${index} differs: ${list}`;
  return { agree: false, stateHash: null, findings: [text, ...findings] };
}

function entriesText(fromIndex: LogIndex, toIndex: LogIndex): string {
  if (toIndex < fromIndex) return 'their logs have no entry in common';
  return `entries ${fromIndex} to ${toIndex} are the same`;
}
