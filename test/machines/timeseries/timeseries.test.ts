import { expect, test } from 'vitest';

import { timeseries } from '../../../node-engine/machines/timeseries/timeseries.ts';
import { MachineUnderTest } from '../../machine/machine-under-test.ts';
import { Pcg32 } from '../../../node-engine/machine/pcg32.ts';

const NOW_MS = 1_700_000_000_000;
const MINUTE_MS = 60_000;

function subjectAt(nowMs = NOW_MS): MachineUnderTest {
  return new MachineUnderTest(timeseries, nowMs);
}

function nanoseconds(ms: number): string {
  return `${ms}000000`;
}

test('points are written with any time and read in order', () => {
  const subject = subjectAt();
  expect([
    subject.line('WRITE cpu now load=3'),
    subject.line('WRITE cpu -5m load=1'),
    subject.line(`WRITE cpu ${nanoseconds(NOW_MS - MINUTE_MS)} load=2`),
    subject.line('WRITE disk now free=9'),
  ]).toEqual(['+OK', '+OK', '+OK', '+OK']);
  const points = [
    `cpu ${nanoseconds(NOW_MS - 5 * MINUTE_MS)} load=1`,
    `cpu ${nanoseconds(NOW_MS - MINUTE_MS)} load=2`,
    `cpu ${nanoseconds(NOW_MS)} load=3`,
  ];
  expect(subject.line('QUERY cpu 0 1h all')).toEqual(points);
  expect(subject.line('QUERY cpu 0 1h 2')).toEqual(points.slice(0, 2));
  expect(subject.line('QUERY cpu 0 now 0')).toEqual([]);
  expect(subject.line('QUERY none 0 now all')).toEqual([]);
});

test('the start of a query is included and its end is not', () => {
  const subject = subjectAt();
  for (const ms of [1, 2, 3]) subject.line(`WRITE m ${nanoseconds(NOW_MS + ms)} v=${ms}`);
  const [start, end] = [nanoseconds(NOW_MS + 1), nanoseconds(NOW_MS + 3)];
  expect(subject.line(`QUERY m ${start} ${end} all`)).toEqual([
    `m ${nanoseconds(NOW_MS + 1)} v=1`,
    `m ${nanoseconds(NOW_MS + 2)} v=2`,
  ]);
});

test('a point that is there is not added again, another at the same time is', () => {
  const subject = subjectAt();
  for (const fields of ['a=1', 'a=1', 'a=2', 'A=1']) subject.line(`WRITE m now ${fields}`);
  const at = nanoseconds(NOW_MS);
  expect(subject.line('QUERY m 0 1h all')).toEqual([`m ${at} A=1`, `m ${at} a=1`, `m ${at} a=2`]);
  expect(subject.line('STATS')).toEqual([
    ['num_measurements', '1'],
    ['num_points', '3'],
    ['retain', '168h0m0s'],
    ['total_dels', '0'],
    ['total_sets', '3'],
  ]);
});

test('points that are older than what is retained are gone, at once and for good', () => {
  const subject = subjectAt();
  subject.line('WRITE m -10m a=1');
  subject.line('WRITE m -5m a=2');
  subject.line('WRITE old -10m a=3');
  expect([subject.line('RETAIN'), subject.line('RETAIN 10m')]).toEqual(['168h0m0s', '+OK']);
  expect(subject.line('RETAIN')).toBe('10m0s');
  const left = [`m ${nanoseconds(NOW_MS - 5 * MINUTE_MS)} a=2`];
  expect(subject.line('QUERY m 0 now all')).toEqual(left);
  expect(subject.line('STATS')).toEqual([
    ['num_measurements', '1'],
    ['num_points', '1'],
    ['retain', '10m0s'],
    ['total_dels', '2'],
    ['total_sets', '3'],
  ]);
  subject.line('RETAIN 24h');
  expect(subject.line('QUERY m 0 now all')).toEqual(left);
  subject.line('RETAIN 6m');
  subject.nowMs += MINUTE_MS;
  expect(subject.line('QUERY m 0 now all')).toEqual([]);
});

test('a point that is too old when it is written counts as written and dropped', () => {
  const subject = subjectAt();
  subject.line('RETAIN 1m');
  expect(subject.line('WRITE m -1m a=1')).toBe('+OK');
  expect(subject.line('QUERY m 0 now all')).toEqual([]);
  expect(subject.line('STATS')).toContainEqual(['total_dels', '1']);
});

test('bad arguments are refused', () => {
  const subject = subjectAt();
  expect([
    subject.run('WRITE', 'a b', 'now', 'x'),
    subject.run('WRITE', 'm', 'now', 'x y'),
    subject.line('WRITE m xx y'),
    subject.line('WRITE m 99999999999999999999 y'),
    subject.line('QUERY m 0 now some'),
    subject.line('QUERY m 0 tomorrow all'),
    subject.line('RETAIN -1s'),
    subject.line('RETAIN 1'),
    subject.line('RETAIN 1s 1s'),
    subject.line('WRITE m now'),
  ]).toEqual([
    '-ERR syntax error',
    '-ERR syntax error',
    '-ERR time: invalid duration "xx"',
    '-ERR time: invalid duration "99999999999999999999"',
    '-ERR value is not an integer or out of range',
    '-ERR time: invalid duration "tomorrow"',
    '-ERR syntax error',
    '-ERR syntax error',
    '-ERR syntax error',
    "-ERR wrong number of arguments for 'write' command",
  ]);
});

test('a restored machine answers and hashes as one that was never stopped', () => {
  const random = new Pcg32(9n);
  let subject = subjectAt();
  const never = subjectAt();
  subject.line('RETAIN 2s');
  never.line('RETAIN 2s');
  for (let step = 0; step < 3000; step++) {
    const nowMs = NOW_MS + step;
    subject.nowMs = nowMs;
    never.nowMs = nowMs;
    const line = `WRITE m${random.nextUint32() % 5} -${random.nextUint32() % 2500}ms v=${step % 7}`;
    expect(subject.line(line)).toBe(never.line(line));
    if (step % 700 === 0) {
      const restored = subjectAt(nowMs);
      restored.restoreFrom(subject.takeSnapshot());
      subject = restored;
    }
    if (step % 100 === 0) {
      expect(subject.machine.stateHash()).toBe(never.machine.stateHash());
      expect(subject.line('STATS')).toEqual(never.line('STATS'));
      expect(subject.line('QUERY m1 0 now all')).toEqual(never.line('QUERY m1 0 now all'));
    }
  }
});
