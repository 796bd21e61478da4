import type { ClusterView, NodeView, ProgressView } from '../../main/contract/model.ts';
import type { SampleView } from '../../main/contract/recording.ts';

/** How much the sparklines show. */
export const HISTORY_SECONDS = 60;
/** Rates are measured over this long: shorter jumps about, longer hides a change. */
const RATE_WINDOW_MS = 2_000;

/** One second of a cluster. */
export interface Sample {
  readonly timeMs: number;
  /** Null for a second in which nobody said how far the log is committed. */
  readonly commitsPerSecond: number | null;
  readonly commitP99Ms: number | null;
  /** Entries behind the leader, by node; a node that is not followed then is absent. */
  readonly lagById: Readonly<Record<string, number>>;
}

/** How far the log was at one moment: what a rate is the difference of. */
interface Point {
  readonly timeMs: number;
  readonly commitIndex: number;
  readonly matchById: Readonly<Record<string, number>>;
}

/** The last minute of one cluster, made from its pushes. A value: nothing in it ever changes. */
export interface History {
  readonly clusterId: string;
  readonly samples: readonly Sample[];
  readonly points: readonly Point[];
  /** Entries committed per second, over the last two seconds; null until there are two points. */
  readonly commitsPerSecond: number | null;
  /** Entries a second that each follower stored and the leader knows of. */
  readonly matchesPerSecondById: Readonly<Record<string, number>>;
}

export function emptyHistory(clusterId: string): History {
  return { clusterId, samples: [], points: [], commitsPerSecond: null, matchesPerSecondById: {} };
}

/** The leader as the cluster's health names it, if it has said something of itself. */
export function leaderOf(view: ClusterView): NodeView | null {
  const { leaderId } = view.health;
  return view.nodes.find(({ id, status }) => id === leaderId && status !== null) ?? null;
}

/**
 * The end of the leader's log. Its own word may be a moment older than the commit index that a follower
 * reports, and a commit index never passes the end of the leader's log.
 */
export function leaderLastIndex(view: ClusterView): number | null {
  const own = leaderOf(view)?.status?.lastIndex ?? null;
  return own === null ? null : Math.max(own, view.health.commitIndex ?? 0);
}

/**
 * How far a follower's log is known to match the leader's. A leader that has just been elected has to
 * find out, and counts from zero until the follower has answered once: null then, because zero would
 * claim that it lost everything.
 */
export function matchIndexOf({ state, matchIndex }: ProgressView): number | null {
  return state === 'probe' && matchIndex === 0 ? null : matchIndex;
}

/** The history after one more push. */
export function recordView(history: History, view: ClusterView): History {
  const base = history.clusterId === view.id ? history : emptyHistory(view.id);
  const points = addPoint(base.points, view);
  const rates = measureRates(points, view.timeMs);
  return { ...base, points, ...rates, samples: addSample(base.samples, view, rates) };
}

/** The history of a past moment, from the figures that were recorded up to it. */
export function historyOf(view: ClusterView, recorded: readonly SampleView[]): History {
  const points = recorded
    .filter(({ timeMs }) => view.timeMs - timeMs <= RATE_WINDOW_MS)
    .flatMap(({ timeMs, commitIndex, lagById }) => {
      if (commitIndex === null) return [];
      const matches = Object.entries(lagById).map(([id, lag]) => [id, commitIndex - lag] as const);
      return [{ timeMs, commitIndex, matchById: Object.fromEntries(matches) }];
    });
  const samples = new Map<number, Sample>();
  for (const [at, sample] of recorded.entries()) {
    const before = recorded[at - 2] ?? recorded[0] ?? sample;
    const second = Math.floor(sample.timeMs / 1000) * 1000;
    samples.set(second, {
      timeMs: second,
      commitsPerSecond: rateBetween(before, sample),
      commitP99Ms: sample.commitP99Ms,
      lagById: sample.lagById,
    });
  }
  const rates = measureRates(points, view.timeMs);
  return { clusterId: view.id, points, ...rates, samples: [...samples.values()] };
}

function rateBetween(before: SampleView, sample: SampleView): number | null {
  const seconds = (sample.timeMs - before.timeMs) / 1000;
  if (seconds <= 0 || before.commitIndex === null || sample.commitIndex === null) return null;
  return Math.max(0, (sample.commitIndex - before.commitIndex) / seconds);
}

function addPoint(points: readonly Point[], view: ClusterView): readonly Point[] {
  const recent = points.filter(({ timeMs }) => view.timeMs - timeMs <= RATE_WINDOW_MS);
  const { commitIndex } = view.health;
  if (commitIndex === null) return recent;
  const followers = leaderOf(view)?.status?.followers ?? [];
  const matchById = Object.fromEntries(
    followers.flatMap((follower) => {
      const match = matchIndexOf(follower);
      return match === null ? [] : [[follower.id, match] as const];
    }),
  );
  return [...recent, { timeMs: view.timeMs, commitIndex, matchById }];
}

type Rates = Pick<History, 'commitsPerSecond' | 'matchesPerSecondById'>;

function measureRates(points: readonly Point[], nowMs: number): Rates {
  const first = points[0];
  const last = points.at(-1);
  if (first === undefined || last === undefined) {
    return { commitsPerSecond: null, matchesPerSecondById: {} };
  }
  const seconds = (last.timeMs - first.timeMs) / 1000;
  // Over less than half a second one batch more or less would double the rate.
  if (seconds < 0.5 || nowMs - last.timeMs > RATE_WINDOW_MS) {
    return { commitsPerSecond: null, matchesPerSecondById: {} };
  }
  const rate = (from: number, to: number): number => Math.max(0, (to - from) / seconds);
  const matches = Object.entries(last.matchById).flatMap(([id, to]) => {
    const from = first.matchById[id];
    return from === undefined ? [] : [[id, rate(from, to)] as const];
  });
  return {
    commitsPerSecond: rate(first.commitIndex, last.commitIndex),
    matchesPerSecondById: Object.fromEntries(matches),
  };
}

function addSample(samples: readonly Sample[], view: ClusterView, rates: Rates): readonly Sample[] {
  const second = Math.floor(view.timeMs / 1000);
  const newest = samples.at(-1);
  const sameSecond = newest !== undefined && Math.floor(newest.timeMs / 1000) === second;
  const oldest = view.timeMs - HISTORY_SECONDS * 1000;
  const kept = (sameSecond ? samples.slice(0, -1) : samples).filter((s) => s.timeMs > oldest);
  const lagById = lags(view);
  if (sameSecond) {
    // The worst of the second: a lag of 200 ms between two samples is what one looks for.
    for (const [id, lag] of Object.entries(newest.lagById)) {
      lagById[id] = Math.max(lag, lagById[id] ?? 0);
    }
  }
  return [
    ...kept,
    {
      timeMs: second * 1000,
      commitsPerSecond: rates.commitsPerSecond,
      commitP99Ms: leaderOf(view)?.status?.commitP99Ms ?? null,
      lagById,
    },
  ];
}

function lags(view: ClusterView): Record<string, number> {
  const status = leaderOf(view)?.status;
  if (status === null || status === undefined) return {};
  return Object.fromEntries(
    status.followers.flatMap((follower) => {
      const match = matchIndexOf(follower);
      return match === null ? [] : [[follower.id, Math.max(0, status.lastIndex - match)] as const];
    }),
  );
}
