import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { FakeHost } from '../../../renderer/connection/fake/fake.ts';
import { createFakeCluster } from '../../../renderer/connection/fake/fake-cluster.ts';
import { type AppState, createAppState } from '../../../renderer/state/app-state.ts';
import { stretchFor } from '../../../renderer/state/recording.ts';
import type { AddressBar } from '../../../renderer/state/route.ts';

const NOW_MS = 1_800_000_000_000;

let host: FakeHost;
let app: AppState;
let address: AddressBar;

function open(hash: string): void {
  const location = { hash };
  const write = (_data: null, _unused: string, url: string): void => {
    location.hash = url;
  };
  address = {
    location,
    history: { replaceState: write, pushState: write },
    addEventListener: () => undefined,
  };
  host = new FakeHost([createFakeCluster({ id: 'c1', nodes: 3, nowMs: NOW_MS })], NOW_MS);
  app = createAppState(host, address, () => host.nowMs);
  app.cluster.watch('c1');
  app.recording.watch('c1');
}

async function settle(): Promise<void> {
  await vi.advanceTimersByTimeAsync(0);
}

beforeEach(() => {
  vi.useFakeTimers();
  open('#/overview/c1');
});

afterEach(() => {
  app.time.go(null);
  vi.useRealTimers();
});

const shown = () => app.cluster.store.getState();

test('a moment of the past is what every panel shows, and the present goes on unseen', async () => {
  app.time.go(NOW_MS - 30_000);
  await settle();
  expect(shown().view?.timeMs).toBe(NOW_MS - 30_000);
  expect(app.clock.store.getState().nowMs).toBe(NOW_MS - 30_000);
  host.advance(1_000);
  app.clock.tick();
  expect(shown().view?.timeMs).toBe(NOW_MS - 30_000);
  expect(app.clock.store.getState().nowMs).toBe(NOW_MS - 30_000);
  expect(shown().live?.timeMs).toBe(NOW_MS + 1_000);
  app.time.go(null);
  expect(shown().view?.timeMs).toBe(NOW_MS + 1_000);
  expect(app.clock.store.getState().nowMs).toBe(NOW_MS + 1_000);
});

test('the present is shown with what it remembered of itself, not of the past', async () => {
  host.advance(1_000);
  app.time.go(NOW_MS - 30_000);
  await settle();
  const pastSamples = shown().history.samples;
  host.advance(1_000);
  app.time.go(null);
  expect(shown().history.samples).not.toEqual(pastSamples);
  expect(shown().history.samples.at(-1)?.timeMs).toBe(NOW_MS + 2_000);
});

test('while one moment is read only the newest wish is remembered', async () => {
  for (let back = 1; back <= 50; back += 1) app.time.go(NOW_MS - back * 100);
  await settle();
  const reads = host.calls.filter(({ name }) => name === 'readMoment');
  expect(reads.length).toBeLessThanOrEqual(2);
  expect(shown().view?.timeMs).toBe(NOW_MS - 5_000);
});

test('what was not recorded is said, and the last moment stays', async () => {
  app.time.go(NOW_MS - 1_000);
  await settle();
  app.time.go(1_000);
  await settle();
  expect(app.time.store.getState().problem).toContain('Nothing was recorded');
  expect(shown().view?.timeMs).toBe(NOW_MS - 1_000);
});

test('the moment stands in the address, and an address leads to its moment', async () => {
  app.time.go(NOW_MS - 12_345.25);
  await vi.advanceTimersByTimeAsync(400);
  expect(address.location.hash).toBe(`#/overview/c1?at=${String(NOW_MS - 12_345.25)}`);
  app.time.go(null);
  expect(address.location.hash).toBe('#/overview/c1');
  open(`#/overview/c1?at=${String(NOW_MS - 9_000)}`);
  await settle();
  expect(app.time.store.getState().atMs).toBe(NOW_MS - 9_000);
  app.route.go({ screen: 'settings' });
  expect(app.time.store.getState().atMs).toBeNull();
});

test('a replay runs slower than what it shows, and ends at the present', async () => {
  app.time.play('half');
  await vi.advanceTimersByTimeAsync(2_000);
  const { atMs, pace } = app.time.store.getState();
  expect([Math.round((atMs ?? 0) - NOW_MS), pace]).toEqual([-4_000, 'half']);
  await vi.advanceTimersByTimeAsync(9_000);
  expect(app.time.store.getState()).toMatchObject({ atMs: null, pace: 'live' });
});

test('steps go from event to event', async () => {
  await app.time.step('previous', 'event');
  const first = app.time.store.getState().atMs ?? 0;
  await app.time.step('previous', 'event');
  const second = app.time.store.getState().atMs ?? 0;
  expect([first < NOW_MS, second < first]).toEqual([true, true]);
  await app.time.step('next', 'event');
  expect(app.time.store.getState().atMs).toBe(first);
});

test('the last minutes grow with every push, and what is older is read when it is looked at', async () => {
  await settle();
  const before = app.recording.store.getState().tail;
  host.advance(1_000);
  const after = app.recording.store.getState().tail;
  expect((after?.samples.length ?? 0) - (before?.samples.length ?? 0)).toBe(1);
  const [fromMs, toMs] = [NOW_MS - 15 * 60_000, NOW_MS - 14 * 60_000];
  expect(stretchFor(app.recording.store.getState(), fromMs, toMs)).toBeNull();
  app.recording.show(fromMs, toMs);
  await settle();
  expect(stretchFor(app.recording.store.getState(), fromMs, toMs)).not.toBeNull();
});
