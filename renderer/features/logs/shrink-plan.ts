import type { NodeStatusView, NodeView } from '../../../main/contract/model.ts';

/** What a node's log loses. */
export interface Shrinking {
  readonly node: NodeView;
  /** The last entry that goes. */
  readonly upTo: number;
  /** How many entries go. */
  readonly count: number;
  /** Their share of the log by number, since how large each is nobody has said. */
  readonly bytes: number;
}

/** What can leave the logs, and who misses some of it. */
export interface ShrinkPlan {
  /** Everything that a snapshot covers. */
  readonly all: readonly Shrinking[];
  /** Who lacks entries that would go, and would have to be sent a snapshot. */
  readonly behind: readonly NodeView[];
  /** How large the snapshot is that they would be sent; null where nobody would. */
  readonly snapshotBytes: number | null;
  /** What can go without that; the same as `all` where nobody is behind. */
  readonly spared: readonly Shrinking[];
}

/** What would be freed, and with what left for those that are behind. */
export function planShrink(nodes: readonly NodeView[]): ShrinkPlan {
  const all = nodes.flatMap((node) => shrinking(node, Infinity));
  const behind = needSnapshot(nodes, all);
  if (behind.length === 0) return { all, behind, snapshotBytes: null, spared: all };
  // What it knows to be committed is in every log; behind that it may hold what a leader replaces.
  const held = Math.min(...behind.map(({ status }) => status?.commitIndex ?? 0));
  const leader = nodes.find(({ status }) => status?.role === 'leader');
  const snapshots = leader?.status?.snapshots ?? [];
  const newest = [...snapshots].sort((left, right) => right.index - left.index)[0];
  const spared = nodes.flatMap((node) => shrinking(node, held));
  return { all, behind, snapshotBytes: newest?.sizeBytes ?? null, spared };
}

/** The last entry that a snapshot covers; one that was found damaged is in no list any more. */
export function coveredTo({
  snapshotIndex,
  snapshots,
}: Pick<NodeStatusView, 'snapshotIndex' | 'snapshots'>): number {
  return Math.min(snapshotIndex, Math.max(0, ...snapshots.map(({ index }) => index)));
}

function shrinking(node: NodeView, limit: number): readonly Shrinking[] {
  const { status, connected } = node;
  if (status === null || !connected) return [];
  const { firstIndex, lastIndex, logBytes } = status;
  const upTo = Math.min(coveredTo(status), limit);
  const count = upTo - firstIndex + 1;
  if (count <= 0) return [];
  const bytes = (logBytes * count) / Math.max(1, lastIndex - firstIndex + 1);
  return [{ node, upTo, count, bytes }];
}

/** The nodes that lack entries which the leader, who would send them, is about to remove. */
function needSnapshot(nodes: readonly NodeView[], all: readonly Shrinking[]): readonly NodeView[] {
  const leading = all.find(({ node }) => node.status?.role === 'leader');
  if (leading === undefined) return [];
  return nodes.filter(
    ({ id, status }) =>
      id !== leading.node.id && status !== null && status.lastIndex < leading.upTo,
  );
}
