// `npm run coverage`: runs the unit tests of the core and the simulator's scripts, and fails when a branch
// or a function of the core was run by none of them and is not listed with its reason.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

import { UNREACHED } from './unreached-branches.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const reports = 'out/coverage';

/**
 * @typedef {{ start: { line?: number } }} Place
 * @typedef {object} FileCoverage what we read of an Istanbul report
 * @property {Record<string, { type: string, loc: Place }>} branchMap
 * @property {Record<string, number[]>} b
 * @property {Record<string, { name: string, loc: Place }>} fnMap
 * @property {Record<string, number>} f
 */

/** @returns {Promise<{ code: number, output: string }>} */
function runTests() {
  const args = [
    ...['run', '--project', 'unit', 'test/raft', 'test/sim', '--silent=passed-only'],
    ...['--reporter=dot', '--coverage.enabled', '--coverage.provider=v8'],
    ...['--coverage.include=node-engine/raft/**/*.ts', '--coverage.reporter=json'],
    `--coverage.reportsDirectory=${reports}`,
  ];
  const program = join(root, 'node_modules/vitest/vitest.mjs');
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...args], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

/** @returns {Record<string, FileCoverage>} */
function readReport() {
  return JSON.parse(readFileSync(join(root, reports, 'coverage-final.json'), 'utf8'));
}

/** Whatever no test has run: the key by which it may be listed, and where it is. */
function unrun() {
  /** @type {{ key: string, place: string }[]} */
  const found = [];
  let branches = 0;
  for (const [path, { branchMap, b, fnMap, f }] of Object.entries(readReport())) {
    const lines = readFileSync(path, 'utf8').split('\n');
    const file = basename(path);
    for (const [id, arms] of Object.entries(b)) {
      branches += arms.length;
      const branch = branchMap[id];
      const line = branch?.loc.start.line ?? 0;
      const text = (lines[line - 1] ?? '').trim();
      arms.forEach((hits, arm) => {
        if (hits > 0) return;
        const place = `${relative(root, path)}:${line}: ${branch?.type} ${arm + 1}: ${text}`;
        found.push({ key: `${file}: ${text}`, place });
      });
    }
    for (const [id, hits] of Object.entries(f)) {
      const { name = '', loc } = fnMap[id] ?? {};
      const place = `${relative(root, path)}:${loc?.start.line}: function ${name}`;
      if (hits === 0) found.push({ key: place, place });
    }
  }
  return { branches, found };
}

const { code, output } = await runTests();
if (code !== 0) {
  console.log(output);
  process.exit(code);
}
const { branches, found } = unrun();
const listed = UNREACHED.flatMap((group) =>
  group.branches.map(([file, line]) => `${file}: ${line}`),
);
const left = [...listed];
/** @type {string[]} */
const missing = [];
for (const { key, place } of found) {
  const position = left.indexOf(key);
  if (position < 0) missing.push(place);
  else left.splice(position, 1);
}
for (const place of missing) console.log(`run by no test: ${place}`);
for (const key of left) console.log(`listed, but run or gone: ${key}`);
const run = branches - found.length;
console.log(JSON.stringify({ branches, run, listed: listed.length, missing: missing.length }));
process.exitCode = missing.length + left.length === 0 ? 0 : 1;
