import { afterEach, beforeEach, expect, test } from 'vitest';

import {
  FAILURE_REMEMBERED_MS,
  fetchElectron,
  firstCause,
  rememberedFailure,
} from '../../main/launcher/electron-fetch.mjs';
import { addElectronPackage, fakeCheckout, type FakeCheckout } from './fake-checkout.ts';

let checkout: FakeCheckout;
beforeEach(() => {
  checkout = fakeCheckout();
});
afterEach(() => checkout.dispose());

const quiet = (): void => undefined;

test('a failure is reported with its innermost cause and remembered for a day', async () => {
  addElectronPackage(
    checkout,
    `console.error('TypeError: fetch failed\\n    at x (y.js:1:1) {\\n  [cause]: Error: ' +
       'getaddrinfo ENOTFOUND example.test\\n}'); process.exit(1);`,
  );
  const cause = await fetchElectron({ root: checkout.root, onProgress: quiet });
  expect(cause).toBe('Error: getaddrinfo ENOTFOUND example.test');

  const now = Date.now();
  expect(rememberedFailure(checkout.root, now)).toMatchObject({ version: '45.0.0', cause });
  expect(rememberedFailure(checkout.root, now + FAILURE_REMEMBERED_MS)).toBeUndefined();
});

test('a failure to fetch one version says nothing about the next', async () => {
  addElectronPackage(checkout, 'process.exit(1);');
  await fetchElectron({ root: checkout.root, onProgress: quiet });
  checkout.write('node_modules/electron/package.json', '{ "version": "46.0.0" }');
  expect(rememberedFailure(checkout.root, Date.now())).toBeUndefined();
});

test('a network that never answers is given up on at the limit', async () => {
  addElectronPackage(checkout, 'setInterval(() => {}, 1000);');
  const cause = await fetchElectron({ root: checkout.root, onProgress: quiet, limitMs: 200 });
  expect(cause).toBe('no answer within 0.2 s');
});

test('a success forgets the failure before it', async () => {
  addElectronPackage(checkout, 'process.exit(1);');
  await fetchElectron({ root: checkout.root, onProgress: quiet });
  checkout.write('node_modules/electron/install.js', 'process.exit(0);');
  expect(await fetchElectron({ root: checkout.root, onProgress: quiet })).toBeUndefined();
  expect(rememberedFailure(checkout.root, Date.now())).toBeUndefined();
});

test('a cut-short memory of a failure is no memory', () => {
  addElectronPackage(checkout, '');
  checkout.write('out/electron-fetch-failure.json', '{ "version": "45.0');
  expect(rememberedFailure(checkout.root, Date.now())).toBeUndefined();
});

test('a network failure without a cause is put in words', () => {
  const report = 'TypeError: fetch failed\n    at node:internal/deps/undici/undici:14976:13\n';
  expect(firstCause(report)).toBe('its download host cannot be reached');
});

test('an installer that says nothing is reported as just that', () => {
  expect(firstCause('')).toBe('the installer gave no reason');
});
