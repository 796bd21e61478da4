// `npm run mutants`: puts known bugs into copies of the core, the driver and the store step, one at a
// time, and lets the simulator find them. A bug that it does not find fails the run.
//
//   npm run mutants                    all of them; the last line is JSON
//   npm run mutants -- M19 B2          these
//   npm run mutants -- --cheap         the twelve that every build tries
//   npm run mutants -- --shrink        and how small a seeded schedule that finds each can be made
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';

import { bundleMutant, loadMutants, unknownMutants } from './bundle-mutant.mjs';
import { root } from './bundle.mjs';

const {
  keep,
  json,
  cheap,
  shrink: shrinks,
  seeds,
  workers,
  wanted,
} = optionsOf(process.argv.slice(2));
/** A bound on hanging, for a machine that does much else as well. */
const LIMIT_MS = 600_000;
/** Seconds of processor time that shrinking one schedule may take. */
const SHRINK_LIMIT = 12;

/**
 * @param {string[]} args
 * @returns what is asked for; ends the process when that is not clear
 */
function optionsOf(args) {
  const flags = { keep: false, json: false, cheap: false, shrink: false };
  const numbers = { seeds: 3000, workers: 2 };
  /** @type {string[]} */
  const wanted = [];
  for (let place = 0; place < args.length; place += 1) {
    const argument = args[place] ?? '';
    const name = argument.replace(/^--/, '');
    if (!argument.startsWith('--')) wanted.push(argument);
    else if (name in flags) Object.assign(flags, { [name]: true });
    else if (name in numbers && /^[1-9]\d{0,8}$/.test(args[place + 1] ?? '')) {
      place += 1;
      Object.assign(numbers, { [name]: Number(args[place]) });
    } else {
      const isNumber = name in numbers;
      console.error(isNumber ? `${argument} needs 1 or more` : `unknown option ${argument}`);
      process.exit(2);
    }
  }
  return { ...flags, ...numbers, wanted };
}

/** @typedef {import('./patch-plugin.mjs').Mutant} Mutant */
/** @typedef {{ id: string, title: string, killed: boolean, by?: string, schedule?: string, schedules?: number, seconds: number, note?: string, shrunk?: number | null }} Verdict */
/** @typedef {{ schedules: number, failures: { seed: number, script?: string, invariant: string, message: string }[] }} Run */

/** @param {Mutant} mutant @returns {Promise<Verdict>} */
async function judge(mutant) {
  const startMs = Date.now();
  const outDir = `out/sim-mutants/${mutant.id}`;
  const folder = await bundleMutant(mutant, outDir);
  const program = join(folder, 'main.mjs');
  const run = await runSimulator(program, []);
  const shrunk = shrinks ? { shrunk: await shrunkEvents(program, run) } : {};
  if (!keep) rmSync(folder, { recursive: true, force: true });
  const seconds = (Date.now() - startMs) / 1000;
  const { id, title } = mutant;
  if (run === null) return { id, title, killed: false, seconds, note: 'no end within the limit' };
  const [failure] = run.failures;
  if (failure === undefined) {
    return { id, title, killed: false, schedules: run.schedules, seconds };
  }
  const schedule = failure.script ?? `seed ${failure.seed}`;
  const { schedules } = run;
  return {
    id,
    title,
    killed: true,
    by: failure.invariant,
    schedule,
    schedules,
    seconds,
    note: failure.message.split('\n')[0].slice(0, 160),
    ...shrunk,
  };
}

/**
 * Events of the smallest schedule that a seed can be shrunk to, as they are drawn: messages that arrive,
 * decisions, and whatever else changes a server. Null when no seed finds the bug.
 *
 * @param {string} program
 * @param {Run | null} run
 * @returns {Promise<number | null>}
 */
async function shrunkEvents(program, run) {
  // A script cannot be shrunk: it is small by itself.
  const isScript = run?.failures[0]?.script !== undefined;
  const seeded = isScript ? await runSimulator(program, ['--no-scripts']) : run;
  const seed = seeded?.failures[0]?.seed;
  if (seed === undefined) return null;
  const options = ['--shrink', '--seed', String(seed), '--limit', String(SHRINK_LIMIT)];
  const text = await output(program, options, 2 * LIMIT_MS);
  const drawn = / events, (?<drawn>\d+) of them drawn/.exec(text)?.groups?.['drawn'];
  return drawn === undefined ? null : Number(drawn);
}

/**
 * @param {string} program
 * @param {string[]} more
 * @returns {Promise<Run | null>} null when it does not end in time
 */
async function runSimulator(program, more) {
  const options = ['--seeds', String(seeds), '--failures', '1', '--workers', '1', '--json'];
  const text = await output(program, [...options, ...more], LIMIT_MS);
  const last = text.trim().split('\n').at(-1) ?? '';
  return last.startsWith('{') ? JSON.parse(last) : null;
}

/**
 * What a program prints, until it ends or the time is over.
 *
 * @param {string} program
 * @param {string[]} options
 * @param {number} limitMs
 * @returns {Promise<string>}
 */
function output(program, options, limitMs) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...options], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.on('data', (chunk) => (text += chunk));
    const timer = setTimeout(() => child.kill('SIGKILL'), limitMs);
    child.on('error', reject);
    child.on('close', () => {
      clearTimeout(timer);
      resolve(text);
    });
  });
}

/** @param {number[]} sorted @returns {number | null} null when it is not finite */
function median(sorted) {
  const middle = sorted[Math.floor((sorted.length - 1) / 2)] ?? Infinity;
  return Number.isFinite(middle) ? middle : null;
}

const startMs = Date.now();
const all = await loadMutants('out/sim-mutants/list');
const unknown = wanted.filter((id) => !all.some((mutant) => mutant.id === id));
if (unknown.length > 0) {
  console.error(unknownMutants(unknown, all));
  process.exit(2);
}
const mutants = all.filter((mutant) => {
  return wanted.length > 0 ? wanted.includes(mutant.id) : !cheap || mutant.isCheap === true;
});
const queue = [...mutants];
/** @type {Verdict[]} */
const verdicts = [];

async function worker() {
  for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
    const verdict = await judge(mutant).catch((error) => ({
      id: mutant.id,
      title: mutant.title,
      killed: false,
      seconds: 0,
      note: String(error?.message ?? error),
    }));
    verdicts.push(verdict);
    if (json) continue;
    const how = verdict.killed
      ? `killed by ${verdict.by} in ${verdict.schedule} (${verdict.schedules} schedules)`
      : `SURVIVED ${verdict.schedules ?? 0} schedules ${verdict.note ?? ''}`;
    console.log(
      `${verdict.id.padEnd(4)} ${how}, ${verdict.seconds.toFixed(1)} s: ${verdict.title}`,
    );
    if (verdict.killed) console.log(`       ${verdict.note}`);
    if (shrinks) console.log(`       smallest seeded schedule: ${verdict.shrunk ?? 'none'} events`);
  }
}

await Promise.all(Array.from({ length: workers }, worker));
if (!keep) rmSync(join(root, 'out/sim-mutants'), { recursive: true, force: true });
const known = verdicts.filter(({ id }) => id.startsWith('M'));
const own = verdicts.filter(({ id }) => id.startsWith('B') || id.startsWith('F'));
const killed = known.filter((verdict) => verdict.killed).length;
const seconds = (Date.now() - startMs) / 1000;
const order = new Map(all.map((mutant, place) => [mutant.id, place]));
verdicts.sort((left, right) => (order.get(left.id) ?? 0) - (order.get(right.id) ?? 0));
const ownKilled = own.filter((verdict) => verdict.killed).length;
const total = known.length;
/** How many each invariant has killed. @type {Record<string, number>} */
const byInvariant = {};
for (const { by } of verdicts) if (by !== undefined) byInvariant[by] = (byInvariant[by] ?? 0) + 1;
const sizes = verdicts.map(({ shrunk }) => shrunk ?? Infinity).sort((one, other) => one - other);
const shrink = shrinks
  ? { medianShrunk: median(sizes), unseeded: sizes.filter((size) => size === Infinity).length }
  : {};
const summary = {
  killed,
  total,
  ownKilled,
  ownTotal: own.length,
  ...shrink,
  byInvariant,
  seconds,
  mutants: verdicts,
};
console.log(JSON.stringify(summary));
process.exitCode = verdicts.every((verdict) => verdict.killed) ? 0 : 1;
