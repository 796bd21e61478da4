import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/*
 * Where Electron's program is, found without loading the `electron` package: that package downloads
 * its program when it is loaded and the program is missing, and on a closed network it throws.
 */

/**
 * @typedef {{ folder: string, version: string }} ElectronPackage the npm package, program or not
 * @typedef {{ path: string, version: string } | { missing: string }} ElectronBinary
 */

/**
 * The installed npm package of Electron.
 *
 * @param {string} root the folder whose package.json names electron
 * @returns {ElectronPackage | undefined}
 */
export function electronPackage(root) {
  try {
    const path = createRequire(join(root, 'package.json')).resolve('electron/package.json');
    return { folder: dirname(path), version: JSON.parse(readFileSync(path, 'utf8')).version };
  } catch {
    // Not installed: `npm install --omit=dev`, or raftdeck as somebody's dependency.
    return undefined;
  }
}

/**
 * Electron's program, when it is there and is the version that package.json pins.
 *
 * @param {string} root
 * @returns {ElectronBinary}
 */
export function electronBinary(root) {
  const installed = electronPackage(root);
  if (installed === undefined) return { missing: 'the electron package is not installed' };
  const dist = process.env['ELECTRON_OVERRIDE_DIST_PATH'] ?? join(installed.folder, 'dist');
  const path = join(dist, programName(process.platform));
  if (!existsSync(path)) {
    return { missing: `Electron's program is not on this machine (no ${path})` };
  }
  const version = readVersion(join(dist, 'version'));
  if (version !== installed.version) {
    return { missing: `Electron ${version} is here, but ${installed.version} is needed` };
  }
  return { path, version };
}

/** @param {string} path */
function readVersion(path) {
  try {
    return readFileSync(path, 'utf8').trim().replace(/^v/, '');
  } catch {
    return 'of an unknown version';
  }
}

/** @param {string} platform */
function programName(platform) {
  if (platform === 'darwin') return join('Electron.app', 'Contents', 'MacOS', 'Electron');
  return platform === 'win32' ? 'electron.exe' : 'electron';
}
