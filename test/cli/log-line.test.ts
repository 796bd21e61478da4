import { expect, test } from 'vitest';

import { isLoudEnough, jsonLine, textLine } from '../../main/cli/node/log-line.ts';

const TIME = new Date(2026, 10, 3, 9, 5, 7, 42).getTime();
const RECORD = { pid: 42, role: 'L', timeMs: TIME, level: 'notice', text: 'hello' } as const;

test('a line names process, role, local time and level as Uhaha does', () => {
  expect(textLine(RECORD, false)).toBe('42:L 03 Nov 2026 09:05:07.042 * hello');
  expect(textLine({ ...RECORD, role: 'S', level: 'warning' }, false)).toBe(
    '42:S 03 Nov 2026 09:05:07.042 # hello',
  );
});

test('only the mark is coloured', () => {
  expect(textLine({ ...RECORD, level: 'debug' }, true)).toBe(
    '42:L 03 Nov 2026 09:05:07.042 \u001b[35m.\u001b[0m hello',
  );
  expect(textLine({ ...RECORD, level: 'verbose' }, true)).toBe(
    '42:L 03 Nov 2026 09:05:07.042 - hello',
  );
});

test('text cannot end a line, steer a terminal or turn its direction', () => {
  expect(textLine({ ...RECORD, text: 'a\r\nb\u001b[2Jc\u009bd\u202ee' }, false)).toBe(
    '42:L 03 Nov 2026 09:05:07.042 * a\\x0d\\x0ab\\x1b[2Jc\\x9bd\\u202ee',
  );
});

test('the JSON form is one object with the same facts', () => {
  expect(JSON.parse(jsonLine({ ...RECORD, text: 'a\nb' }))).toEqual({
    time: new Date(TIME).toISOString(),
    pid: 42,
    role: 'leader',
    level: 'notice',
    text: 'a\nb',
  });
  expect(jsonLine({ ...RECORD, text: 'a\nb' })).not.toContain('\n');
});

test('a loudness lets through its own level and what is graver', () => {
  const levels = ['debug', 'verbose', 'notice', 'warning'] as const;
  expect(levels.filter((level) => isLoudEnough(level, 'verbose'))).toEqual(levels.slice(1));
  expect(levels.filter((level) => isLoudEnough(level, 'quiet'))).toEqual([]);
});
