import type { ClusterView, NodeStatusView } from '../../../main/contract/model.ts';
import { formatBytes, formatCount, formatDuration, formatPlural, NONE } from '../../ui/format.ts';
import type { NodeFacts } from './node-facts.ts';
import { lagText } from './node-labels.ts';

export interface Fact {
  readonly name: string;
  readonly value: string;
  /** Set lighter, after the value. */
  readonly note: string | null;
}

/** What a node says of itself, in the order in which one asks. */
export function inspectorFacts(
  facts: NodeFacts,
  view: ClusterView,
  nowMs: number,
): readonly Fact[] {
  const { node, lag } = facts;
  const { status } = node;
  const exit = exitFact(facts);
  if (status === null) return [...exit, fact('Heard', 'never')];
  const entries = Math.max(0, status.lastIndex - status.firstIndex + 1);
  const commit = formatCount(status.commitIndex);
  return [
    ...exit,
    fact('Term', formatCount(status.term)),
    fact('Voted for', votedFor(facts, view)),
    fact('Last entry', formatCount(status.lastIndex), lag === null ? null : lagText(lag)),
    fact('Commit, applied', `${commit} · ${formatCount(status.appliedIndex)}`),
    status.snapshotIndex === 0
      ? fact('Snapshot', 'none yet')
      : fact(
          'Snapshot',
          formatCount(status.snapshotIndex),
          `term ${formatCount(status.snapshotTerm)}${snapshotAge(status, nowMs)}`,
        ),
    fact('Log holds', formatPlural(entries, 'entry', 'entries'), formatBytes(status.logBytes)),
    fact('Machine', status.machine, formatPlural(status.keys, 'key')),
    fact('Log kept in', status.backend, `durability ${status.durability}`),
    ...(node.connected ? [fact('Memory', formatBytes(status.residentBytes), cpuText(facts))] : []),
  ];
}

function fact(name: string, value: string, note: string | null = null): Fact {
  return { name, value, note };
}

function snapshotAge({ snapshots, backend }: NodeStatusView, nowMs: number): string {
  const newest = snapshots.at(-1);
  if (newest !== undefined) return `, ${formatDuration(nowMs - newest.madeAtMs)} ago`;
  // Its log ends there, and a snapshot is made when a follower needs one.
  return backend === 'memory' ? ', made when needed' : '';
}

function cpuText({ node }: NodeFacts): string | null {
  const percent = node.status?.cpuPercent;
  return percent === undefined ? null : `CPU ${percent.toFixed(1)} %`;
}

function exitFact({ node, face }: NodeFacts): readonly Fact[] {
  if (face.kind !== 'down') return [];
  return [fact('Exit', node.exitReason ?? 'as asked')];
}

function votedFor({ node }: NodeFacts, view: ClusterView): string {
  const voted = node.status?.votedFor ?? null;
  if (voted === null) return NONE;
  if (voted === node.id) return 'itself';
  return nameOf(voted, view);
}

function nameOf(id: string, view: ClusterView): string {
  return view.nodes.find((node) => node.id === id)?.name ?? `node ${id}`;
}

/** What one node says about who leads. */
export function statementOf(facts: NodeFacts, all: readonly NodeFacts[]): string {
  const { node, face } = facts;
  const { status } = node;
  if (face.kind === 'down' || status === null) return 'no answer';
  if (face.kind === 'frozen' || face.kind === 'unknown') return 'no answer';
  const term = `term ${formatCount(status.term)}`;
  if (face.kind === 'failed') return face.word.toLowerCase();
  if (status.role === 'leader') return `leads itself, ${term}`;
  if (face.kind === 'candidate') return `asks for votes, ${term}`;
  if (status.leaderId === null) return `knows no leader, ${term}`;
  const leader = all.find((one) => one.node.id === status.leaderId)?.node.name;
  return `follows ${leader ?? status.leaderId}, ${term}`;
}
