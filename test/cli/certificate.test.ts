import { X509Certificate } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { makeAuthority, makeCertificate } from '../../main/cli/tls/certificate.ts';
import { integer, objectId, time } from '../../main/cli/tls/der.ts';
import { certifiedNode, nodeUri } from '../../node-engine/node/tls/node-certificate.ts';
import { requireTool } from '../require-tool.ts';

const HOSTS = ['localhost', 'db.example', '127.0.0.1', '::1', 'fe80::1:2'];

test('numbers, object ids and times are written as X.690 says', () => {
  expect(integer(Buffer.of(0, 0, 5)).toString('hex')).toBe('020105');
  expect(integer(Buffer.of(0x80)).toString('hex')).toBe('02020080');
  expect(integer(Buffer.of(0)).toString('hex')).toBe('020100');
  expect(objectId('1.2.840.10045.4.3.2').toString('hex')).toBe('06082a8648ce3d040302');
  expect(time(new Date('2026-03-04T05:06:07.089Z')).toString('latin1')).toBe('\x17\r260304050607Z');
  expect(time(new Date('2050-01-01T00:00:00Z')).toString('latin1')).toBe('\x18\x0f20500101000000Z');
});

test('Node reads what was made, and finds the one signed by the other', () => {
  const authority = makeAuthority('test authority', 10);
  const made = makeCertificate({ name: 'node 1', hosts: HOSTS, uri: nodeUri('1') }, authority, 5);
  const ca = new X509Certificate(authority.certificate);
  const certificate = new X509Certificate(made.certificate);
  expect(ca.ca).toBe(true);
  expect(certificate.ca).toBe(false);
  expect(ca.verify(ca.publicKey)).toBe(true);
  expect(certificate.verify(ca.publicKey)).toBe(true);
  expect(certificate.checkIssued(ca)).toBe(true);
  expect(certificate.subject).toBe('CN=node 1');
  for (const host of ['localhost', 'db.example']) expect(certificate.checkHost(host)).toBe(host);
  for (const address of ['127.0.0.1', '::1', 'fe80::1:2']) {
    expect(certificate.checkIP(address)).toBe(address);
  }
  expect(certifiedNode(certificate.subjectAltName)).toBe('1');
  expect(Date.parse(certificate.validTo) - Date.now()).toBeGreaterThan(4.9 * 86_400_000);
  const other = makeAuthority('test authority', 10);
  expect(certificate.verify(new X509Certificate(other.certificate).publicKey)).toBe(false);
});

test('OpenSSL accepts the chain for a server and for a client', (context) => {
  const openssl = requireTool('openssl', context);
  const folder = mkdtempSync(join(tmpdir(), 'raftdeck-certificate-'));
  try {
    const authority = makeAuthority('test authority', 10);
    const made = makeCertificate({ name: 'node 1', hosts: HOSTS, uri: null }, authority, 5);
    writeFileSync(join(folder, 'ca.pem'), authority.certificate);
    writeFileSync(join(folder, 'node.pem'), made.certificate);
    for (const purpose of ['sslserver', 'sslclient']) {
      const args = ['verify', '-x509_strict', '-purpose', purpose, '-CAfile', 'ca.pem', 'node.pem'];
      expect(execFileSync(openssl, args, { cwd: folder, encoding: 'utf8' })).toBe('node.pem: OK\n');
    }
    const text = execFileSync(openssl, ['x509', '-in', 'ca.pem', '-noout', '-text'], {
      cwd: folder,
    });
    expect(String(text)).toContain('Certificate Sign, CRL Sign');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
