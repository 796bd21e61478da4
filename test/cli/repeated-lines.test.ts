import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { NodeLog } from '../../main/cli/node/node-log.ts';
import { RepeatedLines } from '../../main/cli/node/repeated-lines.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

function texts(lines: readonly { readonly text: string }[]): readonly string[] {
  return lines.map(({ text }) => text);
}

test('lines that differ in numbers alone are alike; others, and other levels, are not', () => {
  const repeated = new RepeatedLines({ burst: 2 });
  const take = (level: 'notice' | 'warning', text: string): readonly string[] =>
    texts(repeated.take(level, text, 0));
  expect(take('notice', 'port 1 refused')).toEqual(['port 1 refused']);
  expect(take('notice', 'port 22 refused')).toEqual(['port 22 refused']);
  expect(take('notice', 'port 333 refused')).toEqual([]);
  expect(take('warning', 'port 333 refused')).toEqual(['port 333 refused']);
  expect(take('notice', 'port 1 accepted')).toEqual(['port 1 accepted']);
  expect(take('notice', 'port 4444 refused')).toEqual([]);
  expect(repeated.rest()).toEqual([
    { level: 'notice', text: '… 2 more like this: port 4444 refused', repeated: 2 },
  ]);
  expect(repeated.rest()).toEqual([]);
});

test('once the time is up the sum is told, and as many are written again', () => {
  const repeated = new RepeatedLines({ burst: 1, windowMs: 100 });
  repeated.take('warning', 'a', 0);
  expect(repeated.dueAtMs()).toBeNull();
  for (let at = 0; at < 40; at += 1) expect(repeated.take('warning', 'a', at)).toEqual([]);
  expect(repeated.dueAtMs()).toBe(100);
  expect(repeated.due(99)).toEqual([]);
  expect(texts(repeated.take('warning', 'a', 100))).toEqual(['… 40 more like this: a', 'a']);
  expect(repeated.take('warning', 'a', 101)).toEqual([]);
});

test('more kinds than are told apart cost no memory, and lose no count', () => {
  const repeated = new RepeatedLines({ burst: 1, kindsMax: 3 });
  repeated.take('notice', 'first', 0);
  repeated.take('notice', 'first', 0);
  let written = 0;
  for (const letter of 'abcdefghijklmnopqrstuvwxyz') {
    written += repeated.take('notice', letter, 0).length;
  }
  expect(written).toBe(26 + 1);
});

function logged(loudness: 'notice' | 'debug', format: 'text' | 'json'): [NodeLog, string[]] {
  const lines: string[] = [];
  const write = (text: string): number => lines.push(text.trim());
  return [new NodeLog({ loudness, format, coloured: false, write }), lines];
}

test('a log tells the sum by itself when nothing more comes, and when it is closed', () => {
  const [log, lines] = logged('notice', 'json');
  for (let at = 0; at < 60; at += 1) log.line('warning', `from ${at}`);
  expect(lines).toHaveLength(20);
  vi.advanceTimersByTime(11_000);
  expect(lines).toHaveLength(21);
  expect(JSON.parse(lines[20] ?? '')).toMatchObject({
    ...{ level: 'warning', text: '… 40 more like this: from 59', repeated: 40 },
  });
  expect(JSON.parse(lines[0] ?? '')).not.toHaveProperty('repeated');
  for (let at = 0; at < 21; at += 1) log.line('warning', `from ${at}`);
  log.close();
  expect(lines.at(-1)).toContain('… 1 more like this: from 20');
  vi.advanceTimersByTime(60_000);
  expect(lines).toHaveLength(42);
});

test('alarms, and everything when everything was asked for, are always written', () => {
  const [quiet, alarms] = logged('notice', 'text');
  for (let at = 0; at < 30; at += 1) quiet.alarm('broken');
  expect(alarms).toHaveLength(30);
  const [debug, lines] = logged('debug', 'text');
  for (let at = 0; at < 30; at += 1) debug.line('verbose', 'again');
  expect(lines).toHaveLength(30);
});
