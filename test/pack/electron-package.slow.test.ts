import { extractAll, listPackage } from '@electron/asar';
import { afterAll, beforeAll, expect, test, type TestContext } from 'vitest';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { ROOT } from '../tidy/source-files.ts';

/*
 * Packs the built product around a stand-in for Electron's program: a file that holds the marker at
 * which the fuses are written, so electron-builder flips real bytes in it. What is in the archive, and
 * that its code finds everything it loads, is the same for the real one.
 */

const FUSE_MARKER = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
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
  const options = [`electronDist=${electron}`, `directories.output=${join(folder, 'release')}`];
  const args = [builder, '--linux', 'dir', '--publish', 'never'];
  await promisify(execFile)(process.execPath, [...args, ...options.map((text) => `-c.${text}`)], {
    cwd: ROOT,
  });
  resources = join(folder, 'release', 'linux-unpacked', 'resources');
});

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
  expect(paths).toContain('/node_modules/level/package.json');
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

test('the packed command line runs from what was packed alone', async (context) => {
  needsPackage(context);
  const unpacked = join(folder, 'unpacked');
  extractAll(join(resources, 'app.asar'), unpacked);
  const cli = join(unpacked, 'out', 'node', 'raftdeck.js');
  const { stdout } = await promisify(execFile)(process.execPath, [cli, '--version'], {
    cwd: folder,
  });
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    version: string;
  };
  expect(stdout).toContain(version);
});
