import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

import type { Operation } from '../../../node-engine/check/operation.ts';
import { checkInThread } from '../../../main/host/load/check-history.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'raftdeck-checker-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A thread that does this, in the place of the checker. */
function threadOf(code: string): string {
  const path = join(folder, 'checker.mjs');
  writeFileSync(path, `import { parentPort, workerData } from 'node:worker_threads';\n${code}\n`);
  return path;
}

const write = (id: number, key: string, type: Operation['type'] = 'ok'): Operation => ({
  ...{ id, process: 1, f: 'write', key, input: id, output: null },
  ...{ invokeNs: id, completeNs: id + 1, type },
});

const HISTORY = [write(1, 'a'), write(2, 'b'), write(3, 'b'), write(4, 'c', 'fail')];
const DECIDE_A = `parentPort.postMessage({ key: 'a', verdict: 'linearizable', operations: 1 });`;

test('a check that is ended leaves what it had not decided undecided', async () => {
  const checker = threadOf(`${DECIDE_A} setInterval(() => {}, 1000);`);
  const ending = new AbortController();
  const checked = checkInThread(HISTORY, { checker, startedAtMs: 0, signal: ending.signal });
  setTimeout(() => ending.abort(), 300);
  expect(await checked).toMatchObject({
    ok: true,
    // A key of which every operation was refused is none: there is nothing to explain.
    value: { verdict: 'undecided', keys: 2, undecidedKeys: expect.any(Number) as number },
  });
});

test('a check that runs out of memory says so of its keys, and of no others', async () => {
  const checker = threadOf(`${DECIDE_A} setImmediate(() => { const all = []; for (;;) all.push(
    new Array(1e5).fill(workerData.length)); });`);
  const { signal } = new AbortController();
  const checked = await checkInThread(HISTORY, { checker, startedAtMs: 0, signal, memoryMiB: 32 });
  expect(checked).toMatchObject({ ok: true, value: { verdict: 'undecided' } });
});

test('a checker that fails gives no verdict at all', async () => {
  const checker = threadOf(`${DECIDE_A} throw new Error('broken');`);
  const { signal } = new AbortController();
  const checked = await checkInThread(HISTORY, { checker, startedAtMs: 0, signal });
  expect(checked).toMatchObject({
    ok: false,
    error: { message: 'The checker ended: broken.' },
  });
});
