// `npm run mutants`: puts known bugs into copies of the core, the driver and the store step, one at a
// time, and lets the simulator find them. A bug that it does not find fails the run.
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { bundleSimulator } from './bundle.mjs';
import { patchPlugin } from './patch-plugin.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const args = process.argv.slice(2);
const keep = args.includes('--keep');
const json = args.includes('--json');
const cheap = args.includes('--cheap');
const wanted = args.filter((arg) => !arg.startsWith('--') && !/^\d+$/.test(arg));

/** @param {string} name @param {number} fallback */
function numberOf(name, fallback) {
  const position = args.indexOf(name);
  return position < 0 ? fallback : Number(args[position + 1]);
}

const seeds = numberOf('--seeds', 3000);
const workers = numberOf('--workers', 2);
const LIMIT_MS = 120_000;

/** @typedef {import('./patch-plugin.mjs').Mutant} Mutant */
/** @typedef {{ id: string, title: string, killed: boolean, by?: string, schedule?: string, schedules?: number, seconds: number, note?: string }} Verdict */

/** @returns {Promise<Mutant[]>} */
async function loadMutants() {
  const folder = await bundleSimulator({
    outDir: 'out/sim-mutants/list',
    input: { mutants: join(root, 'test/sim/mutants/all-mutants.ts') },
  });
  const list = await import(pathToFileURL(join(folder, 'mutants.mjs')).href);
  return list.MUTANTS;
}

/** @param {Mutant} mutant @returns {Promise<Verdict>} */
async function judge(mutant) {
  const startMs = Date.now();
  const outDir = `out/sim-mutants/${mutant.id}`;
  const folder = await bundleSimulator({ outDir, plugins: [patchPlugin(root, mutant)] });
  const run = await runSimulator(join(folder, 'main.mjs'));
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
  };
}

/**
 * @param {string} program
 * @returns {Promise<{ schedules: number, failures: { seed: number, script?: string, invariant: string, message: string }[] } | null>}
 */
function runSimulator(program) {
  const options = ['--seeds', String(seeds), '--failures', '1', '--workers', '1', '--json'];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...options], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.on('data', (chunk) => (text += chunk));
    const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
    child.on('error', reject);
    child.on('close', () => {
      clearTimeout(timer);
      const last = text.trim().split('\n').at(-1) ?? '';
      resolve(last.startsWith('{') ? JSON.parse(last) : null);
    });
  });
}

const startMs = Date.now();
const all = await loadMutants();
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
  }
}

await Promise.all(Array.from({ length: workers }, worker));
if (!keep) rmSync(join(root, 'out/sim-mutants'), { recursive: true, force: true });
const known = verdicts.filter(({ id }) => id.startsWith('M'));
const own = verdicts.filter(({ id }) => id.startsWith('B'));
const killed = known.filter((verdict) => verdict.killed).length;
const seconds = (Date.now() - startMs) / 1000;
const order = new Map(all.map((mutant, place) => [mutant.id, place]));
verdicts.sort((left, right) => (order.get(left.id) ?? 0) - (order.get(right.id) ?? 0));
const ownKilled = own.filter((verdict) => verdict.killed).length;
const total = known.length;
const summary = { killed, total, ownKilled, ownTotal: own.length, seconds, mutants: verdicts };
console.log(JSON.stringify(summary));
process.exitCode = verdicts.every((verdict) => verdict.killed) ? 0 : 1;
