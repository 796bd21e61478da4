import { dirname, join, resolve } from 'node:path';

import { endpointText } from '../../../node-engine/node/address.ts';
import { parseFlags, type GivenFlags } from '../args/flags.ts';
import { numberOf } from '../args/numbers.ts';
import { CommandError, UsageError } from '../args/usage-error.ts';
import { backendName } from '../node/node-choices.ts';
import { BUILT_IN_MACHINES, isModule } from '../node/load-machine.ts';
import { nodeConfig } from '../node/node-config.ts';
import { NODE_USAGE, SHARED_FLAGS } from '../node/node-flags.ts';
import { certificateFiles } from '../tls/cluster-certificates.ts';
import { flagArguments, type ClusterFile, type FileMember } from './cluster-file.ts';
import type { SavedPlan } from './saved-plan.ts';
import { NODES_MAX } from './up-flags.ts';

/** What was asked for, before ports are chosen. */
export interface ClusterRequest {
  readonly name: string;
  /** Null when it was left open. */
  readonly nodes: number | null;
  readonly basePort: number | null;
  readonly members: readonly FileMember[] | null;
  /** Whether the nodes speak TLS; null when it was left open. */
  readonly tls: boolean | null;
  /** Flags of `raftdeck node` for every node, paths absolute. */
  readonly flags: ReadonlyMap<string, string>;
}

/** One node of a cluster that is about to run. */
export interface PlannedNode {
  readonly id: string;
  readonly address: string;
  readonly directory: string;
}

const DEFAULT_NAME = 'local';
/** Flags whose value is a path. */
const PATH_FLAGS = ['secret-file', 'auth-file', 'users-file', 'home'];
/** What a cluster cannot change once it has data. */
const FIXED_FLAGS: Readonly<Record<string, string>> = { machine: 'kv', backend: 'leveldb' };

/**
 * What the flags and the cluster file ask for together; a flag wins over the file.
 *
 * @param filePath of the cluster file, from which its relative paths count
 * @throws UsageError when they contradict each other or a value is wrong
 */
export function clusterRequest(
  given: GivenFlags,
  file: ClusterFile | null,
  filePath: string | null,
): ClusterRequest {
  const [stray] = given.positionals;
  if (stray !== undefined) throw new UsageError(`'${stray}' is not a flag; up takes only flags`);
  const flags = new Map<string, string>();
  const folder = filePath === null ? '.' : dirname(filePath);
  for (const [name, value] of file?.flags ?? []) flags.set(name, absolute(name, value, folder));
  for (const { name } of SHARED_FLAGS) {
    const value = given.value(name);
    if (value !== null) flags.set(name, absolute(name, value, '.'));
  }
  const members = file?.members ?? null;
  for (const name of ['nodes', 'base-port']) {
    if (members !== null && given.has(name)) {
      throw new UsageError(`--${name} cannot change the members that the cluster file lists`);
    }
  }
  checkFlags(flags);
  return {
    name: file?.name ?? DEFAULT_NAME,
    nodes: numberFlag(given, 'nodes', { min: 1, max: NODES_MAX }) ?? file?.nodes ?? null,
    basePort: numberFlag(given, 'base-port', { min: 1, max: 65_535 }) ?? file?.basePort ?? null,
    members,
    tls: given.has('tls') ? true : (file?.tls ?? null),
    flags,
  };
}

/**
 * The members of a cluster that is there already, if what is asked for agrees with it.
 *
 * @throws CommandError when it asks for another cluster than the directory holds
 */
export function keptMembers(
  request: ClusterRequest,
  saved: SavedPlan,
  directory: string,
): readonly FileMember[] {
  const listed = saved.members.map(({ id, address }) => `${id} on ${address}`).join(', ');
  const refuse = (what: string): never => {
    throw new CommandError(
      `the cluster in ${directory} ${what} (it has ${listed}); choose another --dir, ` +
        'or change the members with RAFTADDPEER and RAFTREMOVEPEER',
    );
  };
  if (request.nodes !== null && request.nodes !== saved.members.length) {
    refuse(`has ${saved.members.length} nodes and not ${request.nodes}`);
  }
  if (request.members !== null && !sameMembers(request.members, saved.members)) {
    refuse('has other members than the cluster file lists');
  }
  for (const [name, standard] of Object.entries(FIXED_FLAGS)) {
    const now = request.flags.get(name);
    const then = saved.flags.get(name) ?? standard;
    if (now !== undefined && fixedValue(name, now) !== fixedValue(name, then))
      refuse(`has ${name} ${then} and not ${now}`);
  }
  return saved.members;
}

/** A backend has several names. */
function fixedValue(name: string, value: string): string {
  return name === 'backend' ? backendName(value) : value;
}

/** Numbers from 1 on, at neighbouring ports of the loopback address. */
export function numberedMembers(count: number, basePort: number): readonly FileMember[] {
  return Array.from({ length: count }, (_, offset) => ({
    id: String(offset + 1),
    address: endpointText({ host: '127.0.0.1', port: basePort + offset }),
  }));
}

/** Where each node's data lies below the cluster's directory. */
export function plannedNodes(
  members: readonly FileMember[],
  directory: string,
): readonly PlannedNode[] {
  return members.map((member) => ({ ...member, directory: join(directory, 'nodes', member.id) }));
}

/**
 * The command line of one node after `raftdeck`. The first node of a new cluster starts it; any other
 * asks a neighbour for admission, which a node that has data does not need and ignores.
 */
export function nodeArguments(
  node: PlannedNode,
  options: {
    readonly members: readonly FileMember[];
    readonly isNew: boolean;
    readonly flags: ReadonlyMap<string, string>;
    /** Where the certificates are; null without TLS. */
    readonly tlsDirectory: string | null;
    readonly home: string;
  },
): readonly string[] {
  const { members, isNew, flags, tlsDirectory, home } = options;
  const [first] = members;
  const position = members.findIndex(({ id }) => id === node.id);
  const neighbour = isNew ? first : (members[position + 1] ?? first);
  const starts = neighbour === undefined || neighbour.id === node.id;
  return [
    ...['node', '-n', node.id, '-a', node.address, '-d', node.directory, '--home', home],
    ...(starts ? [] : ['-j', neighbour.address]),
    ...(tlsDirectory === null ? [] : tlsArguments(tlsDirectory, node.id)),
    ...flagArguments(new Map([...flags].filter(([name]) => name !== 'home'))),
  ];
}

function tlsArguments(directory: string, id: string): readonly string[] {
  const { certificate, key, authority } = certificateFiles(directory, id);
  return [`--tls-cert=${certificate}`, `--tls-key=${key}`, `--tls-ca=${authority}`];
}

function absolute(name: string, value: string, folder: string): string {
  const isPath = PATH_FLAGS.includes(name) || (name === 'machine' && isModule(value));
  return isPath ? resolve(folder, value) : value;
}

/** Says what is wrong with a flag before any node is started. */
function checkFlags(flags: ReadonlyMap<string, string>): void {
  const { machine } = nodeConfig(parseFlags(NODE_USAGE.flags, flagArguments(flags)));
  if (!isModule(machine) && !BUILT_IN_MACHINES.has(machine)) {
    const names = [...BUILT_IN_MACHINES.keys()].join(', ');
    throw new UsageError(
      `unknown machine '${machine}'; there is ${names}, or the path of a module`,
    );
  }
}

function numberFlag(
  given: GivenFlags,
  name: string,
  range: { readonly min: number; readonly max: number },
): number | null {
  const text = given.value(name);
  return text === null ? null : numberOf(`--${name}`, text, range);
}

function sameMembers(left: readonly FileMember[], right: readonly FileMember[]): boolean {
  const sorted = (members: readonly FileMember[]): string =>
    members
      .map(({ id, address }) => `${id} ${address}`)
      .sort()
      .join('\n');
  return sorted(left) === sorted(right);
}
