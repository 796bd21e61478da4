import { beforeEach, expect, test } from 'vitest';

import type { HostApi } from '../../../main/contract/host-api.ts';
import type { ClusterView, EventView } from '../../../main/contract/model.ts';
import { type RecordingView, sampleOf, type SampleView } from '../../../main/contract/recording.ts';
import { createFakeCluster } from '../../../renderer/connection/fake/fake-cluster.ts';
import { fakeView } from '../../../renderer/connection/fake/fake-views.ts';
import { createRecordingState, type RecordingState } from '../../../renderer/state/recording.ts';

const START_MS = 1_800_000_000_000;
const PUSH_MS = 500;
const MINUTE_MS = 60_000;

let nowMs: number;
let marks: EventView[];
let samples: SampleView[];
/** Why the host cannot record. */
let problem: string | null;
/** Answers on their way. */
let asked: (() => void)[];
let state: RecordingState;
/** Where the minute begins that is looked at. */
let lookedAtMs: () => number;

const within = (fromMs: number, toMs: number) => {
  return ({ timeMs }: { readonly timeMs: number }) => timeMs >= fromMs && timeMs <= toMs;
};

/** A host that has recorded all that was pushed, and answers when `answer` is called. */
const readRecording: HostApi['readRecording'] = ({ clusterId, fromMs, toMs }) => {
  const isHeld = problem === null ? within(fromMs, toMs) : () => false;
  const value: RecordingView = {
    clusterId,
    startMs: START_MS,
    endMs: toMs,
    eventsFromMs: START_MS,
    fromMs,
    toMs,
    before: [],
    marks: marks.filter(isHeld),
    marksLeftOut: 0,
    samples: samples.filter(isHeld),
    gaps: [],
    bookmarks: [],
    outline: [],
    problem,
  };
  return new Promise((resolve) => asked.push(() => resolve({ ok: true, value })));
};

async function answer(): Promise<void> {
  for (const resolve of asked.splice(0)) resolve();
  await new Promise((resolve) => setImmediate(resolve));
}

beforeEach(async () => {
  [nowMs, marks, samples, asked, problem] = [START_MS, [], [], [], null];
  lookedAtMs = () => nowMs - MINUTE_MS;
  state = createRecordingState({ readRecording }, () => nowMs);
  state.watch('c1');
  await answer();
});

const cluster = createFakeCluster({ id: 'c1', nodes: 3, nowMs: START_MS });
const shape = fakeView(cluster, START_MS);

function push(): void {
  nowMs += PUSH_MS;
  const view: ClusterView = { ...shape, timeMs: nowMs };
  samples.push(sampleOf(view));
  if (nowMs % MINUTE_MS === 0) {
    const about = { sequence: marks.length + 1, clusterId: 'c1', nodeId: '1', nodeSequence: 1 };
    const event = { ...about, timeMs: nowMs, type: 'snapshot-taken', fields: {} };
    marks.push(event);
    state.takeEvents([event]);
  }
  state.takeView(view);
  state.show(lookedAtMs(), lookedAtMs() + MINUTE_MS);
}

/** Lets time pass; each answer of the host is a few pushes late. */
async function pass(minutes: number): Promise<void> {
  const pushes = (minutes * MINUTE_MS) / PUSH_MS;
  for (let at = 1; at <= pushes; at += 1) {
    push();
    if (asked.length > 0 && at % 5 === 0) await answer();
  }
}

function tailOf(): { readonly samples: readonly number[]; readonly marks: readonly number[] } {
  const { tail } = state.store.getState();
  const times = (all: readonly { readonly timeMs: number }[] | undefined): readonly number[] =>
    (all ?? []).map(({ timeMs }) => timeMs);
  return { samples: times(tail?.samples), marks: times(tail?.marks) };
}

test('what is kept of the present does not grow with the time that the window is open', async () => {
  for (let hour = 0; hour < 3; hour += 1) {
    await pass(60);
    const tail = tailOf();
    // Twenty minutes of two a second, and what comes until the next look.
    expect(tail.samples.length).toBeLessThanOrEqual(2_500);
    expect(tail.marks.length).toBeLessThanOrEqual(22);
    // And nothing of the last ten minutes is missing or twice there.
    const recent = within(nowMs - 10 * MINUTE_MS, nowMs);
    const isRecent = (timeMs: number): boolean => recent({ timeMs });
    expect(tail.marks.filter(isRecent)).toEqual(marks.filter(recent).map(({ timeMs }) => timeMs));
    expect(tail.samples.filter(isRecent)).toEqual(
      samples.filter(recent).map(({ timeMs }) => timeMs),
    );
  }
});

test('what is looked at stays, and what no disk has taken', async () => {
  await pass(15);
  const earlierMs = nowMs - 12 * MINUTE_MS;
  lookedAtMs = () => earlierMs;
  await pass(15);
  expect(tailOf().samples[0]).toBeLessThan(earlierMs);
  lookedAtMs = () => nowMs - MINUTE_MS;
  problem = 'The disk is full.';
  await pass(15);
  expect(tailOf().samples[0]).toBeLessThan(earlierMs);
  problem = null;
  await pass(1);
  expect(tailOf().samples[0]).toBeGreaterThan(nowMs - 12 * MINUTE_MS);
});
