import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'vite';

const ROOT = join(import.meta.dirname, '..', '..');
const TURNS = 20_000;

/**
 * The Raft core alone: what one replicated run, one message and one read cost when disk and network
 * take no time. Turns of one run show the price of a turn, turns of 64 what a run adds.
 *
 * @param {import('./types.d.ts').PartOptions} options
 */
export async function measure({ rounds, otherLoad }) {
  const { startCores, replicateRuns, confirmReads } = await bundle();
  /** @type {import('./types.d.ts').Measurement[]} */
  const rows = [];
  /**
   * @param {string} name
   * @param {string} unit
   * @param {() => number} sample
   */
  const add = async (name, unit, sample) => {
    const samples = [];
    let othersCores = 0;
    sample();
    for (let round = 0; round < rounds; round += 1) {
      const load = await otherLoad(
        () => [],
        async () => sample(),
      );
      samples.push(load.value);
      othersCores = Math.max(othersCores, load.othersCores);
    }
    rows.push({ name, unit, samples, othersCores });
  };
  for (const [size, runsPerTurn] of /** @type {const} */ ([
    [1, 1],
    [3, 1],
    [3, 64],
    [5, 64],
  ])) {
    const label = `${String(size)} cores, ${String(runsPerTurn)} runs a turn`;
    const turns = Math.ceil(TURNS / Math.sqrt(runsPerTurn));
    const options = { turns, runsPerTurn, commandsPerRun: 1 };
    const figures = () => replicateRuns(startCores(size), options);
    await add(`${label}: replicated run`, 'ns', () => perRun(figures()));
    if (size > 1) await add(`${label}: message`, 'ns', () => perMessage(figures()));
    // All cores run in this one thread, so this is what one core of the machine takes.
    await add(`${label}: events`, '/s', () => eventsPerSecond(figures()));
  }
  for (const commandsPerRun of [1, 16, 256]) {
    const options = { turns: TURNS / 20, runsPerTurn: 4, commandsPerRun };
    const label = `3 cores, ${String(commandsPerRun)} entries a run: proposed entry`;
    const sample = () => perRun(replicateRuns(startCores(3), options)) / commandsPerRun;
    await add(label, 'ns', sample);
  }
  await add('3 cores: read on the leader', 'ns', () => perRun(confirmReads(startCores(3), TURNS)));
  return rows;
}

/** @param {import('./core-cluster.ts').CoreFigures} figures */
function perRun({ nanoseconds, runs }) {
  return nanoseconds / runs;
}

/** @param {import('./core-cluster.ts').CoreFigures} figures */
function eventsPerSecond({ nanoseconds, events }) {
  return (events * 1e9) / nanoseconds;
}

/** @param {import('./core-cluster.ts').CoreFigures} figures */
function perMessage({ nanoseconds, messages }) {
  return nanoseconds / messages;
}

/** @returns {Promise<typeof import('./core-cluster.ts')>} */
async function bundle() {
  const outDir = join(ROOT, 'out/bench-core');
  await build({
    configFile: false,
    root: ROOT,
    logLevel: 'error',
    build: {
      ssr: join(ROOT, 'test/bench/core-cluster.ts'),
      outDir,
      target: 'node20',
      minify: false,
      copyPublicDir: false,
      rolldownOptions: { output: { entryFileNames: 'core-cluster.mjs' } },
    },
  });
  return import(pathToFileURL(join(outDir, 'core-cluster.mjs')).href);
}
