import { appendFileSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { FileTail } from '../../main/host/file-tail.ts';
import { LineSplitter } from '../../main/host/line-splitter.ts';

let folder: string;
let path: string;
let lines: string[];
const tails: FileTail[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'raftdeck-tail-'));
  path = join(folder, 'out.log');
  lines = [];
});

afterEach(() => {
  for (const tail of tails.splice(0)) tail.close();
  rmSync(folder, { recursive: true });
});

function follow(offset: number | null): FileTail {
  const tail = new FileTail(path, offset, (text) => lines.push(text));
  tails.push(tail);
  return tail;
}

test('a file that is not there yet is followed once it is', () => {
  const tail = follow(0);
  tail.poll();
  writeFileSync(path, 'one\ntw');
  tail.poll();
  expect(lines).toEqual(['one']);
  appendFileSync(path, 'o\nthree');
  tail.poll();
  expect(lines).toEqual(['one', 'two']);
  tail.close();
  expect(lines).toEqual(['one', 'two', 'three']);
});

test('following begins at the offset that was given', () => {
  writeFileSync(path, 'old\nnew\n');
  follow(4).poll();
  expect(lines).toEqual(['new']);
});

test('without an offset the last lines are shown', () => {
  writeFileSync(path, `${'x'.repeat(100)}\n`.repeat(2_000));
  follow(null).poll();
  expect(lines.length).toBeGreaterThan(600);
  expect(lines.length).toBeLessThan(700);
});

test('a file that was emptied is read from its new start', () => {
  writeFileSync(path, 'a long first line\n');
  const tail = follow(0);
  tail.poll();
  writeFileSync(path, 'new\n');
  tail.poll();
  expect(lines).toEqual(['a long first line', 'new']);
});

test('more than is read in one go is said to be left out', () => {
  writeFileSync(path, `${'y'.repeat(99)}\n`.repeat(10_000));
  follow(0).poll();
  expect(lines[0]).toMatch(/^… \d+ bytes not shown here/);
  expect(lines.at(-1)).toBe('y'.repeat(99));
});

test('a file that has grown too long is emptied', () => {
  writeFileSync(path, `${'z'.repeat(1023)}\n`.repeat(9 * 1024));
  follow(0).poll();
  expect(statSync(path).size).toBe(0);
});

test('lines are the same however their bytes arrive', () => {
  const bytes = Buffer.from('größe\r\n\nzwei ✓\nrest');
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    const got: string[] = [];
    const splitter = new LineSplitter((text) => got.push(text));
    splitter.write(bytes.subarray(0, cut));
    splitter.write(bytes.subarray(cut));
    splitter.end();
    expect(got).toEqual(['größe', '', 'zwei ✓', 'rest']);
  }
});

test('a line without an end is cut once, and the next one is whole', () => {
  const got: string[] = [];
  const splitter = new LineSplitter((text) => got.push(text));
  for (let piece = 0; piece < 10; piece += 1) splitter.write(Buffer.from('x'.repeat(1_000)));
  splitter.write(Buffer.from('\nnext\n'));
  expect(got.map((line) => line.length)).toEqual([4_098, 4]);
});
