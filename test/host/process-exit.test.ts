import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';

import { run } from '../../main/cli/run.ts';
import { exitReason, lastWordsAfter } from '../../main/host/process-exit.ts';

function lastWordsOf(script: string): string | null {
  const { stderr } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' });
  return stderr.split('\n').reduce<string | null>(lastWordsAfter, null);
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

test('the last words of a node that was started wrongly are why, not how the flags are used', async () => {
  let stderr = '';
  const program = {
    version: '1.0.0',
    path: process.execPath,
    root: '.',
    env: {},
    print: () => undefined,
    warn: (text: string) => {
      stderr += text;
    },
  };
  const flags = ['-n', '1', '-d', '/nowhere', '--machine', '/nowhere/machine.ts'];
  expect(await run(['node', ...flags], program)).toBe(2);
  expect(stderr.split('\n').reduce<string | null>(lastWordsAfter, null)).toBe(
    'raftdeck: the machine module /nowhere/machine.ts does not exist',
  );
});

test('an exit is told with them, and one that was asked for without', () => {
  expect(exitReason({ code: 1, signal: null, atMs: 1 }, null, 'Error: no leader')).toBe(
    'exit code 1: Error: no leader',
  );
  expect(exitReason({ code: 0, signal: null, atMs: 1 }, 'stop', 'bye')).toBeNull();
  expect(exitReason({ code: null, signal: 'SIGKILL', atMs: 1 }, 'kill', 'bye')).toBe('SIGKILL');
});
