import { afterEach, beforeEach, expect, test } from 'vitest';
import { join } from 'node:path';

import { electronBinary, electronPackage } from '../../main/launcher/electron-binary.mjs';
import { addElectronPackage, fakeCheckout, type FakeCheckout } from './fake-checkout.ts';

const PROGRAM =
  { darwin: 'Electron.app/Contents/MacOS/Electron', win32: 'electron.exe' }[
    process.platform as string
  ] ?? 'electron';

let checkout: FakeCheckout;
beforeEach(() => {
  checkout = fakeCheckout();
});
afterEach(() => checkout.dispose());

test('without the npm package there is no Electron to look for', () => {
  expect(electronPackage(checkout.root)).toBeUndefined();
  expect(electronBinary(checkout.root)).toEqual({
    missing: 'the electron package is not installed',
  });
});

test('the npm package alone is not Electron, and looking does not run its installer', () => {
  addElectronPackage(checkout, 'throw new Error("must not run");');
  expect(electronBinary(checkout.root)).toEqual({
    missing: expect.stringMatching(/not on this machine/) as string,
  });
});

test('a program of another version is not taken', () => {
  addElectronPackage(checkout, '');
  checkout.write(`node_modules/electron/dist/${PROGRAM}`, '');
  checkout.write('node_modules/electron/dist/version', '44.1.0');
  expect(electronBinary(checkout.root)).toEqual({
    missing: 'Electron 44.1.0 is here, but 45.0.0 is needed',
  });
});

test('the program of the pinned version is found', () => {
  addElectronPackage(checkout, '');
  checkout.write(`node_modules/electron/dist/${PROGRAM}`, '');
  checkout.write('node_modules/electron/dist/version', 'v45.0.0\n');
  expect(electronBinary(checkout.root)).toEqual({
    path: join(checkout.root, 'node_modules/electron/dist', PROGRAM),
    version: '45.0.0',
  });
});
