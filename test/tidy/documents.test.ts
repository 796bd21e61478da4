import { expect, test } from 'vitest';
import { existsSync } from 'node:fs';
import { join, posix } from 'node:path';

import { readFiles, ROOT, type SourceFile } from './source-files.ts';

const LINK = /\]\((?<target>[^)\s]+)\)/g;
const NAMED_PATH = /`(?<path>(?:node-engine|main|renderer|test|docs)\/[\w./-]*)`/g;

/** The files that a document links to or names, relative to the root. */
function namedPaths({ path, text }: SourceFile): readonly string[] {
  const outsideBlocks = text.replace(/^```[\s\S]*?^```/gm, '');
  const links = [...outsideBlocks.matchAll(LINK)]
    .map((match) => match.groups?.['target'] ?? '')
    .filter((target) => !/^(https?:|mailto:|#)/.test(target))
    .map((target) => posix.join(posix.dirname(path), decodeURI(target.split('#')[0] ?? '')));
  const named = [...outsideBlocks.matchAll(NAMED_PATH)].map(
    (match) => match.groups?.['path'] ?? '',
  );
  return [...links, ...named];
}

function deadPaths(file: SourceFile): readonly string[] {
  return namedPaths(file)
    .filter((path) => !existsSync(join(ROOT, path)))
    .map((path) => `${file.path}: ${path}`);
}

test('documents link to and name only files that exist', () => {
  expect(readFiles('.', ['.md']).flatMap(deadPaths)).toEqual([]);
});

test('a dead link and a dead path are found, and code blocks are left alone', () => {
  const text = [
    'See [the licence](../LICENSE), [it](gone.md#part), `test/tidy/documents.test.ts` and `main/gone.ts`.',
    '```',
    'cd `main/also-gone.ts`',
    '```',
  ].join('\n');
  expect(deadPaths({ path: 'docs/page.md', text })).toEqual([
    'docs/page.md: docs/gone.md',
    'docs/page.md: main/gone.ts',
  ]);
});
