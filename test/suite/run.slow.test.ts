import { afterEach, beforeEach, expect, test } from 'vitest';
import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { ROOT } from '../tidy/source-files.ts';

/* test/run.mjs over stand-ins for the programs it runs: what it says is what they did. */

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'raftdeck-run-'));
  mkdirSync(join(root, 'test'));
  copyFileSync(join(ROOT, 'test', 'run.mjs'), join(root, 'test', 'run.mjs'));
  program('typescript/bin/tsc', '');
  program('eslint/bin/eslint.js', '');
  program('prettier/bin/prettier.cjs', '');
  program('vitest/vitest.mjs', vitest({ passed: 2, failed: [], skipped: [] }));
  program('@playwright/test/cli.js', playwright('expected', 0));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function program(path: string, text: string): void {
  const file = join(root, 'node_modules', path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

function vitest(summary: object): string {
  const json = JSON.stringify(JSON.stringify(summary));
  return `import { writeFileSync } from 'node:fs';
    writeFileSync(process.env.RAFTDECK_SUMMARY, ${json});`;
}

function playwright(status: string, code: number): string {
  const annotations = [{ type: 'skip', description: 'no chromium' }];
  const results = [{ error: { message: '\u001b[31mno window' } }];
  const tests = [{ status, annotations, results }];
  const inner = { file: 'a.spec.ts', specs: [{ title: 'the window opens', tests }] };
  const report = { errors: [], suites: [{ file: 'a.spec.ts', specs: [], suites: [inner] }] };
  const json = JSON.stringify(JSON.stringify(report));
  return `require('fs').writeFileSync(process.env.PLAYWRIGHT_JSON_OUTPUT_NAME, ${json});
    process.exit(${String(code)});`;
}

interface Ending {
  readonly code: number | null;
  readonly lastLines: readonly string[];
}

/** What follows the report of the last part, and the exit code. */
function runSuite(...args: readonly string[]): Promise<Ending> {
  const child = spawn(process.execPath, [join(root, 'test', 'run.mjs'), ...args]);
  let output = '';
  child.stdout.on('data', (chunk) => (output += String(chunk)));
  child.stderr.on('data', (chunk) => (output += String(chunk)));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      const lines = output.trimEnd().split('\n');
      const last = lines.findLastIndex((line) => line.startsWith('== '));
      resolve({ code, lastLines: lines.slice(last + 1).filter((line) => line !== '') });
    });
  });
}

test('the sum of all parts is the last line', async () => {
  expect(await runSuite()).toEqual({ code: 0, lastLines: ['13 passed, 0 failed'] });
});

test('skipped tests are listed with their reasons before the sum', async () => {
  const skipped = [
    { name: 'a.test.ts > talks to redis-cli', reason: 'redis-cli is not installed' },
  ];
  program('vitest/vitest.mjs', vitest({ passed: 1, failed: [], skipped }));
  program('@playwright/test/cli.js', playwright('skipped', 0));
  expect(await runSuite('unit', 'app')).toEqual({
    code: 0,
    lastLines: [
      'SKIPPED a.test.ts > talks to redis-cli: redis-cli is not installed',
      'SKIPPED test/e2e/a.spec.ts > the window opens: no chromium',
      '2 skipped',
      '1 passed, 0 failed',
    ],
  });
});

test('a failed test fails the suite, and is named with its reason before the sum', async () => {
  const failed = [
    { name: 'a.test.ts > adds', reason: 'expected 1 to be 2' },
    { name: 'b.test.ts', reason: 'cannot be loaded' },
  ];
  program('vitest/vitest.mjs', vitest({ passed: 1, failed, skipped: [] }));
  program('@playwright/test/cli.js', playwright('unexpected', 1));
  expect(await runSuite('unit', 'app')).toEqual({
    code: 1,
    lastLines: [
      'FAILED a.test.ts > adds: expected 1 to be 2',
      'FAILED b.test.ts: cannot be loaded',
      'FAILED test/e2e/a.spec.ts > the window opens: no window',
      '1 passed, 3 failed',
    ],
  });
});

test('a runner that dies without a report counts as one failure', async () => {
  program('vitest/vitest.mjs', 'process.exit(0);');
  program(
    'eslint/bin/eslint.js',
    'process.kill(process.pid, "SIGKILL"); setInterval(() => {}, 9);',
  );
  expect(await runSuite('unit', 'lint')).toEqual({
    code: 1,
    lastLines: [
      'FAILED part unit: its runner ended with exit code 0 without a report',
      'FAILED eslint --max-warnings 0 .: was ended by SIGKILL',
      '0 passed, 2 failed',
    ],
  });
});

test('a runner that ends with an error after reporting only passes counts as one failure', async () => {
  program('@playwright/test/cli.js', playwright('expected', 1));
  expect(await runSuite('app')).toEqual({
    code: 1,
    lastLines: [
      'FAILED part app: its runner ended with exit code 1 though no test failed',
      '1 passed, 1 failed',
    ],
  });
});

test('a part that does not exist is bad usage', async () => {
  expect((await runSuite('unti')).code).toBe(2);
});
