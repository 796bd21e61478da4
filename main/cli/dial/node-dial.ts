import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';

import { RespClient } from '../../../node-engine/client/resp-client.ts';
import { readPasswordFile } from '../../../node-engine/node/auth/user-files.ts';
import { DEFAULT_USER } from '../../../node-engine/node/auth/users.ts';
import type { FlagSpec, GivenFlags } from '../args/flags.ts';
import { reasonOf, UsageError } from '../args/usage-error.ts';
import type { Program } from '../program.ts';

const CONNECT_MS = 5_000;

/** What a command takes that talks to running nodes: who it is, and by what it knows them. */
export const DIAL_FLAGS: readonly FlagSpec[] = [
  { name: 'user', value: 'NAME', summary: 'who to log in as (default: the default user)' },
  {
    name: 'auth-file',
    value: 'FILE',
    summary: 'a file with the password (default $RAFTDECK_AUTH, or none)',
  },
  {
    name: 'tls-ca',
    value: 'FILE',
    summary: "speak TLS, and know the nodes by this cluster's ca.pem",
  },
];

/** Connects to a node in RESP3. */
export type NodeDial = (address: string) => Promise<RespClient>;

/**
 * How to connect with what the flags and the environment say.
 *
 * @throws UsageError when a file cannot be read, or a user comes without a password
 */
export function dialWith(flags: GivenFlags, program: Program): NodeDial {
  const authFile = flags.value('auth-file');
  const password =
    authFile === null ? (program.env['RAFTDECK_AUTH'] ?? '') : readPasswordFile(authFile).password;
  const user = flags.value('user');
  if (user !== null && password === '') {
    throw new UsageError('--user needs a password: --auth-file FILE, or RAFTDECK_AUTH');
  }
  const login = password === '' ? {} : { username: user ?? DEFAULT_USER, password };
  const authority = flags.value('tls-ca');
  const tls = authority === null ? {} : { tls: knownBy(authority) };
  return (address) =>
    RespClient.connect({ address, protocol: 3, connectTimeoutMs: CONNECT_MS, ...login, ...tls });
}

function knownBy(path: string): ConnectionOptions {
  try {
    return { ca: readFileSync(path) };
  } catch (error) {
    throw new UsageError(`--tls-ca: cannot read ${path}: ${reasonOf(error)}`, { cause: error });
  }
}
