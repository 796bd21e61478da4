import type { Backend, Durability } from '../log/log-store.ts';
import type { MachineDefinition } from '../machine/machine.ts';
import type { Role } from '../raft/ready.ts';
import type { ServiceMaker } from '../services/service.ts';
import { isLoopback, parseEndpoint, endpointText, type Endpoint } from './address.ts';
import type { TlsFiles } from './tls/tls-identity.ts';
import { userProblem, type UserSource } from './auth/users.ts';
import type { Consistency } from './driver-ports.ts';
import type { DialectName } from './dialect/dialect.ts';
import type { Redirect } from './failure-reply.ts';
import { homeDirectory } from './home-directory.ts';
import {
  DEFAULT_SNAPSHOT_POLICY,
  NodeStartError,
  type Entry,
  type Logger,
  type NodeOptions,
  type RunningNode,
} from './node-options.ts';
import {
  nodeIdProblem,
  OPTION_RANGES,
  rangeProblem,
  timingFrom,
  timingProblem,
} from './option-rules.ts';
import { localSecret } from './secret-file.ts';
import { startNode } from './start-node.ts';

/** What `openNode` takes; all but the machine and the directory may be left out. */
export interface OpenNodeOptions {
  /** From `defineMachine`. */
  readonly machine: MachineDefinition;
  /** The node's own directory; made when it is missing. */
  readonly directory: string;
  /** '1' unless given. Constant for the life of the directory. */
  readonly id?: string;
  /** `host:port` to listen on, a loopback address; 127.0.0.1:7481 unless given. Port 0 takes a free one. */
  readonly address?: string;
  /** What peers and clients are told instead of the bound address. */
  readonly advertise?: string;
  /** A member of the cluster to join. Without it, an empty directory becomes a cluster of one. */
  readonly join?: string;
  /** Start without a cluster and wait until somebody adds this node with RAFTADDPEER. */
  readonly wait?: boolean;
  /** With `join`: join without a vote, for good. */
  readonly nonVoter?: boolean;
  /** 'leveldb' unless given; 'memory' forgets everything when the node ends. */
  readonly backend?: Backend;
  readonly durability?: Durability;
  readonly consistency?: Consistency;
  readonly redirect?: Redirect;
  /** How errors are worded; 'redis' unless given. */
  readonly dialect?: DialectName;
  /** The shortest; the longest is twice that. 400 unless given. */
  readonly electionTimeoutMs?: number;
  /** A fifth of the election timeout unless given. */
  readonly heartbeatMs?: number;
  readonly snapshotEntries?: number;
  readonly trailingEntries?: number;
  /** Where this node dials a peer instead of its own address, by id. */
  readonly dial?: Readonly<Record<string, string>>;
  /** At least 16 bytes, the same on every node; unless given, the one of this user on this machine. */
  readonly secret?: Uint8Array | string;
  /** Who may connect; unless given, everybody, which only a loopback address may. */
  readonly users?: readonly UserSource[];
  /** TLS for clients and peers; in the clear unless given. */
  readonly tls?: TlsFiles;
  /** `host:port` of an SNTP server that corrects this node's wall clock; it starts without, too. */
  readonly timeServer?: string;
  /** Opens `RAFT FAULT`. */
  readonly faults?: boolean;
  /** Protocols of your own on the node's port, in the order in which they see first bytes. */
  readonly services?: readonly ServiceMaker[];
  /** Told of every change of the node's role; in the middle of its work, so return at once. */
  readonly onRole?: (role: Role) => void;
  /** Takes the node's log; unless given, nothing is written. */
  readonly log?: Logger;
}

/**
 * Starts a node with a machine of yours. Several may run in one process, each with its own
 * directory and port. Resolves when the node listens; it is then in its cluster or on its way.
 *
 * @throws NodeStartError; nothing was changed on disk
 */
export async function openNode(options: OpenNodeOptions): Promise<RunningNode> {
  return startNode(nodeOptionsOf(options));
}

/** Fills in what was left out and refuses what cannot be. */
export function nodeOptionsOf(options: OpenNodeOptions): NodeOptions {
  const id = options.id ?? '1';
  refuseIf(nodeIdProblem(id));
  const { host, port } = endpointOf('address', options.address ?? '127.0.0.1:7481', true);
  if (options.users === undefined && host !== 'localhost' && !isLoopback(host)) {
    refuseIf(`refusing to listen on ${host}: clients there would need no password`);
  }
  const timing = timingFrom({
    electionTimeoutMs: numberIn('electionTimeoutMs', options.electionTimeoutMs),
    heartbeatMs: numberIn('heartbeatMs', options.heartbeatMs),
  });
  refuseIf(timingProblem(timing));
  const { trailingEntries } = DEFAULT_SNAPSHOT_POLICY;
  const snapshotEntries =
    numberIn('snapshotEntries', options.snapshotEntries) ?? DEFAULT_SNAPSHOT_POLICY.snapshotEntries;
  const advertise = options.advertise;
  return {
    ...{ id, host, port, ...timing },
    advertise: advertise === undefined ? null : endpointText(endpointOf('advertise', advertise)),
    directory: options.directory,
    machine: options.machine,
    backend: options.backend ?? 'leveldb',
    durability: options.durability ?? 'high',
    consistency: options.consistency ?? 'high',
    redirect: options.redirect ?? 'moved',
    dialect: options.dialect ?? 'redis',
    snapshots: {
      ...DEFAULT_SNAPSHOT_POLICY,
      snapshotEntries,
      // Only when asked: then a log of many bytes is not asked for either.
      ...(snapshotEntries === 0 ? { snapshotLogBytes: 0 } : {}),
      trailingEntries: numberIn('trailingEntries', options.trailingEntries) ?? trailingEntries,
    },
    entry: entryOf(options),
    nonVoter: options.nonVoter ?? false,
    dial: dialOf(options.dial ?? {}),
    users: usersOf(options.users),
    tls: options.tls ?? null,
    secret: secretOf(options.secret),
    ...(options.timeServer === undefined
      ? {}
      : { timeServer: endpointOf('timeServer', options.timeServer) }),
    faultsAllowed: options.faults ?? false,
    softwareVersion: `${options.machine.name} ${options.machine.version}`,
    services: options.services ?? [],
    ...(options.onRole === undefined ? {} : { onRole: options.onRole }),
    log: options.log ?? (() => undefined),
  };
}

function entryOf({ join, wait, nonVoter }: OpenNodeOptions): Entry {
  if (join !== undefined && wait === true) refuseIf('join and wait contradict each other');
  if (nonVoter === true && join === undefined) refuseIf('nonVoter needs join');
  if (wait === true) return { type: 'wait' };
  if (join === undefined) return { type: 'bootstrap' };
  return { type: 'join', address: endpointText(endpointOf('join', join)) };
}

function dialOf(dial: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  const rows = Object.entries(dial).map(([id, address]) => {
    refuseIf(nodeIdProblem(id));
    return [id, endpointText(endpointOf('dial', address))] as const;
  });
  return new Map(rows);
}

function usersOf(users: readonly UserSource[] | undefined): readonly UserSource[] | null {
  for (const user of users ?? []) refuseIf(userProblem(user));
  return users ?? null;
}

function secretOf(secret: Uint8Array | string | undefined): Uint8Array {
  if (typeof secret === 'string') return Buffer.from(secret, 'utf8');
  if (secret !== undefined) return secret;
  return localSecret(homeDirectory({ flag: null, env: process.env, platform: process.platform }));
}

function endpointOf(option: string, text: string, portZero = false): Endpoint {
  const parsed = parseEndpoint(text, { portZero });
  if (!parsed.ok) throw new NodeStartError('OPTIONS', `${option}: ${parsed.problem}`);
  return parsed.endpoint;
}

function numberIn(
  option: 'electionTimeoutMs' | 'heartbeatMs' | 'snapshotEntries' | 'trailingEntries',
  value: number | undefined,
): number | null {
  if (value === undefined) return null;
  const problem = rangeProblem(value, OPTION_RANGES[option]);
  refuseIf(problem === null ? null : `${option}: ${problem}`);
  return value;
}

function refuseIf(problem: string | null): void {
  if (problem !== null) throw new NodeStartError('OPTIONS', problem);
}
