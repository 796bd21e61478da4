import { afterEach, beforeEach, expect, test } from 'vitest';

import { installReason, sourceHash } from '../../main/launcher/prepare.mjs';
import { fakeCheckout, type FakeCheckout } from './fake-checkout.ts';

let checkout: FakeCheckout;
beforeEach(() => {
  checkout = fakeCheckout();
});
afterEach(() => checkout.dispose());

interface Locked {
  readonly version: string;
  readonly integrity: string;
  readonly optional?: boolean;
}

function lock(path: string, packages: Readonly<Record<string, Locked | object>>): void {
  checkout.write(path, JSON.stringify({ packages }));
}

const A: Locked = { version: '1.0.0', integrity: 'sha512-a' };

test('a fresh clone installs', () => {
  lock('package-lock.json', { '': {}, 'node_modules/a': A });
  expect(installReason(checkout.root)).toBe('nothing is installed yet');
});

test('what npm installed by hand counts, and packages for other platforms may be absent', () => {
  lock('package-lock.json', {
    '': {},
    'node_modules/a': A,
    'node_modules/a-win32': { ...A, optional: true },
  });
  lock('node_modules/.package-lock.json', { 'node_modules/a': A });
  expect(installReason(checkout.root)).toBeUndefined();
});

test('a new, a changed and a replaced package each install again', () => {
  lock('node_modules/.package-lock.json', { 'node_modules/a': A });
  lock('package-lock.json', { 'node_modules/a': A, 'node_modules/b': A });
  expect(installReason(checkout.root)).toBe('node_modules/b is missing');
  lock('package-lock.json', { 'node_modules/a': { ...A, version: '1.0.1' } });
  expect(installReason(checkout.root)).toBe('node_modules/a has changed');
  lock('package-lock.json', { 'node_modules/a': { ...A, integrity: 'sha512-other' } });
  expect(installReason(checkout.root)).toBe('node_modules/a has changed');
});

test('the build is stale after a change of a source, not after a change of a document', () => {
  checkout.write('node-engine/a.ts', 'export const a = 1;');
  const before = sourceHash(checkout.root);
  checkout.write('node-engine/DESIGN.md', 'Words.');
  expect(sourceHash(checkout.root)).toBe(before);
  checkout.write('node-engine/a.ts', 'export const a = 2;');
  const changed = sourceHash(checkout.root);
  expect(changed).not.toBe(before);
  checkout.write('renderer/b.css', 'body { margin: 0 }');
  expect(sourceHash(checkout.root)).not.toBe(changed);
});
