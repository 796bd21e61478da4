import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { electronPackage } from './electron-binary.mjs';

/*
 * One attempt to fetch Electron's program (the npm package does not carry it). Many networks block the
 * host it comes from, some without an answer, so the attempt is bounded and a failure is remembered:
 * the next start goes straight to web mode instead of waiting again.
 */

export const FETCH_LIMIT_MS = 60_000;
/** For who asks for the window and nothing else: 110 MB at 1.5 Mbit/s. */
export const INSISTING_LIMIT_MS = 10 * 60_000;
export const FAILURE_REMEMBERED_MS = 24 * 60 * 60 * 1000;

/**
 * @typedef {{ version: string, failedAtMs: number, cause: string }} FetchFailure
 */

/** @param {string} root */
function failurePath(root) {
  return join(root, 'out', 'electron-fetch-failure.json');
}

/**
 * The failure of an earlier attempt at the same version, while it is still remembered.
 *
 * @param {string} root
 * @param {number} nowMs
 * @returns {FetchFailure | undefined}
 */
export function rememberedFailure(root, nowMs) {
  /** @type {FetchFailure} */
  let failure;
  try {
    failure = JSON.parse(readFileSync(failurePath(root), 'utf8'));
  } catch {
    // Never written, or cut short: nothing is remembered, and the next attempt writes it again.
    return undefined;
  }
  const ageMs = nowMs - failure.failedAtMs;
  const fresh = ageMs >= 0 && ageMs < FAILURE_REMEMBERED_MS;
  return fresh && failure.version === electronPackage(root)?.version ? failure : undefined;
}

/**
 * Runs the package's own installer, which verifies the download against the checksums in the package.
 *
 * @param {object} options
 * @param {string} options.root
 * @param {(seconds: number) => void} options.onProgress called every second
 * @param {number} [options.limitMs]
 * @returns {Promise<string | undefined>} why it failed, or undefined when the program is there
 */
export async function fetchElectron({ root, onProgress, limitMs = FETCH_LIMIT_MS }) {
  const installed = electronPackage(root);
  if (installed === undefined) return 'the electron package is not installed';
  const cause = await runInstaller(join(installed.folder, 'install.js'), onProgress, limitMs);
  if (cause === undefined) {
    rmSync(failurePath(root), { force: true });
  } else {
    mkdirSync(dirname(failurePath(root)), { recursive: true });
    const failure = { version: installed.version, failedAtMs: Date.now(), cause };
    writeFileSync(failurePath(root), `${JSON.stringify(failure)}\n`);
  }
  return cause;
}

/**
 * @param {string} script
 * @param {(seconds: number) => void} onProgress
 * @param {number} limitMs
 * @returns {Promise<string | undefined>}
 */
function runInstaller(script, onProgress, limitMs) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [script], {
      env: { ...process.env, ELECTRON_GET_NO_PROGRESS: '1' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let errors = '';
    let timedOut = false;
    let seconds = 0;
    const ticker = setInterval(() => onProgress(++seconds), 1000);
    const limit = setTimeout(() => {
      timedOut = true;
      child.kill('SIGKILL');
    }, limitMs);
    child.stderr.on('data', (chunk) => (errors = (errors + String(chunk)).slice(-4000)));
    /** @param {string | undefined} cause */
    const finish = (cause) => {
      clearInterval(ticker);
      clearTimeout(limit);
      resolve(cause);
    };
    child.on('error', (error) => finish(error.message));
    child.on('close', (code) => {
      if (timedOut) finish(`no answer within ${limitMs / 1000} s`);
      else finish(code === 0 ? undefined : firstCause(errors));
    });
  });
}

/**
 * The one line of an error report that says why: the innermost cause, else the first line.
 *
 * @param {string} errors
 */
export function firstCause(errors) {
  const lines = errors.split('\n').map((line) => line.trim());
  const causes = lines.filter((line) => /^(\[cause\]: )?\w*Error\b/.test(line));
  const line = causes.at(-1) ?? lines.find((text) => text !== '') ?? 'the installer gave no reason';
  // What Node's fetch says for every network failure when the cause is not printed with it.
  if (/\bfetch failed$/.test(line)) return 'its download host cannot be reached';
  return line.replace(/^\[cause\]: /, '').replace(/\s*\{$/, '');
}
