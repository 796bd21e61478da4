import type { EventView } from '../../contract/model.ts';
import type { BookmarkView, OutlineSlice, SampleView } from '../../contract/recording.ts';
import { standsOut } from './stands-out.ts';
import type { RecordingStore } from './recording-store.ts';

/** Slices of the small map of a recording. */
const SLICES = 240;
/** Marks are remembered per second: finer cannot be drawn. */
const CELL_MS = 1_000;
/** Figures further apart than this have a stretch without any between them. */
const SAMPLE_PATIENCE_MS = 5_000;

type Mark = NonNullable<OutlineSlice['mark']>;

const GRAVITY: readonly Mark[] = ['crash', 'fault', 'election', 'bookmark', 'snapshot'];

/** When the cluster had a leader and what stood out, over a whole recording. Kept up as it grows. */
export class Outline {
  readonly #marks = new Map<number, Mark>();
  /** Stretches of figures with and without a leader, in order. */
  #led: { fromMs: number; toMs: number; led: boolean }[] = [];

  /** Reads what was recorded before. */
  static async load(store: RecordingStore): Promise<Outline> {
    const outline = new Outline();
    const first = store.buckets[0];
    if (first !== undefined) {
      for (const sample of await store.samples(first, Number.MAX_SAFE_INTEGER))
        outline.sample(sample);
    }
    for (const chunk of await store.read(store.indexes.marks.all())) {
      outline.events(chunk as readonly EventView[]);
    }
    return outline;
  }

  /** When the last figures were taken that it was told of; null before the first. */
  get sampledToMs(): number | null {
    return this.#led.at(-1)?.toMs ?? null;
  }

  sample({ timeMs, leaderId }: SampleView): void {
    const led = leaderId !== null;
    const last = this.#led.at(-1);
    if (last !== undefined && timeMs < last.toMs) return;
    if (last !== undefined && timeMs - last.toMs < SAMPLE_PATIENCE_MS) {
      last.toMs = timeMs;
      if (last.led === led) return;
    }
    this.#led.push({ fromMs: timeMs, toMs: timeMs, led });
  }

  events(events: readonly EventView[]): void {
    for (const event of events) {
      const mark = standsOut(event);
      if (mark === null) continue;
      const cell = Math.floor(event.timeMs / CELL_MS);
      this.#marks.set(cell, graver(this.#marks.get(cell) ?? null, mark));
    }
  }

  slices(
    startMs: number,
    endMs: number,
    bookmarks: readonly BookmarkView[],
  ): readonly OutlineSlice[] {
    // What the limit has removed from the recording goes from here too.
    this.#led = this.#led.filter(({ toMs }) => toMs >= startMs);
    const lengthMs = Math.max(1, endMs - startMs) / SLICES;
    const marks = new Map<number, Mark>();
    const note = (timeMs: number, mark: Mark): void => {
      const at = Math.min(SLICES - 1, Math.floor((timeMs - startMs) / lengthMs));
      marks.set(at, graver(marks.get(at) ?? null, mark));
    };
    for (const [cell, mark] of this.#marks) {
      const timeMs = cell * CELL_MS;
      if (timeMs < startMs - CELL_MS) this.#marks.delete(cell);
      else note(Math.max(timeMs, startMs), mark);
    }
    for (const { timeMs } of bookmarks) if (timeMs >= startMs) note(timeMs, 'bookmark');
    return Array.from({ length: SLICES }, (_, at) => {
      const fromMs = startMs + at * lengthMs;
      const toMs = fromMs + lengthMs;
      return { fromMs, toMs, led: this.#shareLed(fromMs, toMs), mark: marks.get(at) ?? null };
    });
  }

  #shareLed(fromMs: number, toMs: number): number | null {
    let [led, known] = [0, 0];
    for (const stretch of this.#led) {
      if (stretch.toMs < fromMs || stretch.fromMs > toMs) continue;
      const length = Math.min(toMs, stretch.toMs) - Math.max(fromMs, stretch.fromMs);
      known += length;
      if (stretch.led) led += length;
    }
    return known <= 0 ? null : led / known;
  }
}

function graver(one: Mark | null, other: Mark): Mark {
  if (one === null) return other;
  return GRAVITY.indexOf(one) <= GRAVITY.indexOf(other) ? one : other;
}
