import { appendFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, beforeAll, expect, test, type TestContext } from 'vitest';

import { testPort } from '../host/test-port.ts';
import { isRequired, requireTool } from '../require-tool.ts';
import { crashRun, type CrashOutcome, type Phase } from './crash-run.ts';
import { buildShim, type CrashMode } from './crash-shim.ts';

/*
 * A crash or an error at every operation by which a node changes its files: starting, appending, making
 * snapshots, trimming, ending. A sample here; `npm run crashes` goes through all of them.
 */

const SAMPLE_RUNS = 20;
/** A sample that takes longer than this has seen enough, if every mode had its turn. */
const SAMPLE_LIMIT_MS = 50_000;
const MODES: readonly CrashMode[] = ['kill', 'torn', 'after', 'EIO', 'ENOSPC'];

/** Set by `npm run crashes`: every n-th operation, in these modes, with a line per run in a file. */
const STRIDE = Number(process.env['RAFTDECK_CRASH_STRIDE'] ?? 0);
const SWEPT_MODES = MODES.filter((mode) =>
  (process.env['RAFTDECK_CRASH_MODES'] ?? MODES.join(',')).split(',').includes(mode),
);
const REPORT = process.env['RAFTDECK_CRASH_REPORT'] ?? null;

let counted: CrashOutcome;
let library: string;
let port: number;
let skipReason: string | null = null;

beforeAll(async () => {
  try {
    const compiler = requireTool('gcc', {
      skip: (reason) => {
        throw new Error(reason);
      },
    });
    if (process.platform !== 'linux') throw new Error('the shim is made for Linux');
    library = buildShim(compiler);
  } catch (error) {
    if (isRequired('gcc')) throw error;
    skipReason = error instanceof Error ? error.message : String(error);
    return;
  }
  port = await testPort();
  counted = await crashRun({ library, port, at: 0, mode: 'kill' });
});

afterAll(() => {
  if (skipReason === null) rmSync(dirname(library), { recursive: true, force: true });
  if (REPORT !== null) appendFileSync(REPORT, `${JSON.stringify(summary)}\n`);
});

/** What a sweep did, by mode. */
const summary: Record<string, Record<string, number>> = {};

/** Operations of a whole run. */
function total(): number {
  return counted.phases.at(-1)?.endsAt ?? 0;
}

function phaseOf(at: number, phases: readonly Phase[]): string {
  return phases.find(({ endsAt }) => at <= endsAt)?.name ?? 'after the end';
}

/** One crash; returns what went wrong, with all that is needed to repeat it. */
async function crash(at: number, mode: CrashMode): Promise<readonly string[]> {
  const outcome = await crashRun({ library, port, at, mode });
  const { operation, acknowledged, problems } = outcome;
  const phase = phaseOf(at, counted.phases);
  const row = (summary[mode] ??= { runs: 0, reached: 0, acknowledged: 0, failed: 0 });
  row['runs'] = (row['runs'] ?? 0) + 1;
  row['reached'] = (row['reached'] ?? 0) + (operation === null ? 0 : 1);
  row['acknowledged'] = (row['acknowledged'] ?? 0) + acknowledged;
  row['failed'] = (row['failed'] ?? 0) + (problems.length > 0 ? 1 : 0);
  if (REPORT !== null) {
    appendFileSync(
      REPORT,
      `${JSON.stringify({ at, mode, phase, ...outcome, phases: undefined })}\n`,
    );
  }
  return problems.map((problem) => `${mode} at ${at} (${phase}, ${String(operation)}): ${problem}`);
}

test('a run without a crash goes through every phase', (context) => {
  if (skipReason !== null) context.skip(skipReason);
  expect(counted).toMatchObject({ operation: null, problems: [], acknowledged: 18 });
  const ends = counted.phases.map(({ endsAt }) => endsAt);
  expect(counted.phases).toHaveLength(10);
  // The shim sees what the node does, in every phase.
  expect(ends.every((end, position) => end > (ends[position - 1] ?? 0))).toBe(true);
});

async function trySample(context: TestContext): Promise<void> {
  if (skipReason !== null) context.skip(skipReason);
  const startMs = performance.now();
  const problems: string[] = [];
  let runs = 0;
  for (let number = 0; number < SAMPLE_RUNS; number += 1) {
    if (runs >= MODES.length && performance.now() - startMs > SAMPLE_LIMIT_MS) break;
    const at = 1 + Math.floor((number * total()) / SAMPLE_RUNS);
    problems.push(...(await crash(at, MODES[number % MODES.length] ?? 'kill')));
    runs += 1;
  }
  expect(problems).toEqual([]);
}

async function tryAll(context: TestContext): Promise<void> {
  if (skipReason !== null) context.skip(skipReason);
  const problems: string[] = [];
  for (const mode of SWEPT_MODES) {
    for (let at = 1; at <= total(); at += STRIDE) problems.push(...(await crash(at, mode)));
  }
  console.log(JSON.stringify(summary));
  expect(problems).toEqual([]);
}

if (STRIDE === 0) {
  test('a sample of crashes, torn writes and errors loses nothing', trySample);
} else {
  test('every crash, torn write and error loses nothing', tryAll, 24 * 60 * 60_000);
}
