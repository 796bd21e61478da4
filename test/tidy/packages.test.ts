import { expect, test } from 'vitest';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { ROOT } from './source-files.ts';

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly overrides: Readonly<Record<string, string>>;
  readonly allowScripts: Readonly<Record<string, boolean>>;
}

interface Lockfile {
  readonly packages: Readonly<
    Record<
      string,
      {
        readonly version?: string;
        readonly integrity?: string;
        readonly hasInstallScript?: boolean;
      }
    >
  >;
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(join(ROOT, path), 'utf8'));
}

// Both files are ours and npm checks them at every install; a wrong shape fails the tests below.
const manifest = readJson('package.json') as Manifest;
const lockfile = readJson('package-lock.json') as Lockfile;

test('every dependency is pinned to one exact version', () => {
  const loose = Object.entries({
    ...manifest.dependencies,
    ...manifest.optionalDependencies,
    ...manifest.devDependencies,
    ...manifest.overrides,
  }).filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version));
  expect(loose).toEqual([]);
});

test('an installation of raftdeck brings LevelDB, perhaps LMDB, and nothing else', () => {
  expect(Object.keys(manifest.dependencies)).toEqual(['level']);
  expect(Object.keys(manifest.optionalDependencies)).toEqual(['lmdb']);
});

test('every package that runs a script at install time has been decided on', () => {
  const withScript = Object.entries(lockfile.packages)
    .filter(([, { hasInstallScript }]) => hasInstallScript === true)
    .map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length));
  expect(Object.keys(manifest.allowScripts).sort()).toEqual([...new Set(withScript)].sort());
});

test('the lockfile verifies every package and names no host to fetch it from', () => {
  const text = readFileSync(join(ROOT, 'package-lock.json'), 'utf8');
  expect(text).not.toContain('"resolved"');
  const unverified = Object.entries(lockfile.packages)
    .filter(([path, { version, integrity }]) => path !== '' && (!version || !integrity))
    .map(([path]) => path);
  expect(unverified).toEqual([]);
});
