import type { ClusterView, EventView } from '../../contract/model.ts';
import { metricsPointOf } from '../../contract/metrics.ts';
import { RareEvents } from '../../contract/rare-events.ts';
import { sampleOf, type SampleView } from '../../contract/recording.ts';
import type { HeardTrace } from '../event-log.ts';
import { causeOf } from '../failure.ts';
import { FrameWriter } from './frames.ts';
import { MetricsHistory } from './metrics-history.ts';
import { inOrder } from './progress.ts';
import { BUCKET_MS, RecordingStore } from './recording-store.ts';

const FLUSH_MS = 500;
/** Figures alone are worth a picture this often; a change of role or process always is one. */
const PICTURE_MS = 450;
/** So many events may wait for a disk that does not keep up; more are counted and left out. */
const WAITING_MAX = 50_000;
/** Who looks for one moment decodes whole chunks: so many events take a millisecond or two. */
const CHUNK_EVENTS_MAX = 500;

/** What the recorder is told by its cluster. */
export interface RecorderOptions {
  readonly folder: string;
  readonly heard: () => ReadonlyMap<string, HeardTrace>;
  readonly log: (line: string) => void;
  readonly limits: Parameters<typeof RecordingStore.open>[1];
}

/**
 * The flight recorder of one cluster: every traced event, a picture of the cluster at every change and
 * twice a second, and its figures. What cannot be written is said, never left out in silence.
 */
export class Recorder {
  readonly #options: RecorderOptions;
  #opening: Promise<RecordingStore | null> | null = null;
  #limits: RecorderOptions['limits'];
  #problem: string | null = null;
  readonly #rare = new RareEvents();
  readonly #frames = new FrameWriter();
  #marks: EventView[] = [];
  #events: EventView[] = [];
  #leftOut = 0;
  /** The figures of the ten seconds under way; the bucket is named after its first. */
  #bucket: readonly SampleView[] = [];
  #dirtyBuckets = new Map<number, readonly SampleView[]>();
  readonly #metrics = new MetricsHistory();
  #pictureAtMs = 0;
  #edge = '';
  #timer: NodeJS.Timeout | null = null;
  #flushing: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#limits = options.limits;
  }

  /** Why nothing is recorded, or null. */
  get problem(): string | null {
    return this.#problem;
  }

  /** The recording on disk, opened when it is first needed; null when it cannot be. */
  store(): Promise<RecordingStore | null> {
    this.#opening ??= this.#open();
    return this.#opening;
  }

  /** How much is kept from now on. */
  async setLimits(limits: RecorderOptions['limits']): Promise<void> {
    this.#limits = limits;
    // Opening reads them; what is open already is told.
    (await this.#opening)?.setLimits(limits);
  }

  events(events: readonly EventView[]): void {
    if (this.#closed || this.#problem !== null) return;
    for (const event of events) {
      if (this.#rare.isRare(event)) this.#marks.push(event);
      else if (this.#events.length < WAITING_MAX) this.#events.push(event);
      else this.#leftOut += 1;
    }
    this.#flushSoon();
  }

  view(view: ClusterView): void {
    if (this.#closed) return;
    // The last minutes are there to be seen even where no disk takes them.
    if (view.health.level !== 'stopped') this.#metrics.add(metricsPointOf(view));
    if (this.#problem !== null) return;
    const edge = edgeOf(view);
    const changed = edge !== this.#edge;
    // A cluster that is stopped and stays it has nothing to tell.
    if (!changed && (view.health.level === 'stopped' || !this.#isDue(view))) return;
    this.#edge = edge;
    this.#pictureAtMs = view.timeMs;
    this.#frames.add(view);
    this.#addSample(view);
    this.#flushSoon();
  }

  /** The last minutes, second by second. */
  get metrics(): MetricsHistory {
    return this.#metrics;
  }

  /** Writes what has gathered; resolves when it is written. */
  flush(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#flushing = this.#flushing.then(() => this.#write());
    return this.#flushing;
  }

  /** Writes the rest and lets go of the files. Nothing is recorded any more. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    // Nothing was ever recorded: there are no files to make now.
    if (this.#opening === null && this.#timer === null) return;
    await this.flush();
    await (await this.store())?.close();
  }

  async #open(): Promise<RecordingStore | null> {
    try {
      return await RecordingStore.open(this.#options.folder, this.#limits);
    } catch (error) {
      const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
      this.#problem = `The recording in ${this.#options.folder} cannot be opened: ${causeOf(cause)}.`;
      this.#options.log(this.#problem);
      return null;
    }
  }

  #isDue(view: ClusterView): boolean {
    return view.timeMs - this.#pictureAtMs >= PICTURE_MS;
  }

  #addSample(view: ClusterView): void {
    const sample = sampleOf(view);
    const first = this.#bucket[0] ?? sample;
    const isSame = sample.timeMs - first.timeMs < BUCKET_MS && sample.timeMs >= first.timeMs;
    this.#bucket = isSame ? [...this.#bucket, sample] : [sample];
    this.#dirtyBuckets.set((isSame ? first : sample).timeMs, this.#bucket);
  }

  #flushSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      void this.flush();
    }, FLUSH_MS).unref();
  }

  async #write(): Promise<void> {
    const frames = this.#frames.take();
    const [marks, events] = [this.#marks, this.#events];
    const buckets = this.#dirtyBuckets;
    this.#marks = [];
    this.#events = [];
    this.#dirtyBuckets = new Map();
    const metrics = this.#metrics.take();
    const leftOut = this.#leftOut;
    this.#leftOut = 0;
    const store = await this.store();
    if (store === null) return;
    if (leftOut > 0) {
      this.#options.log(`The recording fell behind: ${leftOut} frequent events were left out.`);
    }
    const chunks = [
      ...(marks.length === 0 ? [] : [eventChunk('marks', marks)]),
      ...denseChunks(events),
      ...(frames === null
        ? []
        : [{ kind: 'frames' as const, ...frames, whole: frames.value.whole !== null }]),
    ];
    try {
      await store.write({
        chunks,
        buckets,
        metrics,
        heard: this.#options.heard(),
        nowMs: Date.now(),
      });
    } catch (error) {
      this.#problem = `The recording in ${this.#options.folder} cannot be written: ${causeOf(error)}. Nothing more is recorded.`;
      this.#options.log(this.#problem);
    }
  }
}

/** Frequent events in chunks of a bounded size, each of a time of its own. */
function denseChunks(events: readonly EventView[]) {
  const ordered = events.toSorted(inOrder);
  const count = Math.ceil(ordered.length / CHUNK_EVENTS_MAX);
  return Array.from({ length: count }, (_, at) => {
    const start = at * CHUNK_EVENTS_MAX;
    return eventChunk('events', ordered.slice(start, start + CHUNK_EVENTS_MAX));
  });
}

function eventChunk(kind: 'marks' | 'events', events: readonly EventView[]) {
  let [fromMs, toMs] = [Infinity, -Infinity];
  for (const { timeMs } of events) {
    fromMs = Math.min(fromMs, timeMs);
    toMs = Math.max(toMs, timeMs);
  }
  return { kind, fromMs, toMs, whole: false, value: events } as const;
}

/** Differs whenever something changed that a picture must show at once. */
function edgeOf({ health, nodes, operation }: ClusterView): string {
  const states = nodes.map(({ id, process, connected, removed, status }) =>
    [
      id,
      process,
      connected,
      removed,
      status?.role,
      status?.term,
      status?.votedFor,
      status?.leaderId,
      status?.health,
      status?.snapshotIndex,
      status?.membershipIndex,
      status?.faults.length,
    ].join('/'),
  );
  const operating = operation?.steps.map(({ state }) => state).join('');
  return `${health.level} ${health.leaderId ?? ''} ${operating ?? ''} ${states.join(' ')}`;
}
