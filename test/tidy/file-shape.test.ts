import { expect, test } from 'vitest';
import { posix } from 'node:path';

import { LARGE_FILES } from './large-files.ts';
import { listFiles, readFiles } from './source-files.ts';

const CODE = ['.ts', '.tsx', '.mjs', '.css'];
const PRODUCT_FOLDERS = ['node-engine', 'main', 'renderer'];
const LINES_NEED_REASON = 400;
const LINES_MAX = 600;

const VAGUE_NAME = /^(index|.*\b(utils?|helpers?|common|manager|misc|stuff)\b.*)$/;
const KEBAB_CASE = /^[a-z0-9]+(-[a-z0-9]+)*$/;

/** The name of a file without its endings: `a-b.slow.test.ts` is `a-b`. */
function stem(path: string): string {
  return posix.basename(path).split('.')[0] ?? '';
}

test('no product file is longer than 600 lines, and one longer than 400 gives its reason', () => {
  const lengths = PRODUCT_FOLDERS.flatMap((folder) => readFiles(folder, CODE)).map(
    ({ path, text }) => ({ path, lines: text.split('\n').length - 1 }),
  );
  const tooLong = lengths.filter(
    ({ path, lines }) =>
      lines > LINES_MAX || (lines > LINES_NEED_REASON && LARGE_FILES[path] === undefined),
  );
  expect(tooLong).toEqual([]);

  const explained = new Set(Object.keys(LARGE_FILES));
  for (const { path, lines } of lengths) if (lines > LINES_NEED_REASON) explained.delete(path);
  expect([...explained], 'reasons for files that are no longer large').toEqual([]);
});

test('files have kebab-case names that say what is in them', () => {
  const bad = [...PRODUCT_FOLDERS, 'test']
    .flatMap((folder) => listFiles(folder, CODE))
    .filter((path) => !path.startsWith('test/fixtures/'))
    .filter((path) => !KEBAB_CASE.test(stem(path)) || VAGUE_NAME.test(stem(path)));
  expect(bad).toEqual([]);
});
