import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';

import { endpointText, isLoopback } from '../../../node-engine/node/address.ts';
import { readPasswordFile, readUsersFile } from '../../../node-engine/node/auth/user-files.ts';
import { DEFAULT_USER, type UserSource } from '../../../node-engine/node/auth/users.ts';
import { homeDirectory } from '../../../node-engine/node/home-directory.ts';
import {
  NodeStartError,
  type NodeOptions,
  type RunningNode,
} from '../../../node-engine/node/node-options.ts';
import { localSecret, readSecretFile } from '../../../node-engine/node/secret-file.ts';
import { startNode } from '../../../node-engine/node/start-node.ts';
import type { Role } from '../../../node-engine/raft/ready.ts';
import { portOwner } from '../../host/port-owner.ts';
import { withEnvironment } from '../args/environment.ts';
import { parseFlags } from '../args/flags.ts';
import { CommandError, reasonOf, UsageError } from '../args/usage-error.ts';
import { listenForEnd } from '../end-signals.ts';
import { EXIT_BROKEN, EXIT_DONE, EXIT_FAILED, type Program } from '../program.ts';
import { reloadOnHangUp } from './hang-up.ts';
import { loadMachine } from './load-machine.ts';
import { nodeConfig, type NodeConfig } from './node-config.ts';
import { EXCLUDING_FLAGS, NODE_USAGE } from './node-flags.ts';
import type { RoleLetter } from './log-line.ts';
import { NodeLog } from './node-log.ts';

const ANY_ADDRESSES: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

const ROLE_LETTERS: Readonly<Record<Role, RoleLetter>> = {
  follower: 'F',
  'pre-candidate': 'C',
  candidate: 'C',
  leader: 'L',
};

/** `raftdeck node`: one node in the foreground, until a signal, `SHUTDOWN` or a failure ends it. */
export async function nodeCommand(args: readonly string[], program: Program): Promise<number> {
  const typed = parseFlags(NODE_USAGE.flags, args);
  const source = { env: program.env, excluding: EXCLUDING_FLAGS };
  const config = nodeConfig(withEnvironment(NODE_USAGE.flags, typed, source));
  const definition = await loadMachine(config.machine, program);
  const log = new NodeLog({
    loudness: config.loudness,
    format: config.logFormat,
    coloured: process.stderr.isTTY && (program.env['NO_COLOR'] ?? '') === '',
    write: program.warn,
  });
  endLoudlyWhenBroken(log);
  // From the start on: a node that is asked to end while it opens its data still ends cleanly.
  const { first: asked } = listenForEnd(
    (signal) => {
      log.line('warning', `ending at once: a second ${signal}`);
      process.exit(EXIT_FAILED);
    },
    config.options.tls === null ? [] : ['SIGHUP'],
  );
  const hangUps = config.options.tls === null ? null : reloadOnHangUp(log);
  const users = usersOf(config, program);
  const host = await bindHost(config, users !== null);
  const secret = secretOf(config, program);
  log.line('notice', `starting raftdeck version ${program.version}`);
  for (const notice of config.notices) log.line('notice', notice);
  const node = await startOrSayWho({
    ...config.options,
    host,
    machine: definition,
    secret,
    users,
    softwareVersion: program.version,
    log: (level, text) => log.line(level, text),
    onRole: (role) => log.setRole(ROLE_LETTERS[role]),
  });
  log.started();
  hangUps?.(node);
  try {
    return await untilEnded(node, asked, log);
  } finally {
    log.close();
  }
}

/** A port in use is easier to free when it is known who has it. */
async function startOrSayWho(options: NodeOptions): Promise<RunningNode> {
  try {
    return await startNode(options);
  } catch (error) {
    if (!(error instanceof NodeStartError) || error.code !== 'ADDRESS_IN_USE') throw error;
    const owner = portOwner(options.port);
    const by = owner === null ? '' : ` by ${owner.name} (PID ${owner.pid})`;
    throw new CommandError(`${error.message}${by}`, { cause: error });
  }
}

/** The exit code, once the node has ended by itself or was closed after a signal. */
async function untilEnded(
  node: RunningNode,
  asked: Promise<NodeJS.Signals>,
  log: NodeLog,
): Promise<number> {
  const closed = asked.then(async (signal) => {
    log.line('notice', `${signal}: shutting down`);
    try {
      await node.close();
      return EXIT_DONE;
    } catch (error) {
      log.alarm(`could not close cleanly: ${reasonOf(error)}`);
      return EXIT_FAILED;
    }
  });
  const ended = node.ended.then(({ reason }) => {
    if (reason === null) return EXIT_DONE;
    log.alarm(`ended: ${reason}`);
    return EXIT_FAILED;
  });
  return Promise.race([closed, ended]);
}

/**
 * The address to bind. A name is resolved once, here, so that what was checked is what is bound.
 *
 * @throws CommandError for a name that does not resolve, and for an address that others can reach
 */
async function bindHost(config: NodeConfig, hasUsers: boolean): Promise<string> {
  const { host, port, advertise } = config.options;
  let found: readonly LookupAddress[];
  try {
    found = await lookup(host, { all: true });
  } catch (error) {
    throw new CommandError(`cannot listen on ${host}: ${reasonOf(error)}`, { cause: error });
  }
  const chosen = found.find(({ family }) => family === 4) ?? found[0];
  if (chosen !== undefined && isLoopback(chosen.address)) return chosen.address;
  const where = endpointText({ host, port });
  if (!hasUsers) {
    throw new CommandError(
      `refusing to listen on ${where}: clients there would need no password; ` +
        'give one (--auth-file or --users-file), or a loopback address such as 127.0.0.1',
    );
  }
  if (config.secretFile === null) {
    throw new CommandError(
      `refusing to listen on ${where} with the secret of this user's local nodes; ` +
        'give the cluster its own (--secret-file, or RAFTDECK_SECRET_FILE)',
    );
  }
  const address = chosen?.address ?? host;
  if (advertise === null && ANY_ADDRESSES.has(address)) {
    throw new CommandError(
      `${where} is no address that others could dial; say which one with --advertise HOST:PORT`,
    );
  }
  return address;
}

/** The users from the files, the environment or the command line; null when there are none. */
function usersOf(config: NodeConfig, program: Program): readonly UserSource[] | null {
  const { authFile, usersFile, typedPassword } = config;
  const fromEnvironment = program.env['RAFTDECK_AUTH'] ?? '';
  const password = typedPassword ?? (authFile === null ? fromEnvironment : '');
  const users: UserSource[] = usersFile === null ? [] : [...readUsersFile(usersFile)];
  if (authFile !== null && typedPassword === null) users.push(readPasswordFile(authFile));
  if (password !== '') users.push({ name: DEFAULT_USER, role: 'admin', password });
  const twice = users.filter(({ name }) => name === DEFAULT_USER).length > 1;
  if (twice) throw new UsageError(`user ${DEFAULT_USER} has a password of its own already`);
  return users.length === 0 ? null : users;
}

function secretOf(config: NodeConfig, program: Program): Uint8Array {
  if (config.secretFile !== null) return readSecretFile(config.secretFile);
  const { platform } = process;
  return localSecret(homeDirectory({ flag: config.homeFlag, env: program.env, platform }));
}

/**
 * A broken invariant ends the process before it can write anything more. A log that nobody reads any
 * more is no such thing: the node goes on without it.
 */
function endLoudlyWhenBroken(log: NodeLog): void {
  process.stderr.on('error', () => undefined);
  process.on('uncaughtException', (error) => {
    log.alarm(`BUG: an invariant is broken and this node ends itself: ${error.message}`);
    if (error.stack !== undefined) log.alarm(error.stack);
    process.exit(EXIT_BROKEN);
  });
}
