import type { ClusterView, NodeView } from '../../../main/contract/model.ts';
import type { LogEntry } from './log-entry.ts';
import type { LogPages } from './log-pages.ts';

/** The nodes whose logs are shown side by side: members that have said what they hold. */
export function logNodes(view: ClusterView): readonly NodeView[] {
  return view.nodes.filter(({ removed, status }) => !removed && status !== null);
}

/** The first and the last index that any of them holds; null when they hold nothing. */
export function indexRange(
  nodes: readonly NodeView[],
): { readonly first: number; readonly last: number } | null {
  const held = nodes.flatMap(({ status }) =>
    status === null || status.lastIndex < status.firstIndex ? [] : [status],
  );
  if (held.length === 0) return null;
  return {
    first: Math.min(...held.map(({ firstIndex }) => firstIndex)),
    last: Math.max(...held.map(({ lastIndex }) => lastIndex)),
  };
}

/** How a node's entry stands to the leader's at the same index. */
export type Comparison = 'same' | 'differs' | 'unknown';

/**
 * Two entries with the same index and term are the same entry (Raft paper §5.3, Log Matching), so the
 * terms are all that has to be compared. An entry beyond the leader's end differs too: it will go.
 */
export function compareToLeader(
  entry: LogEntry,
  node: NodeView,
  leader: NodeView | null,
  pages: Pick<LogPages, 'entry'>,
): Comparison {
  if (leader?.status === undefined || leader.status === null) return 'unknown';
  if (leader.id === node.id || entry.index < leader.status.firstIndex) return 'same';
  if (entry.index > leader.status.lastIndex) {
    // What the leader said last may be a moment older than what the follower holds.
    return entry.term < leader.status.term ? 'differs' : 'unknown';
  }
  const other = pages.entry(leader.id, entry.index);
  if (other === undefined) return 'unknown';
  return other.term === entry.term ? 'same' : 'differs';
}
