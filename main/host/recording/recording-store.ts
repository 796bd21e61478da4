import { Level } from 'level';

import type { MetricsPoint } from '../../contract/metrics.ts';
import type { BookmarkView, SampleView } from '../../contract/recording.ts';
import type { HeardTrace } from '../event-log.ts';
import { type Chunk, ChunkIndex, chunkOf, type ChunkKind, readChunkKey } from './chunk-index.ts';
import { DecodedChunks } from './decoded-chunks.ts';

/**
 * How much of each kind is kept, in bytes of JSON; LevelDB compresses it to about a quarter. Rare
 * events have a limit of their own, so that a busy hour does not push out the elections of the day.
 */
export function recordingLimits(totalMiB: number): Readonly<Record<ChunkKind, number>> {
  const seventh = (totalMiB * 1024 * 1024) / 7;
  return { marks: seventh, events: 4 * seventh, frames: 2 * seventh };
}
/** Figures of at most ten seconds are one record; so many are kept: three days. */
const BUCKETS_MAX = 26_000;
export const BUCKET_MS = 10_000;
/** Figures of every second, of ten seconds in one record: a day. */
const METRICS_MAX = 8_640;

const SAMPLE_PREFIX = 's!';
const METRICS_PREFIX = 'g!';
const SESSION_PREFIX = 't!';
const BOOKMARK_PREFIX = 'b!';
const HEARD_KEY = 'heard';

/** A stretch of time in which one host recorded. */
export interface Session {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What one write adds; it is written as a whole or not at all. */
export interface RecordingWrite {
  readonly chunks: readonly (Omit<Chunk, 'key' | 'number' | 'bytes'> & {
    readonly value: unknown;
  })[];
  /** The figures of the ten seconds under way, so far. */
  readonly buckets: ReadonlyMap<number, readonly SampleView[]>;
  /** The figures of every second, by the ten seconds that they are of. */
  readonly metrics: ReadonlyMap<number, readonly MetricsPoint[]>;
  readonly heard: ReadonlyMap<string, HeardTrace>;
  readonly nowMs: number;
}

/** A value of another recording and where it belongs. */
export interface RestoredRecord {
  readonly key:
    | { readonly kind: 'session' | 'samples' | 'metrics'; readonly atMs: number }
    | { readonly kind: 'bookmark'; readonly id: string }
    | { readonly kind: 'chunk'; readonly about: Omit<Chunk, 'key' | 'number' | 'bytes'> };
  readonly value: unknown;
}

/** A value as it is on disk. */
export interface StoredRecord {
  readonly kind: ChunkKind | 'session' | 'bookmark' | 'samples' | 'metrics';
  readonly json: string;
}

type Batch = ReturnType<Level['batch']>;

/** The recording of one cluster on disk. */
export class RecordingStore {
  readonly indexes: Readonly<Record<ChunkKind, ChunkIndex>>;
  readonly #database: Level;
  readonly #decoded = new DecodedChunks();
  #number = 0;
  #buckets: number[] = [];
  #metrics: number[] = [];
  readonly #sessions: Session[] = [];
  #sessionFromMs: number | null = null;

  private constructor(database: Level, limits: Readonly<Record<ChunkKind, number>>) {
    this.#database = database;
    this.indexes = {
      marks: new ChunkIndex('marks', limits.marks),
      events: new ChunkIndex('events', limits.events),
      frames: new ChunkIndex('frames', limits.frames),
    };
  }

  /** Opens or creates it; rejects with the reason when that cannot be done. */
  static async open(
    folder: string,
    limits: Readonly<Record<ChunkKind, number>>,
  ): Promise<RecordingStore> {
    const database = new Level(folder, { cacheSize: 1024 * 1024 });
    await database.open();
    const store = new RecordingStore(database, limits);
    await store.#load();
    return store;
  }

  async #load(): Promise<void> {
    for await (const key of this.#database.keys()) {
      const found = readChunkKey(key);
      if (found !== null) {
        this.indexes[found.kind].add(found);
        this.#number = Math.max(this.#number, found.number);
      } else if (key.startsWith(SAMPLE_PREFIX)) {
        this.#buckets.push(Number(key.slice(SAMPLE_PREFIX.length)));
      } else if (key.startsWith(METRICS_PREFIX)) {
        this.#metrics.push(Number(key.slice(METRICS_PREFIX.length)));
      }
    }
    const range = { gte: SESSION_PREFIX, lt: `${SESSION_PREFIX}~` };
    for await (const value of this.#database.values(range)) {
      this.#sessions.push(JSON.parse(value) as Session);
    }
  }

  /** Holds it to other limits; what is too much goes with the next write. */
  setLimits(limits: Readonly<Record<ChunkKind, number>>): void {
    this.indexes.marks.limitBytes = limits.marks;
    this.indexes.events.limitBytes = limits.events;
    this.indexes.frames.limitBytes = limits.frames;
  }

  /** The times in which there was a recorder, the present one included. */
  get sessions(): readonly Session[] {
    return this.#sessions;
  }

  /** The times of the first figures of each record of them. */
  get buckets(): readonly number[] {
    return this.#buckets;
  }

  async write({ chunks, buckets, metrics, heard, nowMs }: RecordingWrite): Promise<void> {
    const batch = this.#database.batch();
    for (const { value, ...about } of chunks) this.#putChunk(batch, about, JSON.stringify(value));
    for (const [startMs, samples] of buckets) {
      if (this.#buckets.at(-1) !== startMs) this.#buckets.push(startMs);
      batch.put(bucketKey(startMs), JSON.stringify(samples));
    }
    for (const [startMs, points] of metrics) {
      if (this.#metrics.at(-1) !== startMs) this.#metrics.push(startMs);
      batch.put(metricsKey(startMs), JSON.stringify(points));
    }
    for (const startMs of this.#metrics.splice(0, this.#metrics.length - METRICS_MAX)) {
      batch.del(metricsKey(startMs));
    }
    for (const index of Object.values(this.indexes)) {
      for (const chunk of index.trim()) batch.del(chunk.key);
    }
    for (const startMs of this.#buckets.splice(0, this.#buckets.length - BUCKETS_MAX)) {
      batch.del(bucketKey(startMs));
    }
    batch.put(HEARD_KEY, JSON.stringify([...heard]));
    const session = this.#extendSession(nowMs);
    batch.put(`${SESSION_PREFIX}${pad(session.fromMs)}`, JSON.stringify(session));
    await batch.write();
  }

  /**
   * Adds what was saved of another recording, in the order in which it was saved; no limit is applied.
   * Written as a whole or not at all.
   */
  async restore(records: readonly RestoredRecord[]): Promise<void> {
    const batch = this.#database.batch();
    for (const { key, value } of records) {
      const json = JSON.stringify(value);
      switch (key.kind) {
        case 'session':
          this.#sessions.push(value as Session);
          batch.put(`${SESSION_PREFIX}${pad(key.atMs)}`, json);
          break;
        case 'samples':
          this.#buckets.push(key.atMs);
          batch.put(bucketKey(key.atMs), json);
          break;
        case 'metrics':
          this.#metrics.push(key.atMs);
          batch.put(metricsKey(key.atMs), json);
          break;
        case 'bookmark':
          batch.put(`${BOOKMARK_PREFIX}${key.id}`, json);
          break;
        case 'chunk':
          this.#putChunk(batch, key.about, json);
      }
    }
    await batch.write();
  }

  /**
   * Everything that is needed for a stretch, as it is on disk at the first read, whatever is written or
   * removed meanwhile: for pictures from the last whole one before it, and `leadMs` more of the rest.
   */
  async *stretch(fromMs: number, toMs: number, leadMs: number): AsyncGenerator<StoredRecord> {
    const snapshot = this.#database.snapshot();
    try {
      const { frames, marks, events } = this.indexes;
      const leading = frames.leadingTo(fromMs);
      const known = new Set(leading.map(({ number }) => number));
      const within = frames.between(fromMs, toMs).filter(({ number }) => !known.has(number));
      const earliestMs = Math.min(fromMs, leading[0]?.fromMs ?? fromMs) - leadMs;
      const chunks: readonly Chunk[] = [
        ...leading,
        ...within,
        ...marks.between(earliestMs, toMs),
        ...events.between(earliestMs, toMs),
      ];
      const ranges: readonly (readonly [StoredRecord['kind'], string, string])[] = [
        ['session', SESSION_PREFIX, `${SESSION_PREFIX}~`],
        ['bookmark', BOOKMARK_PREFIX, `${BOOKMARK_PREFIX}~`],
        ['samples', bucketKey(earliestMs - BUCKET_MS), bucketKey(Math.max(0, toMs))],
        ['metrics', metricsKey(fromMs - BUCKET_MS), metricsKey(Math.max(0, toMs))],
      ];
      for (const [kind, gte, lte] of ranges) {
        for await (const json of this.#database.values({ gte, lte, snapshot })) {
          yield { kind, json };
        }
      }
      for (const { key, kind } of chunks) {
        const [json] = await this.#database.getMany([key], { snapshot });
        if (json !== undefined) yield { kind, json };
      }
    } finally {
      await snapshot.close();
    }
  }

  /** The values of these chunks; one that cannot be read is left out. */
  async read(chunks: readonly Chunk[]): Promise<readonly unknown[]> {
    // Held from here on: while the others are read these may be let go.
    const found = new Map(chunks.map(({ key }) => [key, this.#decoded.get(key)]));
    const missing = chunks.filter(({ key }) => found.get(key) === undefined);
    const read: readonly (string | undefined)[] = await this.#database.getMany(
      missing.map(({ key }) => key),
    );
    for (const [at, { key, bytes }] of missing.entries()) {
      const json = read[at];
      const value = json === undefined ? undefined : parse(json);
      if (value === undefined) continue;
      found.set(key, value);
      this.#decoded.keep(key, value, bytes);
    }
    const values = chunks.map(({ key }) => found.get(key));
    return values.filter((value) => value !== undefined);
  }

  /** The figures of the buckets between the two times. */
  async samples(fromMs: number, toMs: number): Promise<readonly SampleView[]> {
    const range = { gte: bucketKey(fromMs - BUCKET_MS), lte: bucketKey(Math.max(0, toMs)) };
    const values = await this.#database.values(range).all();
    return values
      .flatMap((json) => (parse(json) ?? []) as SampleView[])
      .filter(({ timeMs }) => timeMs >= fromMs && timeMs <= toMs);
  }

  /** The figures of every second between the two times. */
  async metrics(fromMs: number, toMs: number): Promise<readonly MetricsPoint[]> {
    const range = { gte: metricsKey(fromMs - BUCKET_MS), lte: metricsKey(Math.max(0, toMs)) };
    const values = await this.#database.values(range).all();
    return values
      .flatMap((json) => (parse(json) ?? []) as MetricsPoint[])
      .filter(({ timeMs }) => timeMs >= fromMs && timeMs <= toMs);
  }

  /** Up to where an earlier host has heard each node's trace. */
  async heard(): Promise<ReadonlyMap<string, HeardTrace>> {
    const [json] = await this.#database.getMany([HEARD_KEY]);
    return new Map((json === undefined ? [] : parse(json)) as readonly [string, HeardTrace][]);
  }

  async bookmarks(): Promise<readonly BookmarkView[]> {
    const range = { gte: BOOKMARK_PREFIX, lt: `${BOOKMARK_PREFIX}~` };
    const values = await this.#database.values(range).all();
    const bookmarks = values.map((json) => JSON.parse(json) as BookmarkView);
    return bookmarks.sort((left, right) => left.timeMs - right.timeMs);
  }

  async putBookmark(bookmark: BookmarkView): Promise<void> {
    await this.#database.put(`${BOOKMARK_PREFIX}${bookmark.id}`, JSON.stringify(bookmark));
  }

  async deleteBookmark(id: string): Promise<void> {
    await this.#database.del(`${BOOKMARK_PREFIX}${id}`);
  }

  close(): Promise<void> {
    this.#decoded.clear();
    return this.#database.close();
  }

  #putChunk(batch: Batch, about: Omit<Chunk, 'key' | 'number' | 'bytes'>, json: string): void {
    this.#number += 1;
    const chunk = chunkOf(this.#number, { ...about, bytes: json.length });
    this.indexes[about.kind].add(chunk);
    batch.put(chunk.key, json);
  }

  #extendSession(nowMs: number): Session {
    const known = this.#sessionFromMs;
    this.#sessionFromMs ??= nowMs;
    const session = { fromMs: this.#sessionFromMs, toMs: nowMs };
    if (known === null) this.#sessions.push(session);
    else this.#sessions[this.#sessions.length - 1] = session;
    return session;
  }
}

function bucketKey(startMs: number): string {
  return `${SAMPLE_PREFIX}${pad(Math.max(0, startMs))}`;
}

function metricsKey(startMs: number): string {
  return `${METRICS_PREFIX}${pad(Math.max(0, startMs))}`;
}

function pad(timeMs: number): string {
  return String(Math.floor(timeMs)).padStart(15, '0');
}

/** JSON from disk; undefined when it is damaged, so that the rest can still be read. */
function parse(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return undefined;
  }
}
