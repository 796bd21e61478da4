/*
 * `npm run bench`: measures the product as it ships; `--help` says what it takes, docs/speed.md how
 * its figures are to be read.
 *
 * Each part runs its cases in rounds, interleaved with redis-server where it compares, so that a
 * machine that gets slower is slower for both; figures are medians with their spread. Beside each
 * round stands how much of the machine other processes took.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release } from 'node:os';
import { performance } from 'node:perf_hooks';
import { appendHistory, historyLine, PAGES, readHistory, withTables } from './history.mjs';
import { otherLoad } from './load.mjs';
import { optionsOf, USAGE } from './options.mjs';
import { endPrograms, startedCommands, usePortsFrom } from './programs.mjs';
import { headLine, lineOf } from './table.mjs';

/** @typedef {import('./types.d.ts').HistoryLine} HistoryLine */

/**
 * @type {Record<keyof typeof import('./options.mjs').PARTS |
 *   keyof typeof import('./options.mjs').GROWTH_PARTS, () => Promise<{
 *   measure: (options: import('./types.d.ts').PartOptions) =>
 *     Promise<import('./types.d.ts').Measurement[]> }>>}
 */
const LOAD = {
  core: () => import('./core.mjs'),
  start: () => import('./start.mjs'),
  idle: () => import('./idle.mjs'),
  wire: () => import('./wire.mjs'),
  cluster: () => import('./cluster.mjs'),
  reads: () => import('./reads.mjs'),
  latency: () => import('./latency.mjs'),
  memory: () => import('./memory.mjs'),
  snapshot: () => import('./snapshot.mjs'),
  recovery: () => import('./recovery.mjs'),
  fairness: () => import('./fairness.mjs'),
  failover: () => import('./failover.mjs'),
  ui: () => import('./ui.mjs'),
  fsyncs: () => import('./fsyncs.mjs'),
  etcd: () => import('./etcd.mjs'),
  crash: () => import('./crash.mjs'),
  'growth-members': () => import('./growth/members.mjs'),
  'growth-keys': () => import('./growth/keys.mjs'),
  'growth-connections': () => import('./growth/connections.mjs'),
  'growth-values': () => import('./growth/values.mjs'),
  'growth-log': () => import('./growth/log.mjs'),
};

const { options, wrong } = optionsOf(process.argv.slice(2));
if (options === undefined) {
  console.error(`${wrong}\n\n${USAGE}`);
  process.exit(2);
}
if (options.help) {
  console.log(USAGE);
  process.exit(0);
}
usePortsFrom(options.basePort);
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
  process.once(signal, () => {
    void endPrograms().finally(() => process.exit(1));
  });
}
const loadBefore = loadavg()[0] ?? Number.NaN;
const run = describeRun();
/** @type {HistoryLine[]} */
const all = [];
/** @type {string[]} */
const notes = [];
/** @type {string[]} */
const failed = [];
if (!options.json) {
  console.log(`${run.machine}, Node ${run.node}, commit ${run.commit}, rounds: ${options.rounds}`);
}
for (const name of options.parts) {
  try {
    await measurePart(name);
  } catch (error) {
    // One part that cannot run must not cost the figures of the others.
    failed.push(name);
    console.error(`${name} failed: ${error instanceof Error ? (error.stack ?? '') : error}`);
  }
}
const doubted = all.filter(({ doubt }) => doubt !== undefined).length;
if (options.json) {
  console.log(JSON.stringify({ ...run, rounds: options.rounds, notes, failed, figures: all }));
} else {
  const missed = all.filter(({ verdict }) => verdict === 'missed').length;
  const held = all.filter(({ verdict }) => verdict !== undefined).length;
  console.log(`\n${all.length} figures; of ${held} results with a goal ${missed} missed it`);
  if (doubted > 0) {
    console.log(`${doubted} are no result, for the reason beside each: run them again in quiet`);
  }
  const worst = Math.max(0, ...all.map(({ othersCores }) => othersCores));
  const [loadAfter = Number.NaN] = loadavg();
  console.log(
    `others used up to ${worst.toFixed(2)} cores of ${cpus().length}; ` +
      `load average ${loadBefore.toFixed(1)} before, ${loadAfter.toFixed(1)} after`,
  );
  if (failed.length > 0) console.log(`parts that failed: ${failed.join(', ')}`);
}
process.exitCode = failed.length > 0 ? 1 : 0;

/** @param {string} name */
async function measurePart(name) {
  const part = await LOAD[/** @type {keyof typeof LOAD} */ (name)]();
  const start = performance.now();
  const noted = notes.length;
  const { rounds, trials, scale, ui, soakMinutes } = options ?? { rounds: 1, scale: 1 };
  /** @param {string} text */
  const note = (text) => {
    notes.push(`${name}: ${text}`);
  };
  console.error(`${name} …`);
  const measured = await part.measure({
    rounds,
    scale,
    note,
    otherLoad,
    ...(trials === undefined ? {} : { trials }),
    ...(ui === undefined ? {} : { ui }),
    ...(soakMinutes === undefined ? {} : { soakMinutes }),
  });
  for (const command of startedCommands()) note(`nodes of: ${command}`);
  const lines = measured.map((measurement) => historyLine(run, name, measurement, scale));
  all.push(...lines);
  if (options?.record === true) record(lines);
  if (options?.json === true) return;
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  console.log(`\n${name}, ${seconds} s\n${headLine()}`);
  for (const line of lines) console.log(lineOf(line));
  for (const text of notes.slice(noted)) console.log(text);
}

/** @param {readonly HistoryLine[]} lines */
function record(lines) {
  appendHistory(lines);
  for (const page of PAGES) {
    writeFileSync(page, withTables(readFileSync(page, 'utf8'), readHistory()));
  }
}

/** @returns {import('./types.d.ts').RunDescription} */
function describeRun() {
  /** @param {readonly string[]} args */
  const git = (...args) =>
    execFileSync('git', args, { cwd: import.meta.dirname, encoding: 'utf8' }).trim();
  // What a run writes itself is no change of what it measures.
  const changes = git('status', '--porcelain', '--', ':/', ':!/docs').length > 0;
  const processors = cpus();
  return {
    date: new Date().toISOString(),
    commit: `${git('rev-parse', '--short', 'HEAD')}${changes ? '+' : ''}`,
    machine: `${String(processors.length)} × ${processors[0]?.model ?? '?'}, Linux ${release()}`,
    node: process.version,
  };
}
