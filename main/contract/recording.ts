import type { ClusterView, EventView, ProcessState, RoleView } from './model.ts';

/*
 * The flight recorder as the renderer sees it. The host keeps, per cluster and within a size limit,
 * every traced event, the picture of the cluster several times a second, and its figures.
 */

/** The figures of a cluster at one moment; two a second are kept. */
export interface SampleView {
  readonly timeMs: number;
  readonly leaderId: string | null;
  readonly term: number | null;
  readonly commitIndex: number | null;
  readonly commitP99Ms: number | null;
  /** Entries behind the leader, by node; a node that nobody follows up then is absent. */
  readonly lagById: Readonly<Record<string, number>>;
}

/**
 * Kinds of traced events that come with every entry or message. All others are rare: a recording keeps
 * them longer, and a timeline shows each of them.
 */
export const FREQUENT_EVENTS: ReadonlySet<string> = new Set([
  'sent',
  'acknowledged',
  'appended',
  'committed',
  'applied',
  'fsync',
  'snapshot-sent',
]);

/** The figures of a picture. */
export function sampleOf({ timeMs, health, nodes }: ClusterView): SampleView {
  const leader = nodes.find(({ id }) => id === health.leaderId)?.status ?? null;
  const lags = (leader?.followers ?? []).flatMap(({ id, state, matchIndex }) =>
    // A new leader counts from zero until the follower has answered: that is no lag.
    leader === null || (state === 'probe' && matchIndex === 0)
      ? []
      : [[id, Math.max(0, leader.lastIndex - matchIndex)] as const],
  );
  return {
    timeMs,
    leaderId: health.leaderId,
    term: health.term,
    commitIndex: health.commitIndex,
    commitP99Ms: leader?.commitP99Ms ?? null,
    lagById: Object.fromEntries(lags),
  };
}

/** What a node was when a stretch of the recording begins. */
export interface LaneStartView {
  readonly nodeId: string;
  readonly process: ProcessState;
  /** False when nobody heard it then: what it was is not known. */
  readonly connected: boolean;
  /** Whether it takes no part any more because its disk has failed. */
  readonly storageFailed: boolean;
  readonly role: RoleView | null;
  readonly voter: boolean;
  readonly term: number | null;
}

/** A stretch of time of which nothing was recorded, because no host was watching. */
export interface RecordingGap {
  readonly fromMs: number;
  readonly toMs: number;
}

/** A slice of the whole recording for the small map of it. */
export interface OutlineSlice {
  readonly fromMs: number;
  readonly toMs: number;
  /** What share of it had a leader, 0 to 1; null where nothing was recorded. */
  readonly led: number | null;
  /** What stood out in it, the gravest first. */
  readonly mark: 'crash' | 'election' | 'fault' | 'snapshot' | 'bookmark' | null;
}

/** A moment that somebody marked. */
export interface BookmarkView {
  readonly id: string;
  readonly timeMs: number;
  readonly label: string;
}

/** One stretch of a recording. */
export interface RecordingView {
  readonly clusterId: string;
  /** The first and the last moment of the whole recording; null while there is none. */
  readonly startMs: number | null;
  readonly endMs: number | null;
  /** Frequent events (single messages and entries) are kept from here on. */
  readonly eventsFromMs: number | null;
  /** The stretch that this is. */
  readonly fromMs: number;
  readonly toMs: number;
  /**
   * What each node was at `fromMs`, or when a recording from a file begins, whichever is later; empty
   * when nothing is known of that moment.
   */
  readonly before: readonly LaneStartView[];
  /** Rare events of the stretch: roles, votes, processes, members, snapshots, faults; in order of time. */
  readonly marks: readonly EventView[];
  /** How many more there were than are sent; the latest are. */
  readonly marksLeftOut: number;
  readonly samples: readonly SampleView[];
  readonly gaps: readonly RecordingGap[];
  readonly bookmarks: readonly BookmarkView[];
  readonly outline: readonly OutlineSlice[];
  /** Why nothing can be recorded, or null. */
  readonly problem: string | null;
}

/** The cluster as it was at one moment. */
export interface MomentView {
  readonly view: ClusterView;
  /** When the nodes' figures in it were taken: the last picture before the moment. */
  readonly pictureMs: number;
  /** The figures of the minute before, for trends. */
  readonly samples: readonly SampleView[];
  /** The rare events of the half minute before, for campaigns under way. */
  readonly marks: readonly EventView[];
}

/** What to look for when stepping through a recording. */
export type StepKind = 'event' | 'term' | 'bookmark';
