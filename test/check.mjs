// `npm run check`: everything a change must pass before it lands, in under a minute on two cores.
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

// The longest first, so that the short ones fill the second core.
const parts = ['check:lint', 'check:unit', 'check:types', 'check:format'];

/**
 * Runs one npm script and keeps its output, so that parallel parts do not interleave.
 *
 * @param {string} name
 * @returns {Promise<PartResult>}
 */
function runPart(name) {
  const started = process.hrtime.bigint();
  return new Promise((resolve) => {
    const child = spawn('npm', ['run', '--silent', name], {
      cwd: root,
      env: { FORCE_COLOR: process.stdout.isTTY ? '1' : '0', ...process.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    /** @type {Buffer[]} */
    const chunks = [];
    child.stdout.on('data', (chunk) => chunks.push(chunk));
    child.stderr.on('data', (chunk) => chunks.push(chunk));
    child.on('error', (error) => chunks.push(Buffer.from(`${error.message}\n`)));
    child.on('close', (code) => {
      const seconds = (Number(process.hrtime.bigint() - started) / 1e9).toFixed(1);
      const passed = code === 0;
      console.log(`${passed ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
      resolve({ name, passed, output: Buffer.concat(chunks).toString() });
    });
  });
}

/** @typedef {{ name: string, passed: boolean, output: string }} PartResult */

const waiting = [...parts];
/** @type {PartResult[]} */
const results = [];

async function worker() {
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    results.push(await runPart(name));
  }
}

await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, worker));

const failed = results.filter((result) => !result.passed);
for (const { name, output } of failed) {
  console.log(`\n--- ${name} ---\n${output.trimEnd()}`);
}
process.exitCode = failed.length === 0 ? 0 : 1;
