import type { ClusterView, NodeView, ProgressView } from '../../../main/contract/model.ts';
import { leaderOf, matchIndexOf } from '../../state/history.ts';
import { type Face, faceOf } from '../nodes/face.ts';

/** What the screen knows of one node, from itself and from its leader. */
export interface NodeFacts {
  readonly node: NodeView;
  readonly face: Face;
  /** How the leader sees it; null on the leader, and while there is none. */
  readonly progress: ProgressView | null;
  /** Last index known to be stored there; from the leader, else its own last word. */
  readonly matchIndex: number | null;
  readonly lag: number | null;
  /** Of the last append that it acknowledged; null while it does not answer. */
  readonly roundTripMs: number | null;
  /** Its lag is more than the ordinary. */
  readonly lags: boolean;
  readonly isVoter: boolean;
}

/** Every node of a cluster, in the fixed order of the picture. */
export function factsOf(view: ClusterView, nowMs: number): readonly NodeFacts[] {
  const leader = leaderOf(view);
  const members = leader?.status?.members ?? null;
  return view.nodes.map((node) => {
    const face = faceOf(node, nowMs);
    const followed = leader?.status?.followers.find(({ id }) => id === node.id) ?? null;
    const progress = node.id === leader?.id ? null : followed;
    // Both from the same word of the leader: another node's newer word would make a lag of nothing.
    const lastIndex = leader?.status?.lastIndex ?? null;
    const known = progress === null ? null : matchIndexOf(progress);
    const matchIndex = known ?? node.status?.lastIndex ?? null;
    const lag = known === null || lastIndex === null ? null : Math.max(0, lastIndex - known);
    const member = members?.find(({ id }) => id === node.id);
    const isVoter = member?.voter ?? node.status?.voter ?? true;
    const answers = face.kind === 'follower' || face.kind === 'non-voter';
    return {
      node,
      face,
      progress,
      matchIndex,
      lag,
      roundTripMs: answers ? (progress?.roundTripMs ?? null) : null,
      lags: face.kind === 'follower' && isLagging(lag, progress, leader),
      isVoter,
    };
  });
}

/** A follower that is this many entries and a whole second of writes behind is worth a look. */
const LAG_ENTRIES = 100;

function isLagging(
  lag: number | null,
  progress: ProgressView | null,
  leader: NodeView | null,
): boolean {
  const status = leader?.status;
  if (lag === null || status === null || status === undefined) return false;
  const slow = (progress?.roundTripMs ?? 0) > status.electionTimeoutMinMs / 2;
  return slow || (lag >= LAG_ENTRIES && lag > status.writesPerSecond);
}

/** The members of the cluster; a removed node keeps its data and its row, but not its place. */
export function membersOf(facts: readonly NodeFacts[]): readonly NodeFacts[] {
  return facts.filter(({ node }) => !node.removed);
}
