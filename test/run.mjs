/*
 * `npm test`: every part of the suite, one sum at the end. The last line is `N passed, N failed`; a part
 * that crashed counts as one failed. Every skipped and every failed test is listed with its reason before
 * that line: of a long report often only the end is kept.
 *
 *   npm test                       everything
 *   npm test -- unit app           only these parts
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { constants, setPriority, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';

/**
 * @typedef {import('./summary-reporter.mjs').Summary} Summary
 * @typedef {{ code: number | null, signal: NodeJS.Signals | null }} Ending how a program came to its end
 * @typedef {{ name: string, run: (folder: string) => Promise<Summary> }} Part
 */

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const PROGRAMS = {
  tsc: ['typescript', 'bin', 'tsc'],
  eslint: ['eslint', 'bin', 'eslint.js'],
  prettier: ['prettier', 'bin', 'prettier.cjs'],
  vitest: ['vitest', 'vitest.mjs'],
  playwright: ['@playwright/test', 'cli.js'],
};

/** Slow tests that start no cluster: nobody's election is late because of them, or they of one. */
const WITHOUT_CLUSTERS = ['check', 'crash', 'damage', 'log', 'machine', 'pack', 'raft', 'resp'];

/** Simulated time does not pass faster or slower with the machine's load. */
const SCHEDULES = 'test/sim/swarm.slow.test.ts';

const { PRIORITY_LOW } = constants.priority;

/**
 * Row by row. The lanes of a row run at the same time, the parts of a lane one after the other.
 *
 * @type {Part[][][]}
 */
const ROWS = [
  [
    [{ name: 'types', run: () => verdict('tsc', ['-b']) }],
    [{ name: 'format', run: () => verdict('prettier', ['--check', '--log-level', 'warn', '.']) }],
  ],
  [
    [{ name: 'unit', run: (folder) => vitest(folder, 'unit', ['--project', 'unit']) }],
    [{ name: 'files', run: (folder) => slow(folder, 'files') }],
  ],
  [
    [{ name: 'slow', run: (folder) => slow(folder, 'slow') }],
    // What the clusters leave of the processors, which wait more than they compute.
    [
      { name: 'schedules', run: schedules },
      // Without the cache of `npm run check`: a type that changed elsewhere can break an unchanged file.
      { name: 'lint', run: () => verdict('eslint', ['--max-warnings', '0', '.'], PRIORITY_LOW) },
    ],
  ],
  [[{ name: 'pages', run: (folder) => playwright(folder, 'pages') }]],
  [[{ name: 'app', run: (folder) => playwright(folder, 'app') }]],
];

/**
 * Runs one of the programs in node_modules with Node itself, its output to ours.
 *
 * @param {keyof typeof PROGRAMS} program
 * @param {string[]} args
 * @param {{ env?: Record<string, string>, priority?: number | undefined }} [options] priority as of os.setPriority
 * @returns {Promise<Ending>}
 */
function run(program, args, { env = {}, priority } = {}) {
  const script = join(ROOT, 'node_modules', ...PROGRAMS[program]);
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [script, ...args], {
      cwd: ROOT,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    if (priority !== undefined && child.pid !== undefined) setPriority(child.pid, priority);
    child.on('error', (error) => {
      console.error(error.message);
      resolve({ code: 1, signal: null });
    });
    child.on('exit', (code, signal) => resolve({ code, signal }));
  });
}

/**
 * A part that has one result.
 *
 * @param {keyof typeof PROGRAMS} program
 * @param {string[]} args
 * @param {number} [priority]
 * @returns {Promise<Summary>}
 */
async function verdict(program, args, priority) {
  const ending = await run(program, args, { priority });
  if (ending.code === 0) return { passed: 1, failed: [], skipped: [] };
  const failed = [{ name: [program, ...args].join(' '), reason: wordsOf(ending) }];
  return { passed: 0, failed, skipped: [] };
}

/**
 * @param {string} folder
 * @param {'files' | 'slow'} name
 * @returns {Promise<Summary>}
 */
function slow(folder, name) {
  const folders = WITHOUT_CLUSTERS.map((one) => `test/${one}/`);
  const elsewhere = [...folders.map((one) => `${one}**`), SCHEDULES];
  const which = name === 'files' ? folders : elsewhere.map((one) => `--exclude=${one}`);
  // The others run clusters of real processes: two at a time would starve each other's elections.
  return vitest(folder, name, ['--project', 'slow', '--no-file-parallelism', ...which]);
}

/**
 * @param {string} folder
 * @returns {Promise<Summary>}
 */
function schedules(folder) {
  return vitest(folder, 'schedules', ['--project', 'slow', SCHEDULES], PRIORITY_LOW);
}

/**
 * @param {string} folder
 * @param {string} name
 * @param {string[]} which
 * @param {number} [priority]
 * @returns {Promise<Summary>}
 */
async function vitest(folder, name, which, priority) {
  const file = join(folder, `${name}.json`);
  const reporters = ['--reporter=default', '--reporter=./test/summary-reporter.mjs'];
  const args = ['run', '--silent=passed-only', ...which, ...reporters];
  const env = { RAFTDECK_SUMMARY: file };
  const ending = await run('vitest', args, { env, priority });
  const summary = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
  return settle(name, ending, summary);
}

/**
 * @param {string} folder
 * @param {'pages' | 'app'} project
 * @returns {Promise<Summary>}
 */
async function playwright(folder, project) {
  const file = join(folder, `${project}.json`);
  const config = ['--config', 'test/e2e/playwright.config.ts', '--project', project];
  // An app runs a cluster of real processes, and two would look for the same free ports at once.
  const workers = ['--workers', project === 'pages' ? '2' : '1'];
  const args = ['test', ...config, ...workers, '--reporter=list,json', '--pass-with-no-tests'];
  const ending = await run('playwright', args, { env: { PLAYWRIGHT_JSON_OUTPUT_NAME: file } });
  if (!existsSync(file)) return settle(project, ending, undefined);
  const report = JSON.parse(readFileSync(file, 'utf8'));
  /** @type {Summary} */
  const summary = { passed: 0, failed: [], skipped: [] };
  for (const { message } of report.errors) {
    summary.failed.push({ name: 'outside of every test', reason: message ?? 'no reason given' });
  }
  for (const suite of report.suites) addPlaywrightSuite(suite, summary);
  return settle(project, ending, summary);
}

/**
 * @typedef {object} PlaywrightSuite what we read of Playwright's JSON report
 * @property {string} file
 * @property {PlaywrightSuite[]} [suites]
 * @property {{ title: string, tests: PlaywrightTest[] }[]} specs
 * @typedef {object} PlaywrightTest
 * @property {string} status
 * @property {{ type: string, description?: string }[]} annotations
 * @property {{ error?: { message?: string } }[]} [results]
 */

/**
 * @param {PlaywrightSuite} suite
 * @param {Summary} summary
 */
function addPlaywrightSuite(suite, summary) {
  for (const { title, tests } of suite.specs) {
    for (const test of tests) {
      const name = `test/e2e/${suite.file} > ${title}`;
      if (test.status === 'expected') {
        summary.passed += 1;
      } else if (test.status === 'skipped') {
        const note = test.annotations.find((annotation) => annotation.type === 'skip');
        const reason = note?.description ?? 'no reason given';
        summary.skipped.push({ name, reason });
      } else {
        const reason = test.results?.at(-1)?.error?.message ?? 'no reason given';
        summary.failed.push({ name, reason });
      }
    }
  }
  for (const child of suite.suites ?? []) addPlaywrightSuite(child, summary);
}

/**
 * A runner that ended with an error but reported no failed test has crashed: that is one failure.
 *
 * @param {string} name of the part
 * @param {Ending} ending
 * @param {Summary | undefined} summary
 * @returns {Summary}
 */
function settle(name, ending, summary) {
  const counted = summary ?? { passed: 0, failed: [], skipped: [] };
  const crashed = summary === undefined || (ending.code !== 0 && counted.failed.length === 0);
  if (!crashed) return counted;
  const report = summary === undefined ? 'without a report' : 'though no test failed';
  const failure = { name: `part ${name}`, reason: `its runner ${wordsOf(ending)} ${report}` };
  return { ...counted, failed: [...counted.failed, failure] };
}

/**
 * @param {Ending} ending
 * @returns {string}
 */
function wordsOf({ code, signal }) {
  return signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
}

/**
 * The first lines of a message without its colours: the whole is further up.
 *
 * @param {string} reason
 * @returns {string}
 */
function inShort(reason) {
  const lines = stripVTControlCharacters(reason).split('\n');
  return lines.slice(0, 12).join('\n  ');
}

/**
 * @param {Part} part
 * @param {string} folder
 * @returns {Promise<Summary>}
 */
async function timed({ name, run: runPart }, folder) {
  const startedMs = Date.now();
  console.log(`\n== ${name}`);
  const summary = await runPart(folder);
  const seconds = ((Date.now() - startedMs) / 1000).toFixed(1);
  const { passed, failed } = summary;
  console.log(`== ${name}: ${passed} passed, ${failed.length} failed in ${seconds} s`);
  return summary;
}

async function main() {
  const wanted = process.argv.slice(2);
  const known = ROWS.flat(2).map((part) => part.name);
  const unknown = wanted.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    console.error(`no such part: ${unknown.join(', ')} (there are ${known.join(', ')})`);
    return 2;
  }
  const folder = mkdtempSync(join(tmpdir(), 'raftdeck-test-'));
  /** @type {Summary} */
  const total = { passed: 0, failed: [], skipped: [] };
  try {
    for (const lanes of ROWS) {
      await Promise.all(
        lanes.map(async (lane) => {
          for (const part of lane) {
            if (wanted.length > 0 && !wanted.includes(part.name)) continue;
            const { passed, failed, skipped } = await timed(part, folder);
            total.passed += passed;
            total.failed.push(...failed);
            total.skipped.push(...skipped);
          }
        }),
      );
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  console.log('');
  for (const { name, reason } of total.skipped) console.log(`SKIPPED ${name}: ${reason}`);
  if (total.skipped.length > 0) console.log(`${total.skipped.length} skipped`);
  for (const { name, reason } of total.failed) console.log(`FAILED ${name}: ${inShort(reason)}`);
  console.log(`${total.passed} passed, ${total.failed.length} failed`);
  return total.failed.length === 0 ? 0 : 1;
}

process.exitCode = await main();
