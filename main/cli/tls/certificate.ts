import { createHash, createPublicKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { isIPv4, isIPv6 } from 'node:net';

import {
  bitString,
  explicit,
  implicit,
  integer,
  objectId,
  octetString,
  sequence,
  setOf,
  time,
  utf8String,
  yes,
} from './der.ts';

/*
 * Certificates as X.509 version 3 has them (RFC 5280), with keys on the curve P-256 and signatures by
 * ECDSA with SHA-256. Node makes keys and signatures; it has nothing that makes certificates.
 */

const ECDSA_WITH_SHA256 = objectId('1.2.840.10045.4.3.2');
const COMMON_NAME = objectId('2.5.4.3');
const SUBJECT_KEY_ID = objectId('2.5.29.14');
const KEY_USAGE = objectId('2.5.29.15');
const SUBJECT_ALT_NAME = objectId('2.5.29.17');
const BASIC_CONSTRAINTS = objectId('2.5.29.19');
const AUTHORITY_KEY_ID = objectId('2.5.29.35');
const EXTENDED_KEY_USAGE = objectId('2.5.29.37');
const SERVER_AUTH = objectId('1.3.6.1.5.5.7.3.1');
const CLIENT_AUTH = objectId('1.3.6.1.5.5.7.3.2');

/** Bits of a key's usage, the first one highest (RFC 5280 §4.2.1.3). */
const DIGITAL_SIGNATURE = 0x80;
const SIGN_CERTIFICATES = 0x04;
const SIGN_REVOCATIONS = 0x02;

const SERIAL_BYTES = 16;
const DAY_MS = 86_400_000;
/** Clocks differ: a certificate is good from a little before it was made. */
const EARLY_MS = 3_600_000;

/** A certificate and its key, both as PEM. */
export interface Certified {
  readonly certificate: string;
  readonly key: string;
}

/** An authority that signs others. */
export interface Authority extends Certified {
  readonly name: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** Whom a certificate is for. */
export interface Subject {
  readonly name: string;
  /** Host names and addresses under which it is reached. */
  readonly hosts: readonly string[];
  /** A URI that names it in its cluster. */
  readonly uri: string | null;
}

/** Makes an authority that is good for `days` from now. */
export function makeAuthority(name: string, days: number): Authority {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const extensions = [
    extension(BASIC_CONSTRAINTS, sequence(yes(), integer(Buffer.of(0))), true),
    keyUsage(SIGN_CERTIFICATES | SIGN_REVOCATIONS),
    extension(SUBJECT_KEY_ID, octetString(keyId(publicKey))),
  ];
  const issuer = { name, privateKey };
  const certificate = signed({ subject: name, publicKey, issuer, days, extensions });
  return { name, privateKey, publicKey, certificate, key: pemOf(privateKey) };
}

/** An authority from its two PEM texts. */
export function authorityFrom(name: string, certificate: string, privateKey: KeyObject): Authority {
  const publicKey = createPublicKey(privateKey);
  return { name, privateKey, publicKey, certificate, key: pemOf(privateKey) };
}

/** Makes a certificate for somebody who serves and dials, signed by an authority. */
export function makeCertificate(subject: Subject, issuer: Authority, days: number): Certified {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const names = [
    ...subject.hosts.map(hostName),
    ...(subject.uri === null ? [] : [uri(subject.uri)]),
  ];
  const extensions = [
    extension(BASIC_CONSTRAINTS, sequence(), true),
    keyUsage(DIGITAL_SIGNATURE),
    extension(EXTENDED_KEY_USAGE, sequence(SERVER_AUTH, CLIENT_AUTH)),
    extension(SUBJECT_KEY_ID, octetString(keyId(publicKey))),
    extension(AUTHORITY_KEY_ID, sequence(implicit(0, keyId(issuer.publicKey)))),
    ...(names.length === 0 ? [] : [extension(SUBJECT_ALT_NAME, sequence(...names))]),
  ];
  const certificate = signed({ subject: subject.name, publicKey, issuer, days, extensions });
  return { certificate, key: pemOf(privateKey) };
}

function signed(parts: {
  readonly subject: string;
  readonly publicKey: KeyObject;
  readonly issuer: { readonly name: string; readonly privateKey: KeyObject };
  readonly days: number;
  readonly extensions: readonly Uint8Array[];
}): string {
  const { subject, publicKey, issuer, days, extensions } = parts;
  const nowMs = Date.now();
  const validity = sequence(
    time(new Date(nowMs - EARLY_MS)),
    time(new Date(nowMs + days * DAY_MS)),
  );
  const toBeSigned = sequence(
    explicit(0, integer(Buffer.of(2))),
    integer(serialNumber()),
    sequence(ECDSA_WITH_SHA256),
    nameOf(issuer.name),
    validity,
    nameOf(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    explicit(3, sequence(...extensions)),
  );
  const signature = sign('sha256', toBeSigned, issuer.privateKey);
  const der = sequence(toBeSigned, sequence(ECDSA_WITH_SHA256), bitString(signature));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

/** Positive, random, and never beginning with zeros. */
function serialNumber(): Buffer {
  const bytes = randomBytes(SERIAL_BYTES);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes;
}

function nameOf(commonName: string): Buffer {
  return sequence(setOf(sequence(COMMON_NAME, utf8String(commonName))));
}

function extension(id: Uint8Array, value: Uint8Array, isCritical = false): Buffer {
  return sequence(id, ...(isCritical ? [yes()] : []), octetString(value));
}

function keyUsage(bits: number): Buffer {
  const unused = Math.clz32(bits & -bits) === 32 ? 0 : 31 - Math.clz32(bits & -bits);
  return extension(KEY_USAGE, bitString(Buffer.of(bits), unused), true);
}

/** The digest of the key's own bits (RFC 5280 §4.2.1.2). */
function keyId(publicKey: KeyObject): Buffer {
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const point = [Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')];
  return createHash('sha1').update(Buffer.concat(point)).digest();
}

function hostName(host: string): Buffer {
  if (isIPv4(host)) return implicit(7, Buffer.from(host.split('.').map(Number)));
  if (isIPv6(host)) return implicit(7, ipv6Bytes(host));
  return implicit(2, Buffer.from(host, 'latin1'));
}

function uri(text: string): Buffer {
  return implicit(6, Buffer.from(text, 'latin1'));
}

function ipv6Bytes(text: string): Buffer {
  const [left = '', right] = text.split('::');
  const groups = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16));
  const [head, tail] = [groups(left), groups(right ?? '')];
  const zeros = right === undefined ? 0 : 8 - head.length - tail.length;
  const all = [...head, ...Array.from({ length: zeros }, () => 0), ...tail];
  return Buffer.from(all.flatMap((group) => [group >> 8, group & 0xff]));
}

function pemOf(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}
