import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { ROOT } from '../tidy/source-files.ts';

/* docs/compatibility.md: every check and every defect is there, and is tested where it says. */

const PAGE = readFileSync(join(ROOT, 'docs', 'compatibility.md'), 'utf8');
/** Where we answer otherwise than Finn and Uhaha on purpose. Nothing else may differ. */
const MAY_DIFFER = new Set(
  '6.1#2 6.1#7 6.3#1 6.3#7 6.3#8 6.4#1 6.4#3 6.4#6 6.4#12 6.4#15 6.4#18 6.4#22'.split(' '),
);

function numbered(prefix: string, last: number): readonly string[] {
  return Array.from({ length: last }, (_, at) => `${prefix}${at + 1}`);
}

const CHECKS = [
  ...numbered('6.1#', 13),
  ...numbered('6.2#', 5),
  ...numbered('6.3#', 11),
  ...numbered('6.4#', 20),
  '6.4#20b',
  '6.4#21',
  '6.4#22',
];
const DEFECTS = [...numbered('U', 21), ...numbered('F', 12)];

function cells(row: string): readonly string[] {
  return row
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}

function rows(first: RegExp): readonly (readonly string[])[] {
  return PAGE.split('\n')
    .filter((line) => line.startsWith('|'))
    .map(cells)
    .filter(([id = '']) => first.test(id));
}

/** The names of the tests in a file, `'` and `"` as they are read. */
function testsIn(path: string): readonly string[] {
  const file = join(ROOT, path);
  expect(existsSync(file), path).toBe(true);
  const call = /\b(?:test|it)(?:\.\w+\([^)]*\))?\(\s*(['"`])((?:\\.|(?!\1).)*)\1/gs;
  return [...readFileSync(file, 'utf8').matchAll(call)].map(([, , name = '']) =>
    name.replace(/\\(['"`])/g, '$1'),
  );
}

/** The numbers that a test is for: `6.3#2–6 …` is for five of them. */
function numbersOf(name: string): readonly string[] {
  const match = /^(6\.\d#)(\w+)(?:–(\d+))? /.exec(name);
  if (match === null) return [];
  const [, group = '', first = '', last] = match;
  if (last === undefined) return [`${group}${first}`];
  const count = Number(last) - Number(first) + 1;
  return Array.from({ length: count }, (_, at) => `${group}${Number(first) + at}`);
}

test('each of the 52 checks is listed once, and is in the test that is named', () => {
  const listed = rows(/^6\.\d#/);
  expect(listed.map(([id]) => id)).toEqual(CHECKS);
  for (const [id = '', , path = ''] of listed) {
    const named = testsIn(path.replaceAll('`', '')).flatMap(numbersOf);
    expect(named, `${path} has a test ${id}`).toContain(id);
  }
});

test('only what is meant to differ differs, with our answer and the reason', () => {
  for (const [id = '', answer = ''] of rows(/^6\.\d#/)) {
    if (MAY_DIFFER.has(id)) expect(answer, id).toMatch(/^differs: .{20,}/);
    else expect(answer, id).toBe('same');
  }
});

test('each defect of Uhaha and Finn has a test that exists', () => {
  const listed = rows(/^[UF]\d+$/);
  expect(listed.map(([id]) => id)).toEqual(DEFECTS);
  for (const [id, , path = '', name = ''] of listed) {
    expect(testsIn(path.replaceAll('`', '')), `${id ?? ''} in ${path}`).toContain(name);
  }
});
