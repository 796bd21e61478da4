import { extractAll, extractFile, listPackage } from '@electron/asar';
import { afterAll, beforeAll, expect, test, type TestContext } from 'vitest';
import { execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';

import { RECORDING_EXTENSION } from '../../main/contract/recording-file.ts';
import { testPorts } from '../host/test-port.ts';
import { ROOT } from '../tidy/source-files.ts';

/*
 * Packs the built product around a stand-in for Electron's program: a file that holds the marker at
 * which the fuses are written, so electron-builder flips real bytes in it. What is in the archive, and
 * that its code finds everything it loads, is the same for the real one.
 */

const FUSE_MARKER = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
/** A bound on hanging: a busy machine takes a multiple of the usual ten seconds. */
const PACKING_LIMIT_MS = 300_000;
const FUSE_NAMES = [
  'runAsNode',
  'cookieEncryption',
  'nodeOptions',
  'nodeCliInspect',
  'embeddedAsarIntegrity',
  'onlyLoadAppFromAsar',
  'loadBrowserProcessSpecificV8Snapshot',
  'grantFileProtocolExtraPrivileges',
];

/** What a Linux package tells the system, written by what would put it into one: needs no packing tool. */
const ENTRIES_HOOK = `
import { createRequire } from 'node:module';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
const require = createRequire(${JSON.stringify(join(ROOT, 'package.json'))});
const { LinuxTargetHelper } = require('app-builder-lib/out/targets/LinuxTargetHelper');
export default async ({ packager, appOutDir }) => {
  const helper = new LinuxTargetHelper(packager);
  const entry = await helper.computeDesktopEntry(packager.platformSpecificBuildOptions);
  writeFileSync(join(appOutDir, '..', 'entry.desktop'), entry);
  copyFileSync(await helper.mimeTypeFiles, join(appOutDir, '..', 'types.xml'));
  writeFileSync(join(appOutDir, '..', 'icons.json'), JSON.stringify(await helper.icons));
};
`;

let folder = '';
let resources = '';

function notPackable(): string | undefined {
  return process.platform === 'linux' ? undefined : 'the stand-in for Electron is for Linux';
}

beforeAll(async () => {
  if (notPackable() !== undefined) return;
  folder = mkdtempSync(join(tmpdir(), 'raftdeck-pack-'));
  const electron = join(folder, 'electron');
  makeStandIn(electron);
  const builder = join(ROOT, 'node_modules', 'electron-builder', 'cli.js');
  const hook = join(folder, 'entries.mjs');
  writeFileSync(hook, ENTRIES_HOOK);
  const options = [
    `electronDist=${electron}`,
    `directories.output=${join(folder, 'release')}`,
    `afterPack=${hook}`,
  ];
  const args = [builder, '--linux', 'dir', '--publish', 'never'];
  await promisify(execFile)(process.execPath, [...args, ...options.map((text) => `-c.${text}`)], {
    cwd: ROOT,
  });
  resources = join(folder, 'release', 'linux-unpacked', 'resources');
}, PACKING_LIMIT_MS);

afterAll(() => {
  if (folder !== '') rmSync(folder, { recursive: true, force: true });
});

function makeStandIn(electron: string): void {
  mkdirSync(join(electron, 'locales'), { recursive: true });
  mkdirSync(join(electron, 'resources'));
  const fuses = Buffer.concat([
    Buffer.from(`stand-in ${FUSE_MARKER}`),
    Buffer.from([1, FUSE_NAMES.length]),
    Buffer.from('1'.repeat(FUSE_NAMES.length)),
  ]);
  writeFileSync(join(electron, 'electron'), fuses, { mode: 0o755 });
  const others = ['version', 'LICENSE', 'LICENSES.chromium.html', 'chrome-sandbox'];
  for (const name of [...others, 'locales/en-US.pak']) writeFileSync(join(electron, name), '');
}

function needsPackage(context: TestContext): void {
  const reason = notPackable();
  if (reason !== undefined) context.skip(reason);
}

/** A package and all that it brings along, by the lock file. */
function closureOf(name: string, found = new Set<string>()): string[] {
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dependencies?: Record<string, string> } | undefined>;
  };
  if (!found.has(name)) {
    found.add(name);
    const { dependencies = {} } = lock.packages[`node_modules/${name}`] ?? {};
    for (const next of Object.keys(dependencies)) closureOf(next, found);
  }
  return [...found];
}

test('no kind of package is asked for that package.json does not say enough for', () => {
  const text = readFileSync(join(ROOT, 'electron-builder.yml'), 'utf8');
  const { linux } = parse(text) as { linux: { target: string[]; maintainer?: string } };
  const { author = '', homepage } = JSON.parse(
    readFileSync(join(ROOT, 'package.json'), 'utf8'),
  ) as { author?: string; homepage?: string };
  const hasMaintainer = (linux.maintainer ?? author).includes('@');
  // electron-builder refuses these at the end of a build, when the others are made.
  const needing = linux.target.filter((target) => ['deb', 'rpm', 'pacman'].includes(target));
  expect(hasMaintainer && homepage !== undefined ? [] : needing).toEqual([]);
});

test('the archive holds the built product, its one native package, and no sources', (context) => {
  needsPackage(context);
  const paths = listPackage(join(resources, 'app.asar'), { isPack: false });
  const ours = paths.filter((path) => !path.startsWith('/node_modules/'));
  expect(ours).toEqual(
    expect.arrayContaining([
      '/LICENSE',
      '/out/main/main.js',
      '/out/node/raftdeck.js',
      '/out/preload/preload.cjs',
      '/out/renderer/index.html',
      '/package.json',
    ]),
  );
  const unwanted = ours.filter(
    (path) =>
      !/^\/(out|package\.json|LICENSE|node_modules$)/.test(path) || /\.(map|ts)$/.test(path),
  );
  expect(unwanted).toEqual([]);
  const scopes = paths.filter((path) =>
    /^\/node_modules\/(electron|react|vite|zustand)$/.test(path),
  );
  expect(scopes, 'bundled packages do not travel twice').toEqual([]);
  // `level` and what it brings along; the other store is not offered inside Electron.
  const packages = paths.flatMap(
    (path) => /^\/node_modules\/((?:@[^/]+\/)?[^@/]+)$/.exec(path)?.[1] ?? [],
  );
  expect(packages.sort()).toEqual(closureOf('level').sort());
});

test('nothing of the workshop travels with it: no tests, no keys, no paths of where it was built', (context) => {
  needsPackage(context);
  const archive = join(resources, 'app.asar');
  const paths = listPackage(archive, { isPack: false });
  const secret = /(^|\/)(\.env|\.npmrc|\.git)|\.(pem|key|p12|pfx|secret|crt)$|local\.secret$/;
  const test = /(^|\/)(test|tests|__tests__|fixtures)\/|\.(test|spec)\./;
  expect(paths.filter((path) => secret.test(path))).toEqual([]);
  const ours = paths.filter((path) => path.startsWith('/out/') || path === '/package.json');
  expect(ours.filter((path) => test.test(path))).toEqual([]);
  const files = ours.filter((path) => /\.\w+$/.test(path));
  expect(files.length).toBeGreaterThan(20);
  const telling = files.filter((path) => {
    const text = extractFile(archive, path.slice(1)).toString('latin1');
    // The header alone: what reads certificates names it.
    return (
      text.includes(ROOT) || /-----BEGIN [A-Z ]*PRIVATE KEY-----\s*[A-Za-z0-9+/]{40}/.test(text)
    );
  });
  expect(telling).toEqual([]);
  // Beside the archive lies only what has to be a file of its own: the native package.
  expect(readdirSync(`${archive}.unpacked`)).toEqual(['node_modules']);
  expect(readdirSync(join(`${archive}.unpacked`, 'node_modules'))).toEqual(['classic-level']);
});

test('the system is told which links and files are the app’s, and that a window is of it', (context) => {
  needsPackage(context);
  const entry = readFileSync(join(folder, 'release', 'entry.desktop'), 'utf8').split('\n');
  expect(entry).toEqual(
    expect.arrayContaining([
      'MimeType=application/x-raftdeck-recording;x-scheme-handler/raftdeck;',
      'StartupWMClass=raftdeck',
      'Terminal=false',
    ]),
  );
  // One word for each link or file: nothing of it is read as a switch or by a shell.
  expect(entry.find((line) => line.startsWith('Exec='))).toMatch(/^Exec=\S+\/raftdeck %U$/);
  const types = readFileSync(join(folder, 'release', 'types.xml'), 'utf8');
  expect(types).toContain('<mime-type type="application/x-raftdeck-recording">');
  expect(types).toContain(`<glob pattern="*${RECORDING_EXTENSION}"/>`);
  const archive = join(resources, 'app.asar');
  const { desktopName } = JSON.parse(extractFile(archive, 'package.json').toString()) as {
    desktopName: string;
  };
  expect(desktopName).toBe('raftdeck.desktop');
});

test('the app is seen by a picture of its own, large enough for every system', (context) => {
  needsPackage(context);
  const icons: unknown = JSON.parse(readFileSync(join(folder, 'release', 'icons.json'), 'utf8'));
  // A Mac wants 512 pixels. Without a picture of ours it would be Electron's own.
  const file = join(ROOT, 'main', 'electron', 'resources', 'icon.png');
  expect(icons).toEqual([{ file, size: 512 }]);
});

test('the fuses of the program are the ones that keep it from becoming something else', (context) => {
  needsPackage(context);
  const program = readFileSync(join(resources, '..', 'raftdeck'));
  const start = program.indexOf(FUSE_MARKER) + FUSE_MARKER.length + 2;
  const wire = program.subarray(start, start + FUSE_NAMES.length).toString('latin1');
  const states = FUSE_NAMES.map((name, offset) => [name, wire[offset] === '1']);
  expect(Object.fromEntries(states)).toEqual({
    runAsNode: false,
    cookieEncryption: true,
    nodeOptions: false,
    nodeCliInspect: false,
    embeddedAsarIntegrity: true,
    onlyLoadAppFromAsar: true,
    loadBrowserProcessSpecificV8Snapshot: expect.any(Boolean) as boolean,
    grantFileProtocolExtraPrivileges: false,
  });
});

test('the packed command line runs a node from what was packed alone', async (context) => {
  needsPackage(context);
  const unpacked = join(folder, 'unpacked');
  extractAll(join(resources, 'app.asar'), unpacked);
  const cli = join(unpacked, 'out', 'node', 'raftdeck.js');
  const [home, directory] = [join(folder, 'home'), join(folder, 'node-1')];
  const port = await testPorts(1);
  const words = ['-n', '1', '-a', `127.0.0.1:${String(port)}`, '-d', directory, '--home', home];
  const node = spawn(process.execPath, [cli, 'node', ...words], { cwd: folder });
  context.onTestFinished(() => void node.kill('SIGKILL'));
  let printed = '';
  let isAsked = false;
  const ended = new Promise((resolve) => node.once('close', resolve));
  for (const stream of [node.stdout, node.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
      // It has opened its LevelDB, which is native code out of the archive's own folder. Once: being asked
      // a second time it would end at once, and not with 0.
      if (!isAsked && printed.includes('logs loaded')) isAsked = node.kill('SIGTERM');
    });
  }
  expect(await ended, printed).toBe(0);
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    version: string;
  };
  expect(printed).toContain(`raftdeck version ${version}`);
  expect(printed).toContain('log=leveldb');
});
