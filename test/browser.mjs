/*
 * Finds a Chromium for the tests: CHROMIUM_PATH, else an installed one, else the headless one that
 * travels inside the @sparticuz/chromium package, unpacked once per version and user.
 * CHROMIUM=bundled skips the first two, CHROMIUM=installed the last.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, lstatSync, mkdirSync, readFileSync } from 'node:fs';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir, tmpdir, userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';

/**
 * @typedef {object} Browser
 * @property {string} path the program
 * @property {'given' | 'installed' | 'bundled'} from
 * @property {boolean} headed whether it can show a window (the bundled one cannot)
 * @property {Record<string, string>} env what the program needs in its environment
 */

const INSTALLED_NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

/**
 * @returns {Browser | { missing: string }}
 */
export function findBrowser() {
  const given = process.env['CHROMIUM_PATH'];
  const choice = process.env['CHROMIUM'];
  if (given && choice !== 'bundled') {
    if (!existsSync(given)) return { missing: `CHROMIUM_PATH names ${given}, which is not there` };
    return { path: given, from: 'given', headed: true, env: {} };
  }
  if (choice !== 'bundled') {
    const path = INSTALLED_NAMES.map(findProgram).find((found) => found !== undefined);
    if (path !== undefined) return { path, from: 'installed', headed: true, env: {} };
  }
  if (choice === 'installed') return { missing: 'no Chromium is installed' };
  return bundledBrowser();
}

/**
 * The path of a program, as a shell would find it.
 *
 * @param {string} name
 * @returns {string | undefined}
 */
export function findProgram(name) {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, name);
    try {
      if (folder === '') continue;
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this folder: the next one may have it.
    }
  }
  return undefined;
}

/** @returns {Browser | { missing: string }} */
function bundledBrowser() {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return { missing: 'no Chromium is installed, and the bundled one is for Linux on x64' };
  }
  let packageFolder;
  try {
    const entry = createRequire(import.meta.url).resolve('@sparticuz/chromium');
    packageFolder = entry.slice(0, entry.lastIndexOf(join('chromium', 'build'))) + 'chromium';
  } catch {
    return { missing: 'no Chromium is installed, nor the package that bundles one' };
  }
  const folder = unpacked(packageFolder);
  return {
    path: join(folder, 'chromium'),
    from: 'bundled',
    headed: false,
    env: {
      LD_LIBRARY_PATH: [join(folder, 'lib'), process.env['LD_LIBRARY_PATH']]
        .filter((path) => path)
        .join(delimiter),
      ...(existsSync('/etc/fonts/fonts.conf')
        ? {}
        : { FONTCONFIG_FILE: join(folder, 'fonts.conf') }),
    },
  };
}

/**
 * Unpacks the bundled browser beside its final place and renames it, so that two test runs that start
 * together never see half of it.
 *
 * @param {string} packageFolder
 * @returns {string} the folder that holds `chromium`, `lib` and `fonts`
 */
function unpacked(packageFolder) {
  const { version } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'));
  const cache = cacheFolder();
  const folder = join(cache, `chromium-${version}`);
  if (existsSync(folder)) return folder;
  const fresh = mkdtempSync(join(cache, 'unpack-'));
  const bin = join(packageFolder, 'bin');
  const program = brotliDecompressSync(readFileSync(join(bin, 'chromium.br')));
  writeFileSync(join(fresh, 'chromium'), program, { mode: 0o755 });
  for (const archive of ['al2023', 'fonts', 'swiftshader']) {
    const input = brotliDecompressSync(readFileSync(join(bin, `${archive}.tar.br`)));
    const result = spawnSync('tar', ['-x', '-C', fresh], { input, encoding: 'utf8' });
    if (result.error !== undefined) throw result.error;
    if (result.status !== 0) throw new Error(`cannot unpack ${archive}: ${result.stderr}`);
  }
  writeFileSync(join(fresh, 'fonts.conf'), fontConfiguration(join(folder, 'fonts')));
  try {
    renameSync(fresh, folder);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    // Another run was faster; its copy is the same.
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

/**
 * The package's own configuration names folders of another system.
 *
 * @param {string} fonts
 */
function fontConfiguration(fonts) {
  return [
    '<?xml version="1.0"?>',
    '<!DOCTYPE fontconfig SYSTEM "fonts.dtd">',
    `<fontconfig><dir>${fonts}</dir><cachedir>${fonts}/cache</cachedir></fontconfig>`,
    '',
  ].join('\n');
}

/**
 * A folder of this user's own. What lies in it is executed, so a folder that somebody else could have
 * filled (a fixed name in the shared temporary folder) is refused.
 *
 * @returns {string}
 */
function cacheFolder() {
  const { uid } = userInfo();
  const candidates = [
    join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'raftdeck-test'),
    join(tmpdir(), `raftdeck-test-${String(uid)}`),
  ];
  for (const folder of candidates) {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const stat = lstatSync(folder);
      accessSync(folder, constants.W_OK);
      if (stat.isDirectory() && stat.uid === uid) return folder;
    } catch {
      // Not ours to write: the next candidate may be.
    }
  }
  throw new Error(`no folder to unpack Chromium into: tried ${candidates.join(' and ')}`);
}

if (process.argv[1] === import.meta.filename) {
  const found = findBrowser();
  console.log('missing' in found ? `missing: ${found.missing}` : `${found.path} (${found.from})`);
  process.exitCode = 'missing' in found ? 1 : 0;
}
