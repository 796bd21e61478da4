import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { nodeUri } from '../../../node-engine/node/tls/node-certificate.ts';
import { CommandError, reasonOf } from '../args/usage-error.ts';
import { authorityFrom, makeAuthority, makeCertificate, type Authority } from './certificate.ts';

const AUTHORITY_NAME = 'raftdeck cluster';
const AUTHORITY_DAYS = 3_650;
/** What browsers and operating systems still accept of a certificate. */
export const CERTIFICATE_DAYS = 825;
const LOCAL_HOSTS = ['localhost', '127.0.0.1', '::1'];

/** The certificates that a cluster is to have. */
export interface CertificateRequest {
  readonly directory: string;
  readonly ids: readonly string[];
  /** Names and addresses of the nodes beside those of this machine. */
  readonly hosts: readonly string[];
  readonly days: number;
  /** Takes a line for each file that was made or kept. */
  readonly say: (line: string) => void;
}

/** Where the certificates of one node are. */
export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
  readonly authority: string;
}

/** The files that `makeCertificates` makes for a node. */
export function certificateFiles(directory: string, id: string): CertificateFiles {
  return {
    certificate: join(directory, `node-${id}.pem`),
    key: join(directory, `node-${id}.key`),
    authority: join(directory, 'ca.pem'),
  };
}

/**
 * Makes an authority and a certificate for each node. What is there is kept; only what is missing is
 * made.
 *
 * @throws CommandError with the folder and the reason
 */
export function makeCertificates(request: CertificateRequest): void {
  const { directory, ids } = request;
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const missing = ids.filter((id) => isMissing(id, request));
    // A node's certificate can be used without the authority's key, which may be kept elsewhere.
    if (missing.length === 0 && existsSync(join(directory, 'ca.pem'))) return;
    const authority = authorityIn(request);
    for (const id of missing) certify(id, authority, request);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(`cannot make certificates in ${directory}: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

/** The authority that is there, or a new one. */
function authorityIn({ directory, say }: CertificateRequest): Authority {
  const certificatePath = join(directory, 'ca.pem');
  const keyPath = join(directory, 'ca.key');
  if (existsSync(certificatePath)) {
    if (!existsSync(keyPath)) {
      throw new CommandError(`${certificatePath} is there and its key ${keyPath} is not`);
    }
    const certificate = readFileSync(certificatePath, 'utf8');
    const key = createPrivateKey(readFileSync(keyPath));
    const parsed = new X509Certificate(certificate);
    if (!parsed.checkPrivateKey(key)) {
      throw new CommandError(`${keyPath} is not the key of ${certificatePath}`);
    }
    say(`${certificatePath} is there and is kept`);
    return authorityFrom(parsed.subject.replace(/^CN=/, ''), certificate, key);
  }
  const made = makeAuthority(AUTHORITY_NAME, AUTHORITY_DAYS);
  writePrivate(keyPath, made.key);
  writeFileSync(certificatePath, made.certificate, { flag: 'wx', mode: 0o644 });
  say(`made ${certificatePath} and ${keyPath}`);
  return made;
}

function isMissing(id: string, { directory, say }: CertificateRequest): boolean {
  const { certificate } = certificateFiles(directory, id);
  if (!existsSync(certificate)) return true;
  say(`${certificate} is there and is kept`);
  return false;
}

function certify(id: string, authority: Authority, request: CertificateRequest): void {
  const { directory, hosts, days, say } = request;
  const files = certificateFiles(directory, id);
  const names = [...new Set([...LOCAL_HOSTS, ...hosts])];
  const subject = { name: `raftdeck node ${id}`, hosts: names, uri: nodeUri(id) };
  const made = makeCertificate(subject, authority, days);
  writePrivate(files.key, made.key);
  writeFileSync(files.certificate, made.certificate, { flag: 'wx', mode: 0o644 });
  say(`made ${files.certificate} and its key`);
}

/** Never over a file that is there: it may be the key of a certificate in use. */
function writePrivate(path: string, text: string): void {
  writeFileSync(path, text, { flag: 'wx', mode: 0o600 });
}
