/*
 * `npm start`: the window where Electron can run, else the same product in the browser, saying why.
 *
 *   npm start                      Electron, or web mode with one line that says why
 *   npm start -- --electron        Electron or an error; tries to fetch it even after a failure, and longer
 *   npm start -- --web             web mode at once
 *   npm start -- --no-sandbox      Electron without Chromium's sandbox: the only way as root
 *   npm start -- --web --port N    the rest goes to `raftdeck serve`, or to the Electron app
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { electronBinary } from './electron-binary.mjs';
import { electronEnding } from './electron-ending.mjs';
import {
  fetchElectron,
  FETCH_LIMIT_MS,
  INSISTING_LIMIT_MS,
  rememberedFailure,
} from './electron-fetch.mjs';
import { windowObstacle } from './window-obstacle.mjs';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** An Electron that ends this soon with an error never showed a window. */
const FAILED_START_MS = 10_000;

const args = process.argv.slice(2);
const forced = args.includes('--electron')
  ? 'electron'
  : args.includes('--web')
    ? 'web'
    : undefined;
const rest = args.filter((arg) => arg !== '--electron' && arg !== '--web');

/** Whether somebody asked us to end; then a quick end is not a failed start. */
let interrupted = false;

if (forced === 'web') {
  process.exitCode = await runWeb();
} else {
  const electron = await findElectron();
  if ('reason' in electron) {
    if (forced === 'electron') {
      console.error(`raftdeck: cannot open the window: ${electron.reason}`);
      process.exitCode = 1;
    } else {
      process.exitCode = await runWebBecause(electron.reason);
    }
  } else {
    process.exitCode = await runElectron(electron.path);
  }
}

/** @returns {Promise<{ path: string } | { reason: string }>} */
async function findElectron() {
  const obstacle = windowObstacle({
    platform: process.platform,
    env: process.env,
    userId: process.getuid?.(),
    sandbox: !args.includes('--no-sandbox'),
  });
  if (obstacle !== undefined) return { reason: obstacle };
  const found = electronBinary(ROOT);
  if ('path' in found) return found;
  const earlier = forced === 'electron' ? undefined : rememberedFailure(ROOT, Date.now());
  if (earlier !== undefined) {
    const hint = 'npm start -- --electron tries again';
    return { reason: `fetching Electron failed within the last day: ${earlier.cause} (${hint})` };
  }
  return fetchAndFind(found.missing);
}

/**
 * @param {string} missing
 * @returns {Promise<{ path: string } | { reason: string }>}
 */
async function fetchAndFind(missing) {
  // Who insists on the window waits for it, on a slow line too.
  const limitMs = forced === 'electron' ? INSISTING_LIMIT_MS : FETCH_LIMIT_MS;
  const limit = limitMs / 1000;
  console.log(`raftdeck: ${missing}; fetching it (once, about 110 MB, at most ${limit} s)`);
  const cause = await fetchElectron({
    root: ROOT,
    limitMs,
    onProgress: (seconds) => {
      if (process.stdout.isTTY) process.stdout.write(`\r  ${seconds} s of ${limit} s `);
      else if (seconds % 10 === 0) console.log(`  ${seconds} s of ${limit} s`);
    },
  });
  if (process.stdout.isTTY) process.stdout.write('\r');
  if (cause !== undefined) return { reason: `Electron could not be fetched: ${cause}` };
  const found = electronBinary(ROOT);
  return 'path' in found ? found : { reason: found.missing };
}

/**
 * @param {string} path
 * @returns {Promise<number>} the exit code
 */
async function runElectron(path) {
  const startedMs = Date.now();
  const env = { ...process.env };
  delete env['ELECTRON_RUN_AS_NODE'];
  const ending = await runForeground(path, [ROOT, ...rest], env);
  const failedToStart =
    ending.code !== 0 && Date.now() - startedMs < FAILED_START_MS && !interrupted;
  if (!failedToStart) return exitCode(ending);
  const without = args.includes('--no-sandbox') ? null : 'npm start -- --no-sandbox';
  const reason = electronEnding({ ...ending, platform: process.platform, without });
  if (forced !== 'electron') return runWebBecause(reason);
  console.error(`raftdeck: cannot open the window: ${reason}`);
  return exitCode(ending);
}

/**
 * @param {string} reason why the window that was wanted does not open; the page says it too
 * @returns {Promise<number>} the exit code
 */
function runWebBecause(reason) {
  console.log(`raftdeck: web mode, because ${reason}`);
  return runWeb({ ...process.env, RAFTDECK_MODE_REASON: reason });
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<number>} the exit code
 */
async function runWeb(env = process.env) {
  const cli = join(ROOT, 'out', 'node', 'raftdeck.js');
  const serveArgs = rest.filter((arg) => arg !== '--no-sandbox');
  const nodeArgs = ['--enable-source-maps', cli, 'serve', '--open', ...serveArgs];
  return exitCode(await runForeground(process.execPath, nodeArgs, env));
}

/**
 * How a program has ended.
 *
 * @typedef {{ code: number | null, signal: NodeJS.Signals | null }} Ending
 */

/**
 * @param {Ending} ending
 * @returns {number} its exit code; 128 + signal number as shells do
 */
function exitCode({ code, signal }) {
  return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}

/**
 * Runs a program in the foreground and passes on the signals that end it. A Ctrl-C of the terminal
 * reaches the whole process group by itself, so the signal is only sent on when it came to us alone.
 *
 * @param {string} program
 * @param {string[]} programArgs
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<Ending>}
 */
function runForeground(program, programArgs, env) {
  return new Promise((resolve) => {
    const child = spawn(program, programArgs, { cwd: process.cwd(), env, stdio: 'inherit' });
    /** @param {NodeJS.Signals} signal */
    const passOn = (signal) => {
      interrupted = true;
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    };
    /** @type {NodeJS.Signals[]} */
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of signals) process.on(signal, passOn);
    /** @param {Ending} ending */
    const finish = (ending) => {
      for (const signal of signals) process.off(signal, passOn);
      resolve(ending);
    };
    child.on('error', (error) => {
      console.error(`raftdeck: cannot run ${program}: ${error.message}`);
      finish({ code: 1, signal: null });
    });
    child.on('exit', (code, signal) => finish({ code, signal }));
  });
}
