import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';

import { exitReason, isMessage } from '../../main/host/process-exit.ts';

function lastWordsOf(script: string): string | null {
  const { stderr } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' });
  return stderr.split('\n').findLast(isMessage)?.trim() ?? null;
}

test('the last words of a process are the message of its error, not what stands below it', () => {
  expect(lastWordsOf('JSON.parse("{")')).toMatch(/^SyntaxError: /);
  const withFields =
    'throw Object.assign(new Error("no leader"), { code: "E_NONE", list: [1, 2] })';
  expect(lastWordsOf(withFields)).toBe('Error: no leader');
  expect(lastWordsOf('console.error("cannot open the log"); process.exit(1)')).toBe(
    'cannot open the log',
  );
});

test('an exit is told with them, and one that was asked for without', () => {
  expect(exitReason({ code: 1, signal: null, atMs: 1 }, null, 'Error: no leader')).toBe(
    'exit code 1: Error: no leader',
  );
  expect(exitReason({ code: 0, signal: null, atMs: 1 }, 'stop', 'bye')).toBeNull();
  expect(exitReason({ code: null, signal: 'SIGKILL', atMs: 1 }, 'kill', 'bye')).toBe('SIGKILL');
});
