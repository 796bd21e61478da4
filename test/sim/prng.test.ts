import { expect, test } from 'vitest';

import { Choices } from '../../node-engine/sim/choices.ts';
import { EventQueue } from '../../node-engine/sim/event-queue.ts';
import { Prng } from '../../node-engine/sim/prng.ts';

/** xoshiro128** as its authors write it, on 64-bit arithmetic: a naive twin. */
function* reference(state: readonly bigint[]): Generator<number> {
  const MASK = 0xffffffffn;
  const rotate = (word: bigint, by: bigint): bigint => ((word << by) | (word >> (32n - by))) & MASK;
  let [a = 0n, b = 0n, c = 0n, d = 0n] = state;
  for (;;) {
    yield Number((rotate((b * 5n) & MASK, 7n) * 9n) & MASK);
    const shifted = (b << 9n) & MASK;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11n);
  }
}

test('the generator is xoshiro128**', () => {
  const prng = new Prng(42, 'net');
  // Its four words are private: the twin starts from the same place.
  const words = Object.values(prng).map((word) => BigInt((word as number) >>> 0));
  const expected = reference(words);
  for (let draw = 0; draw < 1000; draw += 1) expect(prng.uint32()).toBe(expected.next().value);
});

test('streams of one seed, and seeds of one stream, have nothing in common', () => {
  const draws = (seed: number, stream: string): readonly number[] => {
    const prng = new Prng(seed, stream);
    return Array.from({ length: 50 }, () => prng.uint32());
  };
  const all = ['net', 'disk', 'timer 1', 'timer 2'].flatMap((stream) =>
    [0, 1, 2 ** 40].flatMap((seed) => draws(seed, stream)),
  );
  expect(new Set(all).size).toBeGreaterThan(all.length - 3);
});

test('draws below a number are even enough', () => {
  const prng = new Prng(7, 'even');
  const hits = new Array<number>(10).fill(0);
  for (let draw = 0; draw < 100_000; draw += 1) {
    const value = prng.below(10);
    hits[value] = (hits[value] ?? 0) + 1;
  }
  // Chi-square with nine degrees of freedom: 27.9 is exceeded once in a thousand.
  const chi = hits.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
  expect(chi).toBeLessThan(27.9);
});

test('events come by time, and in the order of adding at one time', () => {
  const prng = new Prng(1, 'queue');
  const queue = new EventQueue<readonly [number, number]>();
  const added: (readonly [number, number])[] = [];
  const taken: (readonly [number, number])[] = [];
  for (let order = 0; order < 5000; order += 1) {
    const event = [prng.below(300), order] as const;
    added.push(event);
    queue.push(event[0], event);
  }
  for (let event = queue.pop(); event !== undefined; event = queue.pop()) taken.push(event);
  expect(taken).toEqual(added.sort((left, right) => left[0] - right[0] || left[1] - right[1]));
});

test('a choice that is not in the trace takes its default', () => {
  const recording = new Choices({ seed: 5, record: true });
  const loss = recording.point('net', 'loss 1>2');
  const delay = recording.point('net', 'delay 1>2');
  const losses = Array.from({ length: 40 }, () => loss.chance(0.3));
  const delays = Array.from({ length: 40 }, () => delay.below(100));
  const { 'delay 1>2': kept = [], ...rest } = recording.trace();
  expect(kept.length).toBeGreaterThan(30);
  const replaying = new Choices({ seed: 99, replay: rest });
  const again = replaying.point('net', 'loss 1>2');
  expect(losses.map(() => again.chance(0.3))).toEqual(losses);
  const none = replaying.point('net', 'delay 1>2');
  expect(delays.map(() => none.below(100))).toEqual(delays.map(() => 0));
});
