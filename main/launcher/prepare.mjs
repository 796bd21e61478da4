/*
 * Makes a fresh clone ready: installs what the lockfile names, builds what the sources say. Runs before
 * `npm start` and `npm test`, when node_modules may not exist yet, so it imports nothing but Node.
 * With nothing to do it takes a tenth of a second.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/* What the build reads. Documents do not count: they change without changing the product. */
const SOURCE_FOLDERS = ['node-engine', 'main', 'renderer'];
const SOURCE_FILES = ['package.json', 'package-lock.json', 'vite.config.ts', 'tsconfig.base.json'];
const STAMP = join('out', 'build-stamp.json');

/**
 * Why node_modules is not what package-lock.json names, or undefined when it is. npm records what it
 * installed in node_modules/.package-lock.json, so an install by hand counts too.
 *
 * @param {string} root the folder that holds package-lock.json
 * @returns {string | undefined}
 */
export function installReason(root) {
  const installedPath = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installedPath)) return 'nothing is installed yet';
  const wanted = readLockedPackages(join(root, 'package-lock.json'));
  const installed = readLockedPackages(installedPath);
  for (const [path, { version, integrity, optional }] of Object.entries(wanted)) {
    if (path === '') continue;
    const found = installed[path];
    if (found === undefined) {
      // A package for another platform is locked and rightly absent.
      if (optional === true) continue;
      return `${path} is missing`;
    }
    if (found.version !== version || found.integrity !== integrity) return `${path} has changed`;
  }
  return undefined;
}

/**
 * @param {string} path
 * @returns {Record<string, { version?: string, integrity?: string, optional?: boolean }>}
 */
function readLockedPackages(path) {
  return JSON.parse(readFileSync(path, 'utf8')).packages ?? {};
}

/**
 * A hash over everything the build reads.
 *
 * @param {string} root
 * @returns {string} 64 hex digits
 */
export function sourceHash(root) {
  const hash = createHash('sha256');
  const paths = [...SOURCE_FILES];
  for (const folder of SOURCE_FOLDERS) {
    if (!existsSync(join(root, folder))) continue;
    for (const entry of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })) {
      paths.push(join(folder, entry));
    }
  }
  for (const path of paths.sort()) {
    const full = join(root, path);
    if (path.endsWith('.md') || !existsSync(full) || !lstatSync(full).isFile()) continue;
    hash.update(`${path}\0`).update(readFileSync(full)).update('\0');
  }
  return hash.digest('hex');
}

/** @param {string} root */
function installIfStale(root) {
  const reason = installReason(root);
  if (reason === undefined) return;
  const modules = join(root, 'node_modules');
  if (existsSync(modules) && lstatSync(modules).isSymbolicLink()) {
    // Somebody else's folder: replacing what it holds would break them.
    console.warn(`raftdeck: ${reason}, but node_modules is a link; leaving it alone`);
    return;
  }
  console.log(`raftdeck: installing packages (${reason})`);
  run(root, [...npmCommand(), 'ci', '--no-audit', '--no-fund', '--loglevel=error']);
}

/**
 * npm is started through Node itself, the same npm that runs this script where there is one.
 *
 * @returns {string[]}
 */
function npmCommand() {
  const running = process.env['npm_execpath'];
  if (running?.endsWith('npm-cli.js')) return [process.execPath, running];
  const beside = join(dirname(process.execPath), 'node_modules', 'npm', 'bin', 'npm-cli.js');
  const below = join(
    dirname(process.execPath),
    ...['..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'],
  );
  const found = [beside, below].find((path) => existsSync(path));
  return found === undefined ? ['npm'] : [process.execPath, found];
}

/**
 * Builds when the sources differ from what was built last.
 *
 * @param {string} root
 */
export function buildIfStale(root) {
  const stamp = join(root, STAMP);
  const sha256 = sourceHash(root);
  if (existsSync(stamp) && JSON.parse(readFileSync(stamp, 'utf8')).sha256 === sha256) return;
  console.log('raftdeck: building');
  // Without a stamp a build that fails half-way is never taken for a whole one.
  rmSync(stamp, { force: true });
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  // Whoever asks for it, a test runner for one, may have set another: it decides which React is built in.
  const production = { NODE_ENV: 'production' };
  run(root, [process.execPath, vite, 'build', '--app', '--logLevel', 'warn'], production);
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, `${JSON.stringify({ sha256 })}\n`);
}

/**
 * @param {string} root
 * @param {string[]} command
 * @param {Record<string, string>} [environment] beside that of this process
 */
function run(root, [program, ...args], environment = {}) {
  if (program === undefined) throw new Error('nothing to run');
  const result = spawnSync(program, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...environment },
  });
  if (result.error !== undefined) throw result.error;
  if (result.status !== 0) {
    const ending = result.signal ?? `exit code ${String(result.status)}`;
    throw new Error(`${[program, ...args].join(' ')} ended with ${ending}`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    installIfStale(ROOT);
    buildIfStale(ROOT);
  } catch (error) {
    console.error(`raftdeck: ${error instanceof Error ? error.message : String(error)}`);
    // `npm test` ends with its sum even when it could not begin.
    if (process.env['npm_lifecycle_event'] === 'pretest') console.log('0 passed, 1 failed');
    process.exitCode = 1;
  }
}
