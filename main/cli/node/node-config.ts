import { resolve } from 'node:path';

import { endpointText, parseEndpoint, type Endpoint } from '../../../node-engine/node/address.ts';
import type { DialectName } from '../../../node-engine/node/dialect/dialect.ts';
import type { NodeOptions } from '../../../node-engine/node/node-options.ts';
import { DEFAULT_SNAPSHOT_POLICY } from '../../../node-engine/node/node-options.ts';
import {
  nodeIdProblem,
  OPTION_RANGES,
  timingFrom,
  timingProblem,
} from '../../../node-engine/node/option-rules.ts';
import { httpService } from '../../../node-engine/services/http/http-service.ts';
import { choiceOf, type Choices } from '../args/choices.ts';
import { dashed, type GivenFlags } from '../args/flags.ts';
import { numberOf } from '../args/numbers.ts';
import { UsageError } from '../args/usage-error.ts';
import { DIALECT_DEFAULTS, DIALECTS } from './dialect-defaults.ts';
import type { Loudness } from './log-line.ts';
import {
  BACKEND_ALIASES,
  BACKENDS,
  CONSISTENCIES,
  DURABILITIES,
  LOG_FORMATS,
  LOUDNESSES,
  REDIRECTS,
} from './node-choices.ts';

/** A node as its command line describes it: everything checked that needs no disk and no network. */
export interface NodeConfig {
  readonly options: Omit<NodeOptions, 'machine' | 'secret' | 'users' | 'log' | 'softwareVersion'>;
  /** A built-in name, or the path of a module. */
  readonly machine: string;
  readonly secretFile: string | null;
  /** Where the users are; null for none. */
  readonly authFile: string | null;
  readonly usersFile: string | null;
  /** A password that stood on the command line, which only Uhaha's dialect takes. */
  readonly typedPassword: string | null;
  readonly homeFlag: string | null;
  readonly loudness: Loudness;
  readonly logFormat: 'text' | 'json';
  /** What the log says of names that stand for others. */
  readonly notices: readonly string[];
}

const LOOPBACK = '127.0.0.1';
/** Every address of this machine; what Uhaha tells others of a node that was given a port alone. */
const ANY_ADDRESS = '0.0.0.0';

/**
 * Reads the flags of `raftdeck node`.
 *
 * @throws UsageError for the first flag that is wrong, or two that contradict each other
 */
export function nodeConfig(flags: GivenFlags): NodeConfig {
  const [stray] = flags.positionals;
  if (stray !== undefined)
    throw new UsageError(`'${stray}' is not a flag; a node takes only flags`);
  const notices: string[] = [];
  const testNode = testNodeOf(flags);
  const id = testNode?.id ?? flags.value('n') ?? '1';
  const problem = nodeIdProblem(id);
  if (problem !== null) throw new UsageError(problem);
  const { host, port, isAny } = testNode?.listen ?? listenAddress(flags);
  const timing = timingOf(flags);
  const entry = entryOf(flags, testNode?.join ?? null);
  const self = [endpointText({ host, port }), endpointText({ host: 'localhost', port })];
  if (entry.type === 'join' && self.includes(entry.address)) {
    throw new UsageError(`-j ${entry.address} is this node itself; name another member`);
  }
  if (flags.has('nonvoter') && entry.type !== 'join') {
    throw new UsageError('--nonvoter needs -j: there must be a cluster to join');
  }
  const snapshotEntries = count(flags, 'snapshot-entries', OPTION_RANGES.snapshotEntries);
  const options = {
    ...{ id, host, port, entry, ...timing },
    tls: tlsOf(flags),
    advertise: advertised(flags, isAny ? port : null),
    directory: resolve(flags.value('d') ?? 'data', testNode === null ? '' : id),
    backend: backendOf(flags, notices),
    durability: durabilityOf(flags),
    consistency: consistencyOf(flags),
    redirect: redirectOf(flags),
    dialect: dialectOf(flags),
    snapshots: {
      ...DEFAULT_SNAPSHOT_POLICY,
      snapshotEntries,
      // Only when asked: then a log of many bytes is not asked for either.
      ...(snapshotEntries === 0 ? { snapshotLogBytes: 0 } : {}),
      trailingEntries: count(flags, 'trailing-entries', OPTION_RANGES.trailingEntries),
    },
    nonVoter: flags.has('nonvoter'),
    dial: dialOf(flags, id),
    timeServer: flags.has('time-server') ? addressOf(flags, 'time-server') : null,
    faultsAllowed: flags.has('faults'),
    ...(flags.has('http') ? { services: [httpService()] } : {}),
  } satisfies NodeConfig['options'];
  if (flags.has('localtime') && flags.has('time-server')) refuseBoth('localtime', 'time-server');
  if (flags.has('localtime')) notices.push('--localtime: the clock is that of this machine anyway');
  return {
    options,
    machine: flags.value('machine') ?? 'kv',
    secretFile: flags.value('secret-file'),
    authFile: flags.value('auth-file'),
    usersFile: flags.value('users-file'),
    typedPassword: typedPassword(flags, notices),
    homeFlag: flags.value('home'),
    loudness: choice(flags, 'l', LOUDNESSES) ?? 'notice',
    logFormat: choice(flags, 'log-format', LOG_FORMATS) ?? 'text',
    notices,
  };
}

function count(
  flags: GivenFlags,
  name: 'snapshot-entries' | 'trailing-entries',
  range: { readonly min: number; readonly max: number },
): number {
  const text = flags.value(name);
  if (text !== null) return numberOf(dashed(name), text, range);
  return name === 'snapshot-entries'
    ? DEFAULT_SNAPSHOT_POLICY.snapshotEntries
    : DEFAULT_SNAPSHOT_POLICY.trailingEntries;
}

function choice<Value extends string>(
  flags: GivenFlags,
  name: string,
  choices: Choices<Value>,
): Value | null {
  const word = flags.value(name);
  return word === null ? null : choiceOf(choices, dashed(name), word);
}

/** What a node listens on; `isAny` when it was given as a port alone, which Finn and Uhaha allow. */
interface ListenAddress extends Endpoint {
  readonly isAny: boolean;
}

function listenAddress(flags: GivenFlags): ListenAddress {
  if (flags.has('a') && flags.has('p')) refuseBoth('a', 'p');
  const portText = flags.value('p');
  if (portText !== null) {
    const port = numberOf('-p', portText, { min: 0, max: 65_535 });
    return { host: LOOPBACK, port, isAny: false };
  }
  if (!flags.has('a')) {
    return { host: LOOPBACK, port: DIALECT_DEFAULTS[dialectOf(flags)].port, isAny: false };
  }
  const isAny = (flags.value('a') ?? '').startsWith(':');
  return { ...addressOf(flags, 'a', true), isAny };
}

function addressOf(flags: GivenFlags, name: string, portZero = false): Endpoint {
  const typed = flags.value(name) ?? '';
  // Finn and Uhaha take a port alone. What it means there, every interface, needs a password here.
  const isPortAlone = typed.startsWith(':') && dialectOf(flags) !== 'redis';
  const parsed = parseEndpoint(isPortAlone ? `${LOOPBACK}${typed}` : typed, { portZero });
  if (!parsed.ok) throw new UsageError(`${dashed(name)}: ${parsed.problem}`);
  return parsed.endpoint;
}

/** @param anyPort the port, when no host was given to listen on */
function advertised(flags: GivenFlags, anyPort: number | null): string | null {
  if (flags.has('advertise')) return endpointText(addressOf(flags, 'advertise'));
  if (anyPort === null || dialectOf(flags) !== 'uhaha') return null;
  return endpointText({ host: ANY_ADDRESS, port: anyPort });
}

function tlsOf(flags: GivenFlags): NodeOptions['tls'] {
  const [certificate, key] = [flags.value('tls-cert'), flags.value('tls-key')];
  const authority = flags.value('tls-ca');
  if (certificate === null && key === null) {
    if (authority !== null) throw new UsageError('--tls-ca needs --tls-cert and --tls-key');
    return null;
  }
  if (key === null) {
    throw new UsageError('flag --tls-key cannot be empty when --tls-cert is provided');
  }
  if (certificate === null) {
    throw new UsageError('flag --tls-cert cannot be empty when --tls-key is provided');
  }
  return {
    certificate: resolve(certificate),
    key: resolve(key),
    authority: authority === null ? null : resolve(authority),
  };
}

/** Whoever may list the processes of this machine reads what stands on a command line. */
function typedPassword(flags: GivenFlags, notices: string[]): string | null {
  const password = flags.value('auth');
  if (password === null) return null;
  if (dialectOf(flags) !== 'uhaha') {
    throw new UsageError(
      '--auth: a password on the command line can be read by every user of this machine; ' +
        'put it into a file (--auth-file FILE) or into the environment (RAFTDECK_AUTH)',
    );
  }
  notices.push('--auth: every user of this machine can read this password; --auth-file hides it');
  return password;
}

function dialectOf(flags: GivenFlags): DialectName {
  return choice(flags, 'dialect', DIALECTS) ?? 'redis';
}

function entryOf(flags: GivenFlags, testJoin: string | null): NodeOptions['entry'] {
  if (flags.has('wait') && flags.has('j')) refuseBoth('wait', 'j');
  if (flags.has('wait')) return { type: 'wait' };
  if (flags.has('j')) return { type: 'join', address: endpointText(addressOf(flags, 'j')) };
  return testJoin === null ? { type: 'bootstrap' } : { type: 'join', address: testJoin };
}

function timingOf(flags: GivenFlags): ReturnType<typeof timingFrom> {
  const milliseconds = (
    name: string,
    range: { readonly min: number; readonly max: number },
  ): number | null => {
    const text = flags.value(name);
    return text === null ? null : numberOf(dashed(name), text, range);
  };
  const timing = timingFrom({
    electionTimeoutMs: milliseconds('election-timeout', OPTION_RANGES.electionTimeoutMs),
    heartbeatMs: milliseconds('heartbeat', OPTION_RANGES.heartbeatMs),
  });
  const problem = timingProblem(timing);
  if (problem !== null) throw new UsageError(problem);
  return timing;
}

function backendOf(flags: GivenFlags, notices: string[]): NodeOptions['backend'] {
  const backend = choice(flags, 'backend', BACKENDS) ?? 'leveldb';
  const typed = flags.value('backend')?.toLowerCase() ?? backend;
  if (Object.hasOwn(BACKEND_ALIASES, typed)) notices.push(`backend ${typed} is ${backend} here`);
  return backend;
}

function durabilityOf(flags: GivenFlags): NodeOptions['durability'] {
  if (flags.has('sync') && flags.has('nosync')) refuseBoth('sync', 'nosync');
  const durability = choice(flags, 'durability', DURABILITIES);
  const uhaha = flags.has('nosync') ? 'low' : flags.has('sync') ? 'high' : null;
  if (durability !== null && uhaha !== null && durability !== uhaha) {
    refuseBoth('durability', flags.has('nosync') ? 'nosync' : 'sync');
  }
  return durability ?? uhaha ?? DIALECT_DEFAULTS[dialectOf(flags)].durability;
}

function consistencyOf(flags: GivenFlags): NodeOptions['consistency'] {
  if (flags.has('openreads') && flags.has('noopenreads')) refuseBoth('openreads', 'noopenreads');
  const consistency = choice(flags, 'consistency', CONSISTENCIES);
  if (flags.has('openreads') && consistency !== null && consistency !== 'low') {
    refuseBoth('openreads', 'consistency');
  }
  const standard = DIALECT_DEFAULTS[dialectOf(flags)].consistency;
  return flags.has('openreads') ? 'low' : (consistency ?? standard);
}

function redirectOf(flags: GivenFlags): NodeOptions['redirect'] {
  const redirect = choice(flags, 'redirect', REDIRECTS);
  if (flags.has('try-errors') && redirect !== null && redirect !== 'try') {
    refuseBoth('try-errors', 'redirect');
  }
  const standard = DIALECT_DEFAULTS[dialectOf(flags)].redirect;
  return flags.has('try-errors') ? 'try' : (redirect ?? standard);
}

function dialOf(flags: GivenFlags, ownId: string): ReadonlyMap<string, string> {
  const dial = new Map<string, string>();
  for (const text of flags.values('dial')) {
    const equals = text.indexOf('=');
    const id = text.slice(0, Math.max(equals, 0));
    if (equals < 0) throw new UsageError(`--dial: '${text}' is not ID=HOST:PORT`);
    const problem = nodeIdProblem(id);
    if (problem !== null) throw new UsageError(`--dial: ${problem}`);
    if (id === ownId) throw new UsageError(`--dial: ${id} is this node itself`);
    if (dial.has(id)) throw new UsageError(`--dial: peer ${id} is given twice`);
    const parsed = parseEndpoint(text.slice(equals + 1), { portZero: false });
    if (!parsed.ok) throw new UsageError(`--dial: ${parsed.problem}`);
    dial.set(id, endpointText(parsed.endpoint));
  }
  return dial;
}

/** Uhaha's `-t N`: node N of a test cluster on neighbouring ports; all but the first join it. */
function testNodeOf(
  flags: GivenFlags,
): { readonly id: string; readonly listen: ListenAddress; readonly join: string | null } | null {
  const text = flags.value('t');
  if (text === null) return null;
  for (const name of ['n', 'j', 'wait'] as const) if (flags.has(name)) refuseBoth('t', name);
  const number = numberOf('-t', text, { min: 1, max: 9 });
  const { host, port, isAny } = listenAddress(flags);
  const first = port - (port % 10) + 1;
  if (port === 0 || first + 8 > 65_535) {
    throw new UsageError(`-t: port ${port} leaves no room for nine nodes`);
  }
  const listen = { host, port: first + number - 1, isAny };
  const join = number === 1 ? null : endpointText({ host, port: first });
  return { id: text, listen, join };
}

function refuseBoth(left: string, right: string): never {
  throw new UsageError(`${dashed(left)} and ${dashed(right)} contradict each other`);
}
