import { expect, test } from 'vitest';

import { ERROR_CODES } from '../../node-engine/framework.ts';
import { ReplyError } from '../../node-engine/machine/node-handle.ts';
import { commandsPage } from '../docs/commands-page.ts';
import { readFiles } from '../tidy/source-files.ts';

/** First words of texts that are made into errors, and of the table of refusals. */
const ERROR = /(?:errorReply\(|type: 'error', text: )\s*[`'"](?<code>[A-Z]{2,})\b/g;
const REFUSAL = /': '(?<code>[A-Z]{2,}) [a-z]/g;

test('every error a node answers begins with a code of the one list', () => {
  const used = new Map<string, string>();
  for (const { path, text } of readFiles('node-engine', ['.ts'])) {
    const isTable = path.endsWith('failure-reply.ts');
    const found = [...text.matchAll(ERROR), ...(isTable ? text.matchAll(REFUSAL) : [])];
    for (const { groups } of found) used.set(groups?.['code'] ?? '', path);
  }
  for (const found of ['ERR', 'MOVED', 'UNKNOWN', 'MISCONF', 'LOADING']) {
    expect(used.has(found), `the search finds ${found}`).toBe(true);
  }
  const strangers = [...used].filter(([code]) => !(code in ERROR_CODES));
  expect(strangers).toEqual([]);
});

test('every code is explained on the page of commands', () => {
  const page = commandsPage();
  for (const code of Object.keys(ERROR_CODES)) expect(page).toMatch(new RegExp(`\`${code}[ \`]`));
});

test('an error tells whether its command may have been done', () => {
  expect(new ReplyError('UNKNOWN leadership lost').outcome).toBe('unknown');
  expect(new ReplyError('MOVED 1 127.0.0.1:7481').outcome).toBe('not-done');
  expect(new ReplyError('__proto__ x').outcome).toBe('not-done');
});
