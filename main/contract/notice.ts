import type { ClusterSummary, HealthLevel } from './model.ts';

/** What a notification says. */
export interface Notice {
  readonly clusterId: string;
  readonly title: string;
  readonly body: string;
}

/** So long a change must last: an election that is over at once is no news. */
export const NOTICE_SETTLE_MS = 1_500;

/** What was last told of a cluster. */
interface Told {
  readonly level: HealthLevel;
  readonly nodesUp: number;
  readonly nodes: number;
}

/** Runs `work` after so many milliseconds unless the returned function is called before. */
export type Delay = (work: () => void, ms: number) => () => void;

/**
 * Finds the edges in what the host says of its clusters: a leader lost or found again, a node gone or
 * back, nothing known any more. What lasts says itself once, and what was over at once never.
 */
export class NoticeWatch {
  readonly #tell: (notice: Notice) => void;
  readonly #delay: Delay;
  readonly #told = new Map<string, Told>();
  readonly #newest = new Map<string, ClusterSummary>();
  readonly #pending = new Map<string, () => void>();

  constructor(tell: (notice: Notice) => void, delay: Delay) {
    this.#tell = tell;
    this.#delay = delay;
  }

  /** All clusters as they are now. */
  take(clusters: readonly ClusterSummary[]): void {
    for (const id of [...this.#told.keys()]) {
      if (!clusters.some((cluster) => cluster.id === id)) this.#forget(id);
    }
    for (const cluster of clusters) this.#takeOne(cluster);
  }

  /** Nothing more is told. */
  close(): void {
    for (const id of [...this.#told.keys()]) this.#forget(id);
  }

  #takeOne(cluster: ClusterSummary): void {
    const { id } = cluster;
    const before = this.#newest.get(id);
    const told = this.#told.get(id);
    this.#newest.set(id, cluster);
    if (told === undefined) {
      this.#told.set(id, toldOf(cluster));
      return;
    }
    if (before !== undefined && isSame(toldOf(before), cluster)) return;
    this.#pending.get(id)?.();
    this.#pending.delete(id);
    if (isSame(told, cluster)) return;
    this.#pending.set(
      id,
      this.#delay(() => this.#settle(id), NOTICE_SETTLE_MS),
    );
  }

  #settle(id: string): void {
    this.#pending.delete(id);
    const told = this.#told.get(id);
    const cluster = this.#newest.get(id);
    if (told === undefined || cluster === undefined) return;
    this.#told.set(id, toldOf(cluster));
    const title = titleOf(told, cluster);
    if (title === null) return;
    this.#tell({ clusterId: id, title: `${cluster.name}: ${title}`, body: cluster.sentence });
  }

  #forget(id: string): void {
    this.#pending.get(id)?.();
    this.#pending.delete(id);
    this.#told.delete(id);
    this.#newest.delete(id);
  }
}

function toldOf({ health, nodesUp, nodes }: ClusterSummary): Told {
  return { level: health, nodesUp, nodes };
}

function isSame(told: Told, { health, nodesUp, nodes }: ClusterSummary): boolean {
  return told.level === health && told.nodesUp === nodesUp && told.nodes === nodes;
}

/** What happened between the two, in a few words; null when it is nothing to be told of. */
function titleOf(before: Told, { health, nodesUp, nodes }: ClusterSummary): string | null {
  // Somebody starts or stops it, and sees it.
  if (health === 'starting' || health === 'stopped') return null;
  if (before.level === 'starting' || before.level === 'stopped') return null;
  if (health === 'unknown') return before.level === 'unknown' ? null : 'nothing is known of it';
  if (before.level === 'unknown') return 'it answers again';
  if (health === 'no-leader') return before.level === 'no-leader' ? null : 'no leader';
  if (before.level === 'no-leader') return 'there is a leader again';
  // A peer that is added or removed is no node that came or went.
  if (before.nodes !== nodes || before.nodesUp === nodesUp) return null;
  const count = Math.abs(nodesUp - before.nodesUp);
  const what = count === 1 ? 'a node' : `${count} nodes`;
  return nodesUp < before.nodesUp ? `${what} lost` : `${what} back`;
}
