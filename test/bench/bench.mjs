/*
 * `npm run bench -- [part ...] [--json] [--rounds N] [--trials N]`: measures the product as it ships.
 *
 * Each part runs its cases in rounds, interleaved with redis-server where it compares, so that a
 * machine that gets slower is slower for both; figures are medians with their spread. Beside each
 * round stands how much of the machine other processes took: above a tenth of a core the figure is
 * marked as noisy, and the run as no result.
 */
import { cpus, release } from 'node:os';
import { parseArgs } from 'node:util';
import { otherLoad } from './load.mjs';
import { summaryOf } from './statistics.mjs';

const PARTS = {
  core: () => import('./core.mjs'),
  start: () => import('./start.mjs'),
  idle: () => import('./idle.mjs'),
  wire: () => import('./wire.mjs'),
  cluster: () => import('./cluster.mjs'),
  memory: () => import('./memory.mjs'),
  snapshot: () => import('./snapshot.mjs'),
  recovery: () => import('./recovery.mjs'),
  fairness: () => import('./fairness.mjs'),
  failover: () => import('./failover.mjs'),
  ui: () => import('./ui.mjs'),
};
const NOISE_MAX_CORES = 0.1;

/**
 * @typedef {import('./types.d.ts').Row} Row
 */

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean' },
    rounds: { type: 'string', default: '3' },
    // Of `failover`: how many leaders are killed.
    trials: { type: 'string' },
  },
});
const rounds = Number(values.rounds);
const trials = values.trials === undefined ? undefined : Number(values.trials);
const names = positionals.length === 0 ? Object.keys(PARTS) : positionals;
for (const name of names) {
  if (!(name in PARTS)) {
    console.error(`no part ${name}; there are ${Object.keys(PARTS).join(', ')}`);
    process.exit(2);
  }
}
if (!Number.isInteger(rounds) || rounds < 1) {
  console.error('--rounds is a whole number of at least 1');
  process.exit(2);
}
if (trials !== undefined && (!Number.isInteger(trials) || trials < 1)) {
  console.error('--trials is a whole number of at least 1');
  process.exit(2);
}

/** @type {Row[]} */
const rows = [];
for (const name of names) {
  const part = await PARTS[/** @type {keyof typeof PARTS} */ (name)]();
  console.error(`${name}: ${rounds} rounds`);
  for (const row of await part.measure({
    rounds,
    otherLoad,
    ...(trials === undefined ? {} : { trials }),
  })) {
    rows.push({ ...row, part: name, ...summaryOf(row.samples) });
  }
}

const noisy = rows.filter((row) => row.othersCores > NOISE_MAX_CORES);
if (values.json === true) {
  const machine = { cpus: cpus().length, model: cpus()[0]?.model, kernel: release() };
  const node = process.version;
  console.log(JSON.stringify({ date: new Date().toISOString(), machine, node, rounds, rows }));
} else {
  console.log(
    'part      case                                      median       min       max  unit',
  );
  for (const row of rows) {
    const figures = [row.median, row.min, row.max].map((figure) => format(figure).padStart(9));
    const mark = row.othersCores > NOISE_MAX_CORES ? `  NOISY ${row.othersCores.toFixed(2)}` : '';
    const ratio = row.ratio === undefined ? '' : `  ${row.ratio.toFixed(2)} of redis`;
    const goal = row.goal === undefined ? '' : `  goal ${row.goal}`;
    const label = `${row.part.padEnd(10)}${row.name.padEnd(40)}`;
    console.log(`${label}${figures.join(' ')}  ${row.unit}${ratio}${goal}${mark}`);
  }
  if (noisy.length > 0) {
    console.log(
      `${noisy.length} of ${rows.length} figures were taken while other processes used more than ` +
        `${NOISE_MAX_CORES} of a core: no result, run it again on a quiet machine`,
    );
  }
}

/** @param {number} figure */
function format(figure) {
  if (figure >= 10_000) return `${(figure / 1000).toFixed(1)}k`;
  return figure >= 100 ? figure.toFixed(0) : figure.toFixed(2);
}
