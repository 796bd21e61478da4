import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { ConnectionOptions, SecureContextOptions } from 'node:tls';

import type { NodeId } from '../../raft/types.ts';
import { NodeStartError } from '../node-options.ts';
import { readPrivateFile } from '../private-file.ts';
import { certifiedNode } from './node-certificate.ts';

const KEY_BYTES_MAX = 64 * 1024;
const VERSION_MIN = 'TLSv1.2';

/** Where a node's certificate is. */
export interface TlsFiles {
  readonly certificate: string;
  readonly key: string;
  /** The authority of the cluster's certificates; null for those that the system knows. */
  readonly authority: string | null;
}

interface TlsMaterial {
  readonly cert: string;
  readonly key: string;
  readonly ca: string | undefined;
}

/**
 * What a node shows of itself over TLS, and by what it knows others. The same certificate serves
 * clients, serves peers, and is shown to peers that are dialled.
 */
export class TlsIdentity {
  readonly #files: TlsFiles;
  #material: TlsMaterial;
  #context: SecureContextOptions;

  /** @throws NodeStartError when a file is missing, expired, open to others, or not the other's */
  constructor(files: TlsFiles) {
    this.#files = files;
    this.#material = readMaterial(files);
    this.#context = contextOf(this.#material);
  }

  /** For connections that come from now on; another object after a reload. */
  get context(): SecureContextOptions {
    return this.#context;
  }

  /**
   * Reads the files again; connections that are open stay as they are.
   *
   * @throws NodeStartError, and goes on with what it had
   */
  reload(): void {
    const material = readMaterial(this.#files);
    this.#context = contextOf(material);
    this.#material = material;
  }

  /**
   * How to dial another node: with our certificate, trusting the cluster's authority alone.
   *
   * @param target whom the certificate must be for when it names a node; null when not known yet
   */
  dialOptions(target: NodeId | null): ConnectionOptions {
    const { cert, key, ca } = this.#material;
    return {
      cert,
      key,
      minVersion: VERSION_MIN,
      ...(ca === undefined ? {} : { ca }),
      // Who is at an address is known by the node's name: addresses move, and may be anybody's.
      checkServerIdentity: (_host, { subjectaltname }) => {
        const named = certifiedNode(subjectaltname);
        if (target === null || named === null || named === target) return undefined;
        return new Error(`its certificate is that of node ${named}, not of node ${target}`);
      },
    };
  }
}

function contextOf({ cert, key, ca }: TlsMaterial): SecureContextOptions {
  return { cert, key, minVersion: VERSION_MIN, ...(ca === undefined ? {} : { ca }) };
}

function readMaterial(files: TlsFiles): TlsMaterial {
  const cert = readPublic(files.certificate, 'certificate');
  const key = readPrivateFile(files.key, { what: 'TLS key', bytesMax: KEY_BYTES_MAX });
  const ca = files.authority === null ? undefined : readPublic(files.authority, 'authority');
  const parsed = parse(cert, files.certificate);
  checkDates(parsed, files.certificate);
  try {
    if (!parsed.checkPrivateKey(createPrivateKey(key))) {
      throw refusal(`${files.key} is not the key of ${files.certificate}`);
    }
  } catch (error) {
    if (error instanceof NodeStartError) throw error;
    throw refusal(`${files.key} is no private key: ${reasonOf(error)}`, error);
  }
  if (ca !== undefined && files.authority !== null) {
    const authority = parse(ca, files.authority);
    checkDates(authority, files.authority);
    if (!parsed.checkIssued(authority)) {
      throw refusal(`${files.certificate} was not issued by ${files.authority}`);
    }
  }
  return { cert, key, ca };
}

function readPublic(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw refusal(`cannot read the TLS ${what} ${path}: ${reasonOf(error)}`, error);
  }
}

function parse(pem: string, path: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw refusal(`${path} holds no certificate: ${reasonOf(error)}`, error);
  }
}

function checkDates(certificate: X509Certificate, path: string): void {
  const { validFrom, validTo } = certificate;
  if (Date.parse(validTo) < Date.now()) {
    throw refusal(`the certificate ${path} expired on ${validTo}`);
  }
  if (Date.parse(validFrom) > Date.now()) {
    throw refusal(`the certificate ${path} is good from ${validFrom} on only`);
  }
}

function refusal(message: string, cause?: unknown): NodeStartError {
  return new NodeStartError('OPTIONS', message, { cause });
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
