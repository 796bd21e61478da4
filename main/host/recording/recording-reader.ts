import { randomBytes } from 'node:crypto';

import type { Result } from '../../contract/errors.ts';
import { explainsMetrics, type MetricsView, thinnedPoints } from '../../contract/metrics.ts';
import type { ClusterView, EventView } from '../../contract/model.ts';
import type {
  BookmarkView,
  LaneStartView,
  MomentView,
  RecordingGap,
  RecordingView,
  SampleView,
  StepKind,
} from '../../contract/recording.ts';
import { DONE, failure } from '../failure.ts';
import { type FrameChunk, frameAt } from './frames.ts';
import { viewAt } from './moment.ts';
import { Outline } from './outline.ts';
import type { MetricsHistory } from './metrics-history.ts';
import { inOrder, progressUpTo } from './progress.ts';
import type { RecordingStore } from './recording-store.ts';
import { isClusterView } from './view-shape.ts';

/** Most rare events of one answer, and their size: a message has 1 MiB. */
const MARKS_MAX = 2_000;
const MARKS_SIZE_MAX = 400 * 1024;
/** Figures of a long stretch are thinned out to so many. */
const SAMPLES_MAX = 400;
/** And the figures of every second: what a chart has room for. */
const POINTS_MAX = 600;
const SECOND_MS = 1_000;
const TREND_MS = 60_000;
const CAMPAIGN_MS = 30_000;
/** An event reaches the host this much after it happened, at most. */
const LATE_MS = 3_000;
/** Sessions closer than this are one: a host that was restarted at once has missed nothing. */
const GAP_MIN_MS = 1_000;
/** All of them go out with every answer. */
const BOOKMARKS_MAX = 200;

const NO_RECORDING = 'There is no recording of this cluster.';

/** Where a recording is read from: the recorder of a cluster, or what was opened from a file. */
export interface RecordingSource {
  /** Why nothing can be read, or null. */
  readonly problem: string | null;
  /** The last minutes, second by second. */
  readonly metrics: MetricsHistory;
  /** Sees to it that what happened up to now can be read. */
  flush(): Promise<void>;
  /** The recording on disk; null when it cannot be opened. */
  store(): Promise<RecordingStore | null>;
}

/** A part of a recording, outside of which nothing is shown. */
export interface RecordingBounds {
  readonly fromMs: number;
  readonly toMs: number;
}

const UNBOUNDED: RecordingBounds = { fromMs: -Infinity, toMs: Infinity };

/** Answers questions about one recording. */
export class RecordingReader {
  readonly #clusterId: string;
  readonly #recorder: RecordingSource;
  readonly #bounds: RecordingBounds;
  #outline: Promise<Outline> | null = null;

  /** @param clusterId what the answers say that they are of, whatever stands in the recording */
  constructor(clusterId: string, recorder: RecordingSource, bounds = UNBOUNDED) {
    this.#clusterId = clusterId;
    this.#recorder = recorder;
    this.#bounds = bounds;
  }

  /** The recording on disk with all that happened up to now; null when it cannot be opened. */
  async flushed(): Promise<RecordingStore | null> {
    await this.#recorder.flush();
    return this.#recorder.store();
  }

  async read(fromMs: number, toMs: number): Promise<RecordingView> {
    const store = await this.flushed();
    const clusterId = this.#clusterId;
    const { problem } = this.#recorder;
    if (store === null) return emptyRecording(clusterId, fromMs, toMs, problem);
    const events = await this.#marksBetween(store, this.#clip(fromMs), this.#clip(toMs));
    const marks = fitting(events);
    const bookmarks = await store.bookmarks();
    const [startMs, endMs] = this.#extentOf(store);
    return {
      clusterId,
      startMs,
      endMs,
      eventsFromMs: this.#clipped(store.indexes.events.first?.fromMs),
      fromMs,
      toMs,
      before: await this.#lanesAt(store, this.#clip(fromMs)),
      marks,
      marksLeftOut: events.length - marks.length,
      samples: thinned(await store.samples(this.#clip(fromMs), this.#clip(toMs))),
      gaps: gapsOf(store),
      bookmarks,
      outline:
        startMs === null || endMs === null
          ? []
          : (await this.#outlineOf(store, endMs)).slices(startMs, endMs, bookmarks),
      problem,
    };
  }

  /** The figures of every second; of what is not in memory, from disk. */
  async metrics(wantedFromMs: number, wantedToMs: number): Promise<MetricsView> {
    // The second in which a part begins is in it.
    const fromMs = Math.max(wantedFromMs, Math.floor(this.#bounds.fromMs / SECOND_MS) * SECOND_MS);
    const toMs = Math.min(wantedToMs, this.#bounds.toMs);
    const inMemory = this.#recorder.metrics;
    const store = await this.flushed();
    const recent = inMemory.between(fromMs, toMs);
    const points = recent ?? (await store?.metrics(fromMs, toMs)) ?? inMemory.all();
    const marks = store === null ? [] : await this.#marksBetween(store, this.#clip(fromMs), toMs);
    return {
      clusterId: this.#clusterId,
      fromMs: wantedFromMs,
      toMs: wantedToMs,
      points: thinnedPoints(points, POINTS_MAX),
      marks: fitting(marks.filter(explainsMetrics)),
    };
  }

  /** The cluster at `atMs`; null when nothing was recorded up to then. */
  async moment(atMs: number): Promise<MomentView | null> {
    const store = await this.flushed();
    if (store === null || atMs < this.#bounds.fromMs) return null;
    const picture = await this.#pictureAt(store, atMs);
    if (picture === null) return null;
    const fromMs = picture.timeMs - LATE_MS;
    const [marks, progress] = await Promise.all([
      this.#marksBetween(store, Math.min(fromMs, atMs - CAMPAIGN_MS), atMs),
      progressUpTo(store, picture, atMs, LATE_MS),
    ]);
    const events = [...marks, ...progress].sort(inOrder);
    return {
      view: this.#viewAsOurs(viewAt(picture, events, atMs)),
      pictureMs: picture.timeMs,
      samples: await store.samples(atMs - TREND_MS, atMs),
      marks: fitting(marks),
    };
  }

  /** The next or previous thing of a kind, seen from `atMs`. */
  async step(
    atMs: number,
    direction: 'next' | 'previous',
    kind: StepKind,
  ): Promise<{ readonly timeMs: number; readonly event: EventView | null } | null> {
    const store = await this.flushed();
    if (store === null) return null;
    if (kind === 'bookmark') {
      const times = (await store.bookmarks()).map(({ timeMs }) => timeMs);
      const found =
        direction === 'next'
          ? times.find((timeMs) => timeMs > atMs)
          : times.findLast((timeMs) => timeMs < atMs);
      return found === undefined ? null : { timeMs: found, event: null };
    }
    const found = await findMark(store, atMs, direction, kind);
    const isOutside =
      found === null || found.timeMs < this.#bounds.fromMs || found.timeMs > this.#bounds.toMs;
    return isOutside ? null : { timeMs: found.timeMs, event: this.#asOurs(found.event) };
  }

  async addBookmark(timeMs: number, label: string): Promise<Result<BookmarkView>> {
    const store = await this.#recorder.store();
    if (store === null) return failure('E_IO', this.#recorder.problem ?? NO_RECORDING);
    const bookmarks = await store.bookmarks();
    if (bookmarks.length >= BOOKMARKS_MAX) {
      return failure(
        'E_STATE',
        `There are ${BOOKMARKS_MAX} bookmarks already. None was added. Remove one first.`,
      );
    }
    const bookmark = { id: randomBytes(6).toString('hex'), timeMs, label };
    await store.putBookmark(bookmark);
    return { ok: true, value: bookmark };
  }

  async removeBookmark(bookmarkId: string): Promise<Result<null>> {
    const store = await this.#recorder.store();
    const known = (await store?.bookmarks())?.some(({ id }) => id === bookmarkId) ?? false;
    if (store === null || !known) {
      return failure('E_NOT_FOUND', 'There is no such bookmark. It may have been removed.');
    }
    await store.deleteBookmark(bookmarkId);
    return DONE;
  }

  async #lanesAt(store: RecordingStore, atMs: number): Promise<readonly LaneStartView[]> {
    const picture = await this.#pictureAt(store, atMs);
    return (picture?.nodes ?? []).map(({ id, process, connected, status }) => ({
      nodeId: id,
      process,
      connected,
      storageFailed: status?.health === 'storage-failed',
      role: status?.role ?? null,
      voter: status?.voter ?? true,
      term: status?.term ?? null,
    }));
  }

  /** Tells the outline what has come; called with everything that is recorded. */
  noteEvents(events: readonly EventView[]): void {
    void this.#outline?.then((outline) => outline.events(events));
  }

  async #pictureAt(store: RecordingStore, atMs: number): Promise<ClusterView | null> {
    const chunks = store.indexes.frames.leadingTo(atMs);
    const picture = frameAt((await store.read(chunks)) as readonly FrameChunk[], atMs);
    // A file's changes may make anything of the picture before them; the recorder's do not.
    return this.#bounds === UNBOUNDED || isClusterView(picture) ? picture : null;
  }

  #clip(timeMs: number): number {
    return Math.min(Math.max(timeMs, this.#bounds.fromMs), this.#bounds.toMs);
  }

  #clipped(timeMs: number | undefined): number | null {
    return timeMs === undefined ? null : this.#clip(timeMs);
  }

  /** The first and the last moment of it. */
  #extentOf(store: RecordingStore): readonly [number | null, number | null] {
    const { indexes, sessions } = store;
    return [this.#clipped(indexes.frames.first?.fromMs), this.#clipped(sessions.at(-1)?.toMs)];
  }

  async #marksBetween(
    store: RecordingStore,
    fromMs: number,
    toMs: number,
  ): Promise<readonly EventView[]> {
    const chunks = await store.read(store.indexes.marks.between(fromMs, toMs));
    const events = (chunks as readonly (readonly EventView[])[]).flat();
    return events
      .filter(({ timeMs }) => timeMs >= fromMs && timeMs <= toMs)
      .sort(inOrder)
      .map((event) => this.#asOurs(event));
  }

  /** What was recorded of another cluster is shown as what it was opened as. */
  #asOurs(event: EventView): EventView {
    const clusterId = this.#clusterId;
    return event.clusterId === clusterId ? event : { ...event, clusterId };
  }

  #viewAsOurs(view: ClusterView): ClusterView {
    // Nothing answers on the ports of a recording from elsewhere, or something else does.
    const isElsewhere = this.#bounds !== UNBOUNDED;
    return isElsewhere ? { ...view, id: this.#clusterId, connectCommand: null } : view;
  }

  async #outlineOf(store: RecordingStore, endMs: number): Promise<Outline> {
    this.#outline ??= Outline.load(store);
    const outline = await this.#outline;
    const since = outline.sampledToMs ?? store.buckets[0] ?? endMs;
    for (const sample of await store.samples(since, endMs)) outline.sample(sample);
    return outline;
  }
}

async function findMark(
  store: RecordingStore,
  atMs: number,
  direction: 'next' | 'previous',
  kind: 'event' | 'term',
): Promise<{ readonly timeMs: number; readonly event: EventView } | null> {
  const isNext = direction === 'next';
  const { marks } = store.indexes;
  const chunks = isNext ? marks.after(atMs) : marks.before(atMs);
  let best: EventView | null = null;
  let chunksAfter = 0;
  for (const chunk of chunks) {
    // Nodes report at their own pace: what belongs before may stand in one of the next few chunks.
    if (best !== null && (chunksAfter += 1) > 2) break;
    for (const events of (await store.read([chunk])) as readonly (readonly EventView[])[]) {
      for (const event of events) {
        if (kind === 'term' && !isNewLeader(event)) continue;
        const { timeMs } = event;
        if (isNext ? timeMs <= atMs : timeMs >= atMs) continue;
        if (best === null || (isNext ? timeMs < best.timeMs : timeMs > best.timeMs)) best = event;
      }
    }
  }
  return best === null ? null : { timeMs: best.timeMs, event: best };
}

function isNewLeader({ type, fields }: EventView): boolean {
  return type === 'role' && fields['role'] === 'leader';
}

/** As many of the latest as fit into an answer. */
function fitting(events: readonly EventView[]): readonly EventView[] {
  let size = 0;
  let start = events.length;
  while (start > 0 && events.length - start < MARKS_MAX) {
    size += JSON.stringify(events[start - 1]).length;
    if (size > MARKS_SIZE_MAX) break;
    start -= 1;
  }
  return events.slice(start);
}

/** Of each run of samples the one with the worst lag: that is what one looks for. */
function thinned(samples: readonly SampleView[]): readonly SampleView[] {
  const run = Math.ceil(samples.length / SAMPLES_MAX);
  if (run <= 1) return samples;
  const kept: SampleView[] = [];
  for (let start = 0; start < samples.length; start += run) {
    const worst = samples
      .slice(start, start + run)
      .reduce((one, other) => (worstLag(other) > worstLag(one) ? other : one));
    kept.push(worst);
  }
  return kept;
}

function worstLag({ lagById }: SampleView): number {
  return Math.max(0, ...Object.values(lagById));
}

function gapsOf(store: RecordingStore): readonly RecordingGap[] {
  const { sessions } = store;
  return sessions.flatMap((session, at) => {
    const next = sessions[at + 1];
    if (next === undefined || next.fromMs - session.toMs < GAP_MIN_MS) return [];
    return [{ fromMs: session.toMs, toMs: next.fromMs }];
  });
}

function emptyRecording(
  clusterId: string,
  fromMs: number,
  toMs: number,
  problem: string | null,
): RecordingView {
  const nothing = { startMs: null, endMs: null, eventsFromMs: null, marksLeftOut: 0 } as const;
  const lists = { before: [], marks: [], samples: [], gaps: [], bookmarks: [], outline: [] };
  return { clusterId, fromMs, toMs, ...nothing, ...lists, problem };
}
