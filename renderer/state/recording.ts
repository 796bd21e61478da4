import { createStore, type StoreApi } from 'zustand/vanilla';

import type { HostConnection } from '../../main/contract/host-api.ts';
import type { ClusterView, EventView } from '../../main/contract/model.ts';
import { RareEvents } from '../../main/contract/rare-events.ts';
import { type RecordingView, sampleOf, type SampleView } from '../../main/contract/recording.ts';

/** A stretch of the recording: what each node was when it begins, and what happened then. */
export type Stretch = Pick<
  RecordingView,
  'startMs' | 'fromMs' | 'toMs' | 'before' | 'marks' | 'samples'
>;

/** What holds for the whole recording. */
export type RecordingFacts = Pick<
  RecordingView,
  'startMs' | 'endMs' | 'gaps' | 'bookmarks' | 'outline' | 'problem'
>;

interface Recording {
  readonly clusterId: string | null;
  /** The last minutes, which grow with every push. */
  readonly tail: Stretch | null;
  /** Another stretch, read from the host because somebody looks at it. */
  readonly page: Stretch | null;
  readonly facts: RecordingFacts | null;
}

export interface RecordingState {
  readonly store: StoreApi<Recording>;
  readonly watch: (clusterId: string | null) => void;
  /** Sees to it that this stretch can be drawn. */
  readonly show: (fromMs: number, toMs: number) => void;
  /** Reads the facts anew, after a change by this window. */
  readonly refresh: () => void;
  readonly takeEvents: (events: readonly EventView[]) => void;
  readonly takeView: (view: ClusterView) => void;
}

/** So much of the present is kept here; what is older is read when it is looked at. */
const TAIL_MS = 10 * 60_000;
/** It grows with every push, and each picture goes through all of it: when it is so long it is read anew. */
const TAIL_MAX_MS = 2 * TAIL_MS;
/** An event reaches this window so long after it happened, at most. */
const LATE_MS = 5_000;
const FACTS_EVERY_MS = 5_000;
const SAMPLE_EVERY_MS = 450;
const NONE: Recording = { clusterId: null, tail: null, page: null, facts: null };

export function createRecordingState(
  api: Pick<HostConnection['api'], 'readRecording'>,
  hostNow: () => number,
): RecordingState {
  const store = createStore<Recording>()(() => NONE);
  let rare = new RareEvents();
  let waiting: EventView[] = [];
  let factsAtMs = 0;
  let reading = false;
  /** Where the stretch begins that is looked at. */
  let shownFromMs = Infinity;

  async function readTail(clusterId: string): Promise<void> {
    const toMs = hostNow();
    factsAtMs = toMs;
    const result = await api.readRecording({ clusterId, fromMs: toMs - TAIL_MS, toMs });
    if (!result.ok || store.getState().clusterId !== clusterId) return;
    store.setState(({ tail }) => ({ tail: tailAfter(tail, result.value), facts: result.value }));
  }

  async function readFacts(): Promise<void> {
    const { clusterId } = store.getState();
    const toMs = hostNow();
    factsAtMs = toMs;
    if (clusterId === null) return;
    const result = await api.readRecording({ clusterId, fromMs: toMs, toMs });
    if (result.ok && store.getState().clusterId === clusterId) {
      store.setState({ facts: result.value });
    }
  }

  async function readPage(clusterId: string, fromMs: number, toMs: number): Promise<void> {
    if (reading) return;
    reading = true;
    // More than is looked at: the next move is likely to be a small one.
    const marginMs = toMs - fromMs;
    const request = { clusterId, fromMs: Math.max(0, fromMs - marginMs), toMs: toMs + marginMs };
    const result = await api.readRecording(request);
    reading = false;
    if (result.ok && store.getState().clusterId === clusterId) {
      store.setState({ page: result.value, facts: result.value });
    }
  }

  return {
    store,
    watch(clusterId) {
      if (store.getState().clusterId === clusterId) return;
      waiting = [];
      rare = new RareEvents();
      shownFromMs = Infinity;
      store.setState({ ...NONE, clusterId }, true);
      if (clusterId !== null) void readTail(clusterId);
    },
    show(fromMs, toMs) {
      shownFromMs = fromMs;
      const recording = store.getState();
      if (recording.clusterId === null || recording.tail === null) return;
      if (stretchFor(recording, fromMs, toMs) === null) {
        void readPage(recording.clusterId, fromMs, toMs);
      }
    },
    refresh: () => void readFacts(),
    takeEvents(events) {
      waiting.push(...events.filter((event) => rare.isRare(event)));
    },
    takeView(view) {
      const { tail, clusterId } = store.getState();
      if (tail === null || clusterId !== view.id) return;
      store.setState({ tail: extended(tail, waiting, view) });
      waiting = [];
      if (view.timeMs - factsAtMs <= FACTS_EVERY_MS) return;
      void (isTooLong(tail, shownFromMs, view.timeMs) ? readTail(clusterId) : readFacts());
    },
  };
}

/** The stretch to draw these times from; null when none covers them yet. */
export function stretchFor(
  { tail, page }: Pick<Recording, 'tail' | 'page'>,
  fromMs: number,
  toMs: number,
): Stretch | null {
  if (tail !== null && fromMs >= tail.fromMs) return tail;
  return page !== null && fromMs >= page.fromMs && toMs <= page.toMs ? page : null;
}

/** The tail after one more push. What has left it is read again when it is looked at. */
function extended(tail: Stretch, events: readonly EventView[], view: ClusterView): Stretch {
  const last = tail.samples.at(-1);
  const due = last === undefined || view.timeMs - last.timeMs >= SAMPLE_EVERY_MS;
  const samples: readonly SampleView[] = due ? [...tail.samples, sampleOf(view)] : tail.samples;
  const marks = events.length === 0 ? tail.marks : merged(tail.marks, events);
  return { ...tail, toMs: view.timeMs, marks, samples };
}

/** Whether a tail is to be read anew. What is looked at is not taken away. */
function isTooLong(tail: Stretch, shownFromMs: number, nowMs: number): boolean {
  return nowMs - tail.fromMs > TAIL_MAX_MS && shownFromMs > nowMs - TAIL_MS;
}

/** A tail that was just read, with what was pushed while it was on its way. */
function tailAfter(pushed: Stretch | null, read: RecordingView): Stretch {
  if (pushed === null) return read;
  // What is here and nowhere else is kept, however long it gets.
  if (read.problem !== null) return pushed;
  const lastMs = read.samples.at(-1)?.timeMs ?? read.fromMs;
  const late = pushed.marks.filter(({ timeMs }) => timeMs >= read.toMs - LATE_MS);
  return {
    ...read,
    toMs: pushed.toMs,
    marks: merged(read.marks, late),
    samples: [...read.samples, ...pushed.samples.filter(({ timeMs }) => timeMs > lastMs)],
  };
}

/** In order of time; an event that came twice is there once. */
function merged(known: readonly EventView[], fresh: readonly EventView[]): readonly EventView[] {
  const seen = new Set(known.map(({ sequence }) => sequence));
  const added = fresh.filter(({ sequence }) => !seen.has(sequence));
  if (added.length === 0) return known;
  return [...known, ...added].sort(
    (left, right) => left.timeMs - right.timeMs || left.sequence - right.sequence,
  );
}
