import { expect, test } from 'vitest';

import { readFiles, type SourceFile } from './source-files.ts';

/** Text that must not stand in the repository, and why. `sample` proves that the pattern works. */
interface Ban {
  readonly pattern: RegExp;
  readonly why: string;
  readonly sample: string;
  readonly only?: RegExp;
}

const BANS: readonly Ban[] = [
  {
    pattern: /\b(TODO|FIXME|XXX|HACK)\b/,
    why: 'finish it, or open an issue and leave the code complete as it is',
    sample: '// TODO: later',
  },
  {
    pattern: /(?<![\w.])\/(home|Users|root|work)\/[\w.-]+/,
    why: "a path of somebody's machine",
    sample: 'see /home/ada/notes',
  },
  {
    pattern: /\bregistry\.[\w-]+\.(org|com|net|io|dev)\b/,
    why: 'where packages come from is the choice of whoever installs',
    sample: 'https://registry.example.org/level',
  },
  {
    pattern: /\b(test|it|describe)\.(only|todo|fails)\b/,
    why: 'it hides other tests, or is none',
    sample: "test.only('x', () => {});",
    only: /^test\//,
  },
  {
    pattern: /\b(test|it|describe)\.skip\(\s*['"`]/,
    why: 'a skip says its reason: requireTool(), or context.skip(reason)',
    sample: "test.skip('x', () => {});",
    only: /^test\//,
  },
  {
    pattern: /@ts-(ignore|nocheck)\b/,
    why: '@ts-expect-error with a reason fails when it is no longer needed',
    sample: '// @ts-ignore',
  },
];

const TEXT_FILES = ['.ts', '.tsx', '.mjs', '.js', '.css', '.html', '.md', '.yml', '.yaml', '.json'];

/* This file holds the samples. */
const EXEMPT = new Set(['package-lock.json', 'test/tidy/banned-text.test.ts']);

function banned({ path, text }: SourceFile): readonly string[] {
  return BANS.filter(({ only }) => only?.test(path) ?? true).flatMap(({ pattern, why }) => {
    const line = text.split('\n').findIndex((candidate) => pattern.test(candidate));
    return line < 0 ? [] : [`${path}:${String(line + 1)}: ${why}`];
  });
}

test('no file holds banned text', () => {
  const files = readFiles('.', TEXT_FILES).filter(
    ({ path }) => !EXEMPT.has(path) && !path.startsWith('test/fixtures/'),
  );
  expect(files.flatMap(banned)).toEqual([]);
});

test.each(BANS)('the ban "$why" finds its sample', ({ sample, why }) => {
  expect(banned({ path: 'test/planted.test.ts', text: sample })).toEqual([
    `test/planted.test.ts:1: ${why}`,
  ]);
});
