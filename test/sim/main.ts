import { Worker } from 'node:worker_threads';

import { addReport, emptyReport, runMany, scheduleOf } from '../../node-engine/sim/run-many.ts';
import type { RunReport, RunRequest } from '../../node-engine/sim/run-many.ts';
import type { ScheduleResult } from '../../node-engine/sim/schedule.ts';
import { explain } from './explain.ts';
import { freshSeeds } from './fresh-seeds.ts';
import { parseOptions, USAGE } from './options.ts';
import { impossibleIn, unreachedIn } from './reached.ts';
import { replay, shrinkSeed } from './replay.ts';
import type { SimOptions } from './options.ts';
import { runRegressions, runScripts, sweepCrashes } from './scripts/run-all.ts';
import type { ScriptFailure } from './scripts/run-all.ts';
import { rateOf, summaryOf, vacuousIn } from './summary.ts';

/** Seeds a thread takes at a time. */
const BATCH = 25;
/** Room for what dies young, which is nearly everything: fewer collections, each as cheap. */
const YOUNG_MEGABYTES = 96;

function describeFailure({ seed, violation }: ScheduleResult, options: SimOptions): string {
  const { invariant, message, event } = violation ?? { invariant: '', message: '', event: 0 };
  const length = options.events === 0 ? '' : ` --events ${options.events}`;
  const mutant = options.mutant === '' ? '' : ` --mutant ${options.mutant}`;
  return (
    `seed ${seed}, event ${event}: ${invariant}: ${message}\n` +
    `  npm run sim -- --replay --seed ${seed} --profile ${options.profile}${length}${mutant}`
  );
}

/** Writes down the first failing schedule, small, for people to look at. */
function explainFirst(report: RunReport, options: SimOptions): void {
  const [failure] = report.failures;
  if (failure === undefined) return;
  const { profile, events, limit } = options;
  const input = scheduleOf({ seed: failure.seed, profile, events });
  const explained = explain(input, { folder: 'out/sim-failures', limit });
  if (explained === null) return;
  console.log(`${explained.drawing}\n${explained.violation.message}`);
  console.log(`seed ${failure.seed} shrunk to ${explained.events} events; see`);
  for (const file of explained.files) console.log(`  ${file}`);
}

function describeScript({ script, added, invariant, message }: ScriptFailure): string {
  const crash = added === null ? '' : ` --crash ${added.node}:${added.effect}`;
  return (
    `script "${script}": ${invariant}: ${message}\n` +
    `  npm run sim -- --replay --script "${script}"${crash}`
  );
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
  const worker = new Worker(new URL('./worker.mjs', import.meta.url), {
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MEGABYTES },
  });
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
  const asked = parseOptions(args);
  const fresh = asked.fresh ? freshSeeds('.') : null;
  const options: SimOptions = fresh === null ? asked : { ...asked, from: fresh.from };
  if (options.replay) return replay(options);
  if (options.shrink) return shrinkSeed(options);
  const startNs = process.hrtime.bigint();
  const scripts = emptyReport();
  const failed = options['no-scripts']
    ? []
    : [...runScripts(scripts, options.failures), ...runRegressions()];
  const enough = failed.length >= options.failures || options.seeds === 0;
  if (fresh !== null && !options.json) {
    console.log(`seeds from ${fresh.from} (${fresh.reason})`);
  }
  const report = enough ? emptyReport() : await runParallel(options);
  const seeded = { ...report.counts };
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
      console.log(describeFailure(failure, options));
    }
    console.log(rateOf(report.schedules, seeded, seconds));
    explainFirst(report, options);
  }
  const vacuous = vacuousIn(report);
  if (vacuous.length > 0) console.log(`never put to the test: ${vacuous.join(' ')}`);
  const unreached = unreachedIn(report);
  if (unreached.length > 0) console.log(`never reached: ${unreached.join(', ')}`);
  const impossible = impossibleIn(report);
  if (impossible.length > 0) console.log(`cannot be, and was: ${impossible.join(', ')}`);
  const run = { report, seeded, scripts: failed, sweeps };
  console.log(JSON.stringify(summaryOf(run, options, seconds)));
  const faults = [report.failures, failed, vacuous, unreached, impossible];
  return faults.every(({ length }) => length === 0) ? 0 : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.error(USAGE);
  process.exitCode = 2;
}
