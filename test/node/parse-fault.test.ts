import { expect, test } from 'vitest';

import {
  parseClockFault,
  parseDiskFault,
  parseLease,
  parseLinkFault,
} from '../../node-engine/node/faults/parse-fault.ts';

function words(line: string): readonly string[] {
  return line.split(' ');
}

test.each<[line: string, effect: object]>([
  ['2 OUT CUT LEASE 1000', { kind: 'link-cut', direction: 'out' }],
  ['2 in drop 0.25 lease 1000', { kind: 'link-drop', direction: 'in', probability: 0.25 }],
  ['2 IN DROP 1 LEASE 1000', { kind: 'link-drop', direction: 'in', probability: 1 }],
  ['2 IN DELAY 50 LEASE 1000', { kind: 'link-delay', direction: 'in', delayMs: 50, jitterMs: 0 }],
  [
    '2 OUT DELAY 50 JITTER 20 LEASE 1000',
    { kind: 'link-delay', direction: 'out', delayMs: 50, jitterMs: 20 },
  ],
  ['2 OUT RATE 4096 LEASE 1000', { kind: 'link-rate', direction: 'out', bytesPerSecond: 4096 }],
])('LINK %s', (line, effect) => {
  const fault = { ...effect, peerId: '2' };
  expect(parseLinkFault(words(line))).toEqual({ ok: true, fault, leaseMs: 1000 });
});

test.each<[line: string, fault: object]>([
  ['SLOW 300 LEASE 500', { kind: 'disk-slow', delayMs: 300 }],
  ['full LEASE 500', { kind: 'disk-full' }],
  ['FSYNC-ERROR LEASE 500', { kind: 'disk-fsync-error' }],
])('DISK %s', (line, fault) => {
  expect(parseDiskFault(words(line))).toEqual({ ok: true, fault, leaseMs: 500 });
});

test('CLOCK goes both ways', () => {
  const offsetOf = (line: string): unknown => {
    const parsed = parseClockFault(words(line));
    return parsed.ok && parsed.fault.kind === 'clock-offset' ? parsed.fault.offsetMs : parsed;
  };
  expect(offsetOf('3600000 LEASE 500')).toBe(3_600_000);
  expect(offsetOf('-7200000 LEASE 500')).toBe(-7_200_000);
});

test.each<[line: string, problem: RegExp]>([
  ['2 OUT CUT', /ends with LEASE ms/],
  ['2 OUT CUT LEASE', /ends with LEASE ms/],
  ['2 OUT CUT LEASE 99', /LEASE takes 100 to 600000/],
  ['2 OUT CUT LEASE 600001', /LEASE takes 100 to 600000/],
  ['2 OUT CUT LEASE 1e3', /LEASE takes/],
  ['2 BOTH CUT LEASE 1000', /'BOTH' is no direction/],
  ['2 OUT CUT now LEASE 1000', /CUT takes no value, not 'now'/],
  ['2 OUT SNIP LEASE 1000', /'SNIP' is no fault of a link/],
  ['2 OUT DROP 0 LEASE 1000', /probability/],
  ['2 OUT DROP 1.5 LEASE 1000', /probability/],
  ['2 OUT DROP -0.5 LEASE 1000', /probability/],
  ['2 OUT DROP LEASE 1000', /probability/],
  ['2 OUT DELAY 0 LEASE 1000', /DELAY takes 1 to 60000/],
  ['2 OUT DELAY LEASE 1000', /DELAY takes/],
  ['2 OUT DELAY 5 WOBBLE 3 LEASE 1000', /'WOBBLE' is not understood/],
  ['2 OUT DELAY 5 JITTER LEASE 1000', /JITTER takes/],
  ['2 OUT DELAY 5 JITTER 1 2 LEASE 1000', /JITTER takes/],
  ['2 OUT RATE 0 LEASE 1000', /RATE takes 1 to/],
  ['2 OUT LEASE 1000', /'' is no fault of a link/],
])('LINK %s is refused', (line, problem) => {
  const parsed = parseLinkFault(words(line));
  expect(parsed.ok ? 'taken' : parsed.problem).toMatch(problem);
});

test.each<[line: string, problem: RegExp]>([
  ['SLOW LEASE 500', /SLOW takes 1 to 60000/],
  ['SLOW 70000 LEASE 500', /SLOW takes/],
  ['FULL 3 LEASE 500', /FULL takes no value/],
  ['EMPTY LEASE 500', /'EMPTY' is no fault of a disk/],
  ['LEASE 500', /'' is no fault of a disk/],
])('DISK %s is refused', (line, problem) => {
  const parsed = parseDiskFault(words(line));
  expect(parsed.ok ? 'taken' : parsed.problem).toMatch(problem);
});

test.each<[line: string, problem: RegExp]>([
  ['0 LEASE 500', /CLOCK 0 is no fault/],
  ['100000001 LEASE 500', /CLOCK takes -100000000 to 100000000/],
  ['later LEASE 500', /CLOCK takes/],
  ['5 6 LEASE 500', /CLOCK takes/],
])('CLOCK %s is refused', (line, problem) => {
  const parsed = parseClockFault(words(line));
  expect(parsed.ok ? 'taken' : parsed.problem).toMatch(problem);
});

test('a lease alone', () => {
  expect(parseLease(words('LEASE 250'))).toEqual({ ok: true, value: 250 });
  expect(parseLease(words('for LEASE 250'))).toMatchObject({ ok: false });
  expect(parseLease([])).toMatchObject({ ok: false });
});
