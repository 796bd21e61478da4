import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** What a client may do: read; read and write; or also change the cluster and end the node. */
export type ClientRole = 'read-only' | 'read-write' | 'admin';

/** The roles by their names in a users file. */
export const CLIENT_ROLES: readonly ClientRole[] = ['read-only', 'read-write', 'admin'];

/** A user as it is configured. */
export interface UserSource {
  readonly name: string;
  readonly role: ClientRole;
  readonly password: string;
}

/** Who a password alone is for, as in Redis. */
export const DEFAULT_USER = 'default';
/** The nodes of a cluster among themselves. */
export const NODE_USER = 'raftdeck-node';

interface User {
  readonly name: string;
  readonly role: ClientRole;
  readonly digest: Buffer;
}

/** Those who may connect to a node. Passwords are kept as digests, and compared in constant time. */
export class Users {
  readonly #users: readonly User[];

  constructor(sources: readonly UserSource[]) {
    this.#users = sources.map(({ name, role, password }) => ({
      name,
      role,
      digest: digestOf(name, password),
    }));
  }

  /**
   * The user with that name and password, or null. Every user is compared in full, so that the time
   * tells neither names nor how much of a password was right.
   */
  verify(
    name: string,
    password: string,
  ): { readonly name: string; readonly role: ClientRole } | null {
    const given = digestOf(name, password);
    let found: User | null = null;
    for (const user of this.#users) if (timingSafeEqual(given, user.digest)) found = user;
    return found;
  }
}

/**
 * With what the nodes of a cluster, and whoever runs them, talk to each other's client port. It
 * follows from the cluster's secret, which it does not give away.
 */
export function nodeCredentials(secret: Uint8Array): {
  readonly username: string;
  readonly password: string;
} {
  const password = createHmac('sha256', secret).update('raftdeck client of a node').digest('hex');
  return { username: NODE_USER, password };
}

/** The nodes of a cluster as a user of each other. */
export function nodeUser(secret: Uint8Array): UserSource {
  const { username, password } = nodeCredentials(secret);
  return { name: username, role: 'admin', password };
}

/** What is wrong with a user, or null. */
export function userProblem({ name, password }: UserSource): string | null {
  if (!/^[!-~]{1,64}$/.test(name)) return `'${name}' is no user name: 1 to 64 printable characters`;
  if (name === NODE_USER) return `the user name ${NODE_USER} is for the nodes themselves`;
  return password === '' ? `user ${name} has no password` : null;
}

function digestOf(name: string, password: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(Buffer.byteLength(name));
  return createHash('sha256').update(length).update(name).update(password).digest();
}
