import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { makeAuthority, makeCertificate } from '../../main/cli/tls/certificate.ts';
import { TlsIdentity } from '../../node-engine/node/tls/tls-identity.ts';

const DAY_MS = 86_400_000;

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'raftdeck-tls-'));
});

afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true, force: true });
});

/** Opens a certificate of ten days as if it were so many days later. */
function openAfter(days: number): TlsIdentity {
  const authority = makeAuthority('test', 1_000);
  const made = makeCertificate({ name: 'node 1', hosts: ['localhost'], uri: null }, authority, 10);
  const file = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  const files = {
    certificate: file('node.pem', made.certificate),
    key: file('node.key', made.key),
    authority: file('ca.pem', authority.certificate),
  };
  vi.useFakeTimers({ now: Date.now() + days * DAY_MS, toFake: ['Date'] });
  return new TlsIdentity(files);
}

test('a certificate is taken while it is good', () => {
  expect(openAfter(9).context.minVersion).toBe('TLSv1.2');
});

test('one that has expired, and one that is not good yet, are refused with the file and the date', () => {
  expect(() => openAfter(11)).toThrow(/the certificate .*node\.pem expired on \w{3} .*GMT$/);
  expect(() => openAfter(-11)).toThrow(/the certificate .*\.pem is good from \w{3} .*GMT on only$/);
});
