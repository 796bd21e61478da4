import { expect, test } from 'vitest';

import { entrySeed, Pcg32 } from '../../node-engine/machine/pcg32.ts';

const VECTORS: readonly {
  seed: bigint;
  uint32: readonly number[];
  uint64: bigint;
  uuid: string;
}[] = [
  {
    seed: 0n,
    uint32: [3837872008, 1548399547, 473443212, 1734871597],
    uint64: 16483534762142249915n,
    uuid: '871465c7-3ac0-40cb-c6ba-da87ea1293a2',
  },
  {
    seed: 1n,
    uint32: [932996374, 1612522464, 3522865942, 2449558126],
    uint64: 4007188915229107168n,
    uuid: '65c7b3ac-3d0c-4c6b-1da8-ea1293a2d347',
  },
  {
    seed: -1n,
    uint32: [4066408415, 1148961795, 838391275, 3677898137],
    uint64: 17465091155753157635n,
    uuid: 'f7026a97-4b40-4bb5-1ee8-958b6ab4b90f',
  },
  {
    seed: 1234567890123456789n,
    uint32: [3357021711, 2614823896, 2922676738, 3259026772],
    uint64: 14418298463321787352n,
    uuid: 'f68869c6-bbb5-4022-e343-4d02ee016173',
  },
];

test.each(VECTORS)('the stream of seed $seed is the known one', (vector) => {
  const stream = new Pcg32(vector.seed);
  expect({
    seed: vector.seed,
    uint32: vector.uint32.map(() => stream.nextUint32()),
    uint64: new Pcg32(vector.seed).nextUint64(),
    uuid: new Pcg32(vector.seed).nextUuid(),
  }).toEqual(vector);
});

test('a stream goes on from the state where another stands', () => {
  const stream = new Pcg32(1n);
  for (let drawn = 0; drawn < 4; drawn++) stream.nextUint32();
  expect(stream.state).toBe(5776246781640716793n);
  expect(new Pcg32(stream.state).nextUint32()).toBe(stream.nextUint32());
});

test('bytes are drawn four at a time, the last ones from a number of their own', () => {
  const bytes = new Uint8Array(10);
  new Pcg32(0n).fill(bytes);
  expect(Buffer.from(bytes).toString('hex')).toBe('8847c1e416659c37bbb3');
});

test('a float is a 32-bit number scaled to [0, 1)', () => {
  expect(new Pcg32(0n).nextFloat()).toBe(3837872008 / 2 ** 32);
});

test('the seeds of entries are the numbers of SplitMix64', () => {
  const seeds = [0, 1, 2, 3, 4].map((offset) => entrySeed(1234567n, offset));
  expect(seeds).toEqual([
    6457827717110365317n,
    3203168211198807973n,
    9817491932198370423n,
    4593380528125082431n,
    16408922859458223821n,
  ]);
});
