import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';

import { homeDirectory } from '../../../node-engine/node/home-directory.ts';
import { parseEndpoint } from '../../../node-engine/node/address.ts';
import { DEFAULT_BASE_PORT, findPortBlock, takenPorts } from '../../host/free-ports.ts';
import { EXCLUDING_FLAGS } from '../node/node-flags.ts';
import { withEnvironment } from '../args/environment.ts';
import { parseFlags, type GivenFlags } from '../args/flags.ts';
import { CommandError, reasonOf, UsageError } from '../args/usage-error.ts';
import type { Program } from '../program.ts';
import { CERTIFICATE_DAYS, makeCertificates } from '../tls/cluster-certificates.ts';
import { CLUSTER_FILE_BYTES_MAX, readClusterFile, type ClusterFile } from './cluster-file.ts';
import {
  clusterRequest,
  keptMembers,
  numberedMembers,
  plannedNodes,
  type ClusterRequest,
} from './cluster-plan.ts';
import { claimDirectory } from './directory-claim.ts';
import { readSavedPlan, writeSavedPlan, type SavedPlan } from './saved-plan.ts';
import { superviseCluster } from './supervision.ts';
import { UP_USAGE } from './up-flags.ts';

const DEFAULT_NODES = 3;

/** `raftdeck up`: a local cluster in the foreground. */
export async function upCommand(args: readonly string[], program: Program): Promise<number> {
  const startedMs = performance.now();
  const typed = parseFlags(UP_USAGE.flags, args);
  const given = withEnvironment(UP_USAGE.flags, typed, {
    env: program.env,
    excluding: EXCLUDING_FLAGS,
  });
  const filePath = given.value('f');
  const file = filePath === null ? null : loadClusterFile(filePath);
  const request = clusterRequest(given, file, filePath);
  const { platform } = process;
  const homeFlag = request.flags.get('home') ?? null;
  const home = homeDirectory({ flag: homeFlag, env: program.env, platform });
  const directory = clusterDirectory(given, home, request.name);
  const tlsDirectory = join(directory, 'tls');
  const release = claim(directory);
  try {
    const saved = readSavedPlan(directory);
    const plan = await planOf(request, saved, { directory, program });
    if (plan.tls) certify(plan, tlsDirectory);
    writeSavedPlan(directory, plan);
    return await superviseCluster({
      nodes: plannedNodes(plan.members, directory),
      plan,
      tlsDirectory: plan.tls ? tlsDirectory : null,
      home,
      json: given.has('json'),
      program,
      startedMs,
      onFormed: () => writeSavedPlan(directory, { ...plan, formed: true }),
    });
  } finally {
    release();
  }
}

function loadClusterFile(path: string): ClusterFile {
  let text: string;
  try {
    const stat = statSync(path);
    // A pipe without a writer would be waited for without end.
    if (!stat.isFile()) throw new Error('it is no file');
    if (stat.size > CLUSTER_FILE_BYTES_MAX) {
      throw new Error(`it has ${stat.size} bytes; at most ${CLUSTER_FILE_BYTES_MAX} are read`);
    }
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`cannot read ${path}: ${reasonOf(error)}`, { cause: error });
  }
  return readClusterFile(text, path);
}

function clusterDirectory(given: GivenFlags, home: string, name: string): string {
  const asked = given.value('d');
  return asked === null ? join(home, 'clusters', name) : resolve(asked);
}

function claim(directory: string): () => void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    return claimDirectory(directory);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(`cannot use the directory ${directory}: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

async function planOf(
  request: ClusterRequest,
  saved: SavedPlan | null,
  context: { readonly directory: string; readonly program: Program },
): Promise<SavedPlan> {
  const { directory, program } = context;
  if (saved !== null) {
    const members = keptMembers(request, saved, directory);
    const taken = await takenPorts(members.map(({ address }) => portOf(address)));
    if (taken.length > 0) throw new CommandError(`${taken.join(' ')} Nothing was started.`);
    if (request.basePort !== null && request.basePort !== portOf(members[0]?.address ?? '')) {
      program.warn(`raftdeck up: this cluster keeps its ports; --base-port is not used\n`);
    }
    const flags = new Map([...saved.flags, ...request.flags]);
    return { ...saved, members, flags, tls: request.tls ?? saved.tls };
  }
  const fresh = { flags: request.flags, tls: request.tls ?? false, formed: false };
  if (request.members !== null) {
    const taken = await takenPorts(request.members.map(({ address }) => portOf(address)));
    if (taken.length > 0) throw new CommandError(`${taken.join(' ')} Nothing was started.`);
    return { ...fresh, members: request.members };
  }
  const count = request.nodes ?? DEFAULT_NODES;
  const wanted = request.basePort ?? DEFAULT_BASE_PORT;
  const found = await findPortBlock(count, wanted, new Set());
  if (!found.ok) throw new CommandError(found.error.message);
  if (found.value !== wanted) {
    const [taken] = await takenPorts(Array.from({ length: count }, (_, offset) => wanted + offset));
    program.warn(`raftdeck up: ${taken ?? ''} The cluster takes ${found.value} and on.\n`);
  }
  return { ...fresh, members: numberedMembers(count, found.value) };
}

/** Makes what is missing: certificates once made stay, as they may have been given to clients. */
function certify({ members }: SavedPlan, directory: string): void {
  const hosts = members.flatMap(({ address }) => {
    const parsed = parseEndpoint(address, { portZero: true });
    return parsed.ok ? [parsed.endpoint.host] : [];
  });
  const ids = members.map(({ id }) => id);
  makeCertificates({ directory, ids, hosts, days: CERTIFICATE_DAYS, say: () => undefined });
}

function portOf(address: string): number {
  const parsed = parseEndpoint(address, { portZero: true });
  return parsed.ok ? parsed.endpoint.port : 0;
}
