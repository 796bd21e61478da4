import { afterEach, beforeEach, expect, test } from 'vitest';
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';

import { electronEnding } from '../../main/launcher/electron-ending.mjs';
import { addElectronPackage, fakeCheckout, type FakeCheckout } from './fake-checkout.ts';

/* The launcher as a process, with stand-ins for Electron and for the command line. */

let checkout: FakeCheckout;
beforeEach(() => {
  checkout = fakeCheckout();
  checkout.write('out/node/raftdeck.js', `console.log('WEB', ...process.argv.slice(2));`);
});
afterEach(() => checkout.dispose());

const DESKTOP = { DISPLAY: ':99' };

/* These tests also run as root, where the launcher asks for it. */
const AS_ANYONE = '--no-sandbox';

interface Ending {
  readonly code: number | null;
  readonly output: string;
}

function start(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ending> {
  const { DISPLAY, WAYLAND_DISPLAY, ...inherited } = process.env;
  const script = join(checkout.root, 'main', 'launcher', 'start.mjs');
  const child = spawn(process.execPath, [script, ...args], { env: { ...inherited, ...env } });
  let output = '';
  child.stdout.on('data', (chunk) => (output += String(chunk)));
  child.stderr.on('data', (chunk) => (output += String(chunk)));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}

/** The stand-in for Electron is a script with a #! line where Linux has its program. */
function needsLinux(context: { skip: (reason: string) => void }): void {
  if (process.platform !== 'linux') context.skip('the stand-in for Electron is for Linux');
}

function addElectronProgram(body: string): void {
  addElectronPackage(checkout, 'process.exit(1);');
  checkout.write('node_modules/electron/dist/version', '45.0.0');
  checkout.write('node_modules/electron/dist/electron', `#!${process.execPath}\n${body}\n`);
}

test('--web goes to the browser at once and passes on the other arguments', async () => {
  expect(await start(['--web', '--port', '0'], DESKTOP)).toEqual({
    code: 0,
    output: 'WEB serve --open --port 0\n',
  });
});

test('without a display: one line that says why, then web mode', async (context) => {
  needsLinux(context);
  addElectronProgram(`console.log('WINDOW');`);
  const { code, output } = await start([], {});
  expect(output.split('\n')).toEqual([
    expect.stringMatching(/^raftdeck: web mode, because there is no display/),
    'WEB serve --open',
    '',
  ]);
  expect(code).toBe(0);
});

test('with Electron on a desktop: the window', async (context) => {
  needsLinux(context);
  addElectronProgram(`console.log('WINDOW', process.argv[2], ...process.argv.slice(3));`);
  expect(await start([AS_ANYONE], DESKTOP)).toEqual({
    code: 0,
    output: `WINDOW ${checkout.root} --no-sandbox\n`,
  });
});

test('an Electron that ends at once is explained, and web mode follows', async (context) => {
  needsLinux(context);
  addElectronProgram('process.exit(7);');
  const { code, output } = await start([AS_ANYONE], DESKTOP);
  expect(output).toMatch(/^raftdeck: web mode, because Electron ended at once with exit code 7\n/);
  expect(output).toMatch(/\nWEB serve --open\n$/);
  expect(code).toBe(0);
});

test('an Electron that a signal ends is said to be; where that is how a sandbox fails, so is the way out', async (context) => {
  needsLinux(context);
  addElectronProgram(`process.kill(process.pid, 'SIGTRAP');`);
  const { code, output } = await start(['--electron', AS_ANYONE], DESKTOP);
  expect([code, output]).toEqual([
    128 + constants.signals.SIGTRAP,
    'raftdeck: cannot open the window: Electron was ended at once by SIGTRAP\n',
  ]);
  const trapped = { code: null, signal: 'SIGTRAP', without: 'npm start -- --no-sandbox' };
  expect(electronEnding({ ...trapped, platform: 'linux' })).toBe(
    'Electron was ended at once by SIGTRAP; if this system keeps its sandbox from starting, npm start -- --no-sandbox does without it',
  );
  expect(electronEnding({ ...trapped, platform: 'darwin' })).not.toContain('sandbox');
});

test('a failed fetch is tried once, then remembered; --electron tries again and fails with 1', async (context) => {
  needsLinux(context);
  addElectronPackage(checkout, `console.error('Error: ENOTFOUND'); process.exit(1);`);
  const first = await start([AS_ANYONE], DESKTOP);
  expect(first.output).toMatch(/fetching it \(once, about 110 MB, at most 60 s\)/);
  expect(first.output).toMatch(/web mode, because Electron could not be fetched: Error: ENOTF/);

  const second = await start([AS_ANYONE], DESKTOP);
  expect(second.output).not.toMatch(/fetching it/);
  expect(second.output).toMatch(/failed within the last day: Error: ENOTFOUND/);

  const forced = await start(['--electron', AS_ANYONE], DESKTOP);
  // Who insists waits longer: on a slow line a minute is never enough.
  expect(forced.output).toMatch(/fetching it \(once, about 110 MB, at most 600 s\)/);
  expect(forced.output).not.toMatch(/WEB/);
  expect(forced.code).toBe(1);
});

test('SIGTERM to the launcher ends the program under it', async () => {
  checkout.write(
    'out/node/raftdeck.js',
    `process.on('SIGTERM', () => { console.log('STOPPED'); process.exit(0); });
     setInterval(() => {}, 1000); console.log('READY');`,
  );
  const script = join(checkout.root, 'main', 'launcher', 'start.mjs');
  const child = spawn(process.execPath, [script, '--web']);
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += String(chunk);
    if (output === 'READY\n') child.kill('SIGTERM');
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  expect({ code, output }).toEqual({ code: 0, output: 'READY\nSTOPPED\n' });
});
