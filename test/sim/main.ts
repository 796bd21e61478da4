import { Worker } from 'node:worker_threads';

import { addReport, emptyReport, runMany } from '../../node-engine/sim/run-many.ts';
import type { RunReport, RunRequest } from '../../node-engine/sim/run-many.ts';
import type { ScheduleResult } from '../../node-engine/sim/schedule.ts';
import { parseOptions, USAGE } from './options.ts';
import { unreachedIn } from './reached.ts';
import { replay, shrinkSeed } from './replay.ts';
import type { SimOptions } from './options.ts';
import { runRegressions, runScripts, sweepCrashes } from './scripts/run-all.ts';
import type { ScriptFailure } from './scripts/run-all.ts';
import { summaryOf, vacuousIn } from './summary.ts';

/** Seeds a thread takes at a time. */
const BATCH = 25;

function describeFailure({ seed, violation }: ScheduleResult, profile: string): string {
  const { invariant, message, event } = violation ?? { invariant: '', message: '', event: 0 };
  return (
    `seed ${seed}, event ${event}: ${invariant}: ${message}\n` +
    `  npm run sim -- --replay --seed ${seed} --profile ${profile}`
  );
}

function describeScript({ script, added, invariant, message }: ScriptFailure): string {
  const crash = added === null ? '' : `, ${added.node} crashing at place ${added.effect}`;
  return `script "${script}"${crash}: ${invariant}: ${message}`;
}

/** Runs all seeds on a few threads; batches go to whoever is free. */
async function runParallel(options: SimOptions): Promise<RunReport> {
  const { profile, events, seeds, from, failures } = options;
  const report = emptyReport();
  let next = from;
  const nextBatch = (): RunRequest | null => {
    const left = from + seeds - next;
    if (left <= 0 || report.failures.length >= failures) return null;
    const request = { profile, events, from: next, seeds: Math.min(BATCH, left) };
    next += request.seeds;
    return request;
  };
  if (options.workers <= 1) {
    for (let batch = nextBatch(); batch !== null; batch = nextBatch()) {
      addReport(report, runMany(batch));
    }
    return report;
  }
  const threads = Array.from({ length: options.workers }, () => runThread(report, nextBatch));
  await Promise.all(threads);
  return report;
}

function runThread(report: RunReport, nextBatch: () => RunRequest | null): Promise<void> {
  const worker = new Worker(new URL('./worker.mjs', import.meta.url));
  return new Promise((resolve, reject) => {
    const feed = (): void => {
      const batch = nextBatch();
      if (batch !== null) {
        worker.postMessage(batch);
        return;
      }
      worker.terminate().then(() => {
        resolve();
      }, reject);
    };
    worker.on('message', (part: RunReport) => {
      addReport(report, part);
      feed();
    });
    worker.on('error', reject);
    feed();
  });
}

async function main(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  if (options.replay) return replay(options);
  if (options.shrink) return shrinkSeed(options);
  const startNs = process.hrtime.bigint();
  const scripts = emptyReport();
  const failed = options['no-scripts']
    ? []
    : [...runScripts(scripts, options.failures), ...runRegressions()];
  const enough = failed.length >= options.failures || options.seeds === 0;
  const report = enough ? emptyReport() : await runParallel(options);
  addReport(report, scripts);
  let sweeps = 0;
  if (options.sweep > 0) {
    const sweep = sweepCrashes(report, { every: options.sweep, offset: 0 });
    failed.push(...sweep.failures);
    sweeps = sweep.runs;
  }
  const seconds = Number(process.hrtime.bigint() - startNs) / 1e9;
  if (!options.json) {
    for (const failure of failed) console.log(describeScript(failure));
    for (const failure of report.failures) {
      console.log(describeFailure(failure, options.profile));
    }
  }
  const vacuous = vacuousIn(report);
  if (vacuous.length > 0) console.log(`never put to the test: ${vacuous.join(' ')}`);
  const unreached = unreachedIn(report);
  if (unreached.length > 0) console.log(`never reached: ${unreached.join(', ')}`);
  console.log(JSON.stringify(summaryOf({ report, scripts: failed, sweeps }, options, seconds)));
  const faults = [report.failures, failed, vacuous, unreached];
  return faults.every(({ length }) => length === 0) ? 0 : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.error(USAGE);
  process.exitCode = 2;
}
