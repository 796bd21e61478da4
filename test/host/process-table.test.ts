import { spawn } from 'node:child_process';
import { expect, test } from 'vitest';

import { parseProcStat, parsePs, processEntry, stateOf } from '../../main/host/process-table.ts';

/** A line of /proc/<pid>/stat with that name, state and start time. */
function statLine(name: string, state: string, startTime: string): string {
  const rest = Array.from({ length: 18 }, (_, index) => String(index)).join(' ');
  return `4120 (${name}) ${state} ${rest} ${startTime} 0 0\n`;
}

test.each([
  ['S', 'running'],
  ['R', 'running'],
  ['D', 'running'],
  ['T', 'frozen'],
  ['t', 'frozen'],
  ['Z', 'ended'],
  ['X', 'ended'],
])('state %s is %s', (letter, state) => {
  expect(parseProcStat(statLine('node', letter, '987'))).toEqual({ startTime: '987', state });
});

test('a program may call itself anything', () => {
  const line = statLine('a) Z 1 2 (x', 'S', '987');
  expect(parseProcStat(line)).toEqual({ startTime: '987', state: 'running' });
});

test('what is no stat line is no process', () => {
  for (const text of ['', 'x', '1 (x) S']) expect(parseProcStat(text)).toBeNull();
});

test('ps is read with its padding', () => {
  expect(parsePs(' S+   Fri Nov 20 10:11:12 2026  \n')).toEqual({
    startTime: 'Fri Nov 20 10:11:12 2026',
    state: 'running',
  });
  expect(parsePs('T    Fri Nov 20 10:11:12 2026\n')?.state).toBe('frozen');
  expect(parsePs('')).toBeNull();
});

test('this process is found, an ended one is not', async (context) => {
  const entry = processEntry(process.pid);
  if (entry === null) return context.skip('this system does not tell when a process started');
  expect(entry.state).toBe('running');
  expect(stateOf({ pid: process.pid, startTime: entry.startTime })).toBe('running');
  expect(stateOf({ pid: process.pid, startTime: `${entry.startTime}1` })).toBe('ended');
  const child = spawn(process.execPath, ['-e', '']);
  await new Promise((resolve) => child.once('exit', resolve));
  expect(processEntry(child.pid ?? 0)).toBeNull();
});
