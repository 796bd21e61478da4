import { expect, it } from 'vitest';
import { EventClock } from '../../node-engine/node/event-clock.ts';

it('keeps the order of what happens within one millisecond', () => {
  const sources = { wallMs: () => 1_000_000, monotonicMs: () => 50 };
  const clock = new EventClock(sources);
  const before = clock.nowMs();
  sources.monotonicMs = () => 50.25;
  expect(clock.nowMs() - before).toBeCloseTo(0.25);
});

it.each([
  ['a machine that slept', 3_600_000],
  ['a clock that was set forward', 90_000],
  ['a clock that was set back', -90_000],
])('follows the wall clock after %s', (_what, jumpMs) => {
  const sources = { wallMs: () => 1_000_000, monotonicMs: () => 50 };
  const clock = new EventClock(sources);
  sources.wallMs = () => 1_000_000 + jumpMs;
  expect(clock.nowMs()).toBe(1_000_000 + jumpMs);
  sources.wallMs = () => 1_000_002 + jumpMs;
  sources.monotonicMs = () => 52.5;
  expect(clock.nowMs()).toBe(1_000_002.5 + jumpMs);
});
