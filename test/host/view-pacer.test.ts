import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { ViewPacer } from '../../main/host/view-pacer.ts';

/** How often a node sends its figures. */
const FIGURES_MS = 250;

let published: number[];
let pacer: ViewPacer;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  published = [];
  pacer = new ViewPacer({ publish: () => published.push(Date.now()), fingerprint: () => '' });
});

afterEach(() => {
  pacer.close();
  vi.useRealTimers();
});

/** Ten seconds of figures of a leader and two followers, these so long after the leader's. */
function tenSeconds(followersAfterMs: readonly number[]): readonly number[] {
  const leaderSaid: number[] = [];
  const startMs = Date.now();
  for (let ms = 0; ms < 10_000; ms += 1) {
    if (ms % FIGURES_MS === 0) {
      leaderSaid.push(startMs + ms);
      pacer.changed('soon');
    }
    if (followersAfterMs.some((after) => ms % FIGURES_MS === after)) pacer.changed('along');
    vi.advanceTimersByTime(1);
  }
  return leaderSaid;
}

test.each([
  { followersAfterMs: [10, 20] },
  { followersAfterMs: [60, 190] },
  { followersAfterMs: [120, 200] },
  { followersAfterMs: [240, 249] },
])('what the leader says is shown at once, with followers $followersAfterMs ms later', (run) => {
  const leaderSaid = tenSeconds(run.followersAfterMs);
  for (const saidMs of leaderSaid) {
    const shownMs = published.find((atMs) => atMs >= saidMs);
    expect((shownMs ?? Infinity) - saidMs).toBeLessThanOrEqual(1);
  }
  // And no oftener: the others' figures come along.
  expect(published).toHaveLength(leaderSaid.length);
});

test('what the others say is shown without the leader too, and never oftener than five times a second', () => {
  for (let ms = 0; ms < 10_000; ms += 10) {
    pacer.changed('along');
    vi.advanceTimersByTime(10);
  }
  expect(published.length).toBeGreaterThanOrEqual(30);
  published = [];
  for (let ms = 0; ms < 10_000; ms += 10) {
    pacer.changed('soon');
    pacer.changed('along');
    vi.advanceTimersByTime(10);
  }
  expect(published.length).toBeLessThanOrEqual(51);
});

test('what matters does not wait, and is one picture when it comes as several changes', () => {
  pacer.changed('soon');
  vi.advanceTimersByTime(1);
  pacer.changed('along');
  pacer.changed('now');
  pacer.changed('now');
  vi.advanceTimersByTime(1);
  expect(published).toHaveLength(2);
});
