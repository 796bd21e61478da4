import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { parseEndpoint } from '../../../node-engine/node/address.ts';
import { nodeIdProblem } from '../../../node-engine/node/option-rules.ts';
import { nodeUri } from '../../../node-engine/node/tls/node-certificate.ts';
import { parseFlags } from '../args/flags.ts';
import { numberOf } from '../args/numbers.ts';
import { CommandError, reasonOf, UsageError } from '../args/usage-error.ts';
import { EXIT_DONE, type Program } from '../program.ts';
import { authorityFrom, makeAuthority, makeCertificate, type Authority } from './certificate.ts';
import { TLS_USAGE } from './tls-flags.ts';

const AUTHORITY_NAME = 'raftdeck cluster';
/** What browsers and operating systems still accept of a certificate. */
const DAYS_DEFAULT = 825;
const DAYS_MAX = 36_500;
const AUTHORITY_DAYS = 3_650;
const LOCAL_HOSTS = ['localhost', '127.0.0.1', '::1'];

/** `raftdeck tls init`. */
export function tlsCommand(args: readonly string[], program: Program): Promise<number> {
  const flags = parseFlags(TLS_USAGE.flags, args);
  const [word, stray] = flags.positionals;
  if (word !== 'init') throw new UsageError(`tls ${word ?? ''}: there is only tls init`);
  if (stray !== undefined) throw new UsageError(`'${stray}' is not a flag`);
  const directory = resolve(flags.value('d') ?? 'tls');
  const ids = (flags.value('nodes') ?? '1,2,3').split(',');
  for (const id of ids) {
    const problem = nodeIdProblem(id);
    if (problem !== null) throw new UsageError(`--nodes: ${problem}`);
  }
  for (const host of flags.values('host')) {
    const parsed = parseEndpoint(host.includes(':') ? `[${host}]:1` : `${host}:1`, {
      portZero: false,
    });
    if (!parsed.ok) throw new UsageError(`--host: '${host}' is no name and no address`);
  }
  const daysText = flags.value('days');
  const range = { min: 1, max: DAYS_MAX };
  const days = daysText === null ? DAYS_DEFAULT : numberOf('--days', daysText, range);
  const hosts = [...new Set([...LOCAL_HOSTS, ...flags.values('host')])];
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const authority = authorityIn(directory, program);
    for (const id of ids) certify(id, { directory, authority, hosts, days, program });
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(`cannot make certificates in ${directory}: ${reasonOf(error)}`, {
      cause: error,
    });
  }
  return Promise.resolve(EXIT_DONE);
}

/** The authority that is there, or a new one. */
function authorityIn(directory: string, program: Program): Authority {
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
    program.print(`${certificatePath} is there and is kept\n`);
    return authorityFrom(parsed.subject.replace(/^CN=/, ''), certificate, key);
  }
  const made = makeAuthority(AUTHORITY_NAME, AUTHORITY_DAYS);
  writePrivate(keyPath, made.key);
  writeFileSync(certificatePath, made.certificate, { flag: 'wx', mode: 0o644 });
  program.print(`made ${certificatePath} and ${keyPath}\n`);
  return made;
}

function certify(
  id: string,
  parts: {
    readonly directory: string;
    readonly authority: Authority;
    readonly hosts: readonly string[];
    readonly days: number;
    readonly program: Program;
  },
): void {
  const { directory, authority, hosts, days, program } = parts;
  const certificatePath = join(directory, `node-${id}.pem`);
  if (existsSync(certificatePath)) {
    program.print(`${certificatePath} is there and is kept\n`);
    return;
  }
  const subject = { name: `raftdeck node ${id}`, hosts, uri: nodeUri(id) };
  const made = makeCertificate(subject, authority, days);
  writePrivate(join(directory, `node-${id}.key`), made.key);
  writeFileSync(certificatePath, made.certificate, { flag: 'wx', mode: 0o644 });
  program.print(`made ${certificatePath} and its key\n`);
}

/** Never over a file that is there: it may be the key of a certificate in use. */
function writePrivate(path: string, text: string): void {
  writeFileSync(path, text, { flag: 'wx', mode: 0o600 });
}
