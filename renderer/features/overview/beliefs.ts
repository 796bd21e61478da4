import type { NodeStatusView } from '../../../main/contract/model.ts';
import { NONE } from '../../ui/format.ts';
import type { NodeFacts } from './node-facts.ts';

/** What one node last said, and where others say otherwise. */
export interface Belief {
  readonly facts: NodeFacts;
  readonly leader: string;
  readonly term: number | null;
  readonly vote: string;
  readonly commit: number | null;
  /** The voters of the membership that it acts on: '1, 2, 3'. */
  readonly voters: string | null;
  /** It does not answer now: this is its last word. */
  readonly stale: boolean;
  /** Unlike the newest word: that of the leader of the highest term, else of whoever is in it. */
  readonly differs: { readonly leader: boolean; readonly term: boolean; readonly voters: boolean };
}

/** Every node's own word, and how far they agree. */
export function beliefsOf(facts: readonly NodeFacts[]): {
  readonly rows: readonly Belief[];
  readonly agreement: string;
} {
  const answering = facts.filter((one) => !isStale(one) && !one.node.removed);
  const newest = newestWord(answering);
  const rows = facts.map((one) => beliefOf(one, newest, facts));
  const agreeing = rows.filter(
    ({ stale, facts: { node }, differs }) =>
      !stale && !node.removed && !differs.leader && !differs.term,
  );
  return { rows, agreement: agreementOf(newest, agreeing.length, answering.length, facts) };
}

/** A word that is not from now: the process is away, or says nothing. */
function isStale({ node, face }: NodeFacts): boolean {
  const gone = face.kind === 'down' || face.kind === 'frozen' || face.kind === 'unknown';
  return gone || !node.connected || node.status === null;
}

/** Of those in the highest term the one that leads; a leader of an older term is not the newest word. */
function newestWord(answering: readonly NodeFacts[]): NodeStatusView | null {
  const words = answering.flatMap(({ node }) => (node.status === null ? [] : [node.status]));
  const term = Math.max(...words.map((word) => word.term));
  const inTerm = words.filter((word) => word.term === term);
  return inTerm.find(({ role }) => role === 'leader') ?? inTerm[0] ?? null;
}

function beliefOf(
  one: NodeFacts,
  newest: NodeStatusView | null,
  facts: readonly NodeFacts[],
): Belief {
  const { status, id } = one.node;
  const stale = isStale(one);
  const voters = status === null ? null : votersOf(status);
  const compared = status !== null && newest !== null && !one.node.removed;
  return {
    facts: one,
    leader: status === null ? NONE : leaderWord(status, id, facts),
    term: status?.term ?? null,
    vote: status === null ? NONE : nameOf(status.votedFor, id, facts, 'nobody'),
    commit: status?.commitIndex ?? null,
    voters,
    stale,
    differs: {
      leader: compared && status.leaderId !== newest.leaderId,
      term: compared && status.term !== newest.term,
      voters: compared && voters !== votersOf(newest),
    },
  };
}

function leaderWord(status: NodeStatusView, id: string, facts: readonly NodeFacts[]): string {
  return nameOf(status.leaderId, id, facts, 'nobody');
}

function nameOf(
  nodeId: string | null,
  ownId: string,
  facts: readonly NodeFacts[],
  none: string,
): string {
  if (nodeId === null) return none;
  if (nodeId === ownId) return 'itself';
  return facts.find(({ node }) => node.id === nodeId)?.node.name ?? `node ${nodeId}`;
}

function votersOf({ members }: NodeStatusView): string {
  const ids = members.filter(({ voter }) => voter).map(({ id }) => id);
  return ids.sort((left, right) => Number(left) - Number(right)).join(', ');
}

function agreementOf(
  newest: NodeStatusView | null,
  agreeing: number,
  answering: number,
  facts: readonly NodeFacts[],
): string {
  if (newest === null) return 'No node answers. What stands here is what each said last.';
  const leader = facts.find(({ node }) => node.id === newest.leaderId)?.node.name;
  const what =
    leader === undefined
      ? `nobody leads in term ${String(newest.term)}`
      : `${leader} leads in term ${String(newest.term)}`;
  return `${String(agreeing)} of ${String(answering)} that answer say that ${what}. ≠ marks what is unlike the newest word.`;
}
