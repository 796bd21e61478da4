import type { NodeView, SnapshotView } from '../../../main/contract/model.ts';

/** The state at one entry, and who holds it as a snapshot. */
export interface SnapshotRow {
  readonly index: number;
  readonly term: number;
  /** By node id. Their sizes may differ: a file also tells when it was made. */
  readonly copies: ReadonlyMap<string, SnapshotView>;
}

/** Snapshots of the same entry in one row, the newest first. */
export function snapshotRows(nodes: readonly NodeView[]): readonly SnapshotRow[] {
  const rows = new Map<
    string,
    { index: number; term: number; copies: Map<string, SnapshotView> }
  >();
  for (const { id, status } of nodes) {
    for (const snapshot of status?.snapshots ?? []) {
      const { index, term } = snapshot;
      const key = `${String(index)}-${String(term)}`;
      const row = rows.get(key) ?? { index, term, copies: new Map<string, SnapshotView>() };
      rows.set(key, row);
      // A node may hold two of one entry: made here, and received. The newer one counts.
      const other = row.copies.get(id);
      if (other === undefined || other.madeAtMs < snapshot.madeAtMs) row.copies.set(id, snapshot);
    }
  }
  return [...rows.values()].sort(
    (left, right) => right.index - left.index || right.term - left.term,
  );
}

/** When the first of the copies was there. */
export function takenAtMs({ copies }: SnapshotRow): number {
  return Math.min(...[...copies.values()].map(({ madeAtMs }) => madeAtMs));
}

export function largestBytes({ copies }: SnapshotRow): number {
  return Math.max(...[...copies.values()].map(({ sizeBytes }) => sizeBytes));
}
