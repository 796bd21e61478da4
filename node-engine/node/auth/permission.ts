import { isWord } from '../../machine/command-arguments.ts';
import { errorReply } from '../../resp/value.ts';
import type { ErrorReply } from '../../resp/value.ts';
import { CLIENT_ROLES, type ClientRole } from './users.ts';

/** What a client may send before it has said who it is. QUIT never gets this far. */
const FOR_STRANGERS: readonly string[] = ['AUTH', 'HELLO', 'RESET'];

/** Whether a command of that name is for everybody. */
export function isForStrangers(name: Uint8Array | undefined): boolean {
  return name !== undefined && FOR_STRANGERS.some((word) => isWord(name, word));
}

/** Whether a role includes another. */
export function mayDo(role: ClientRole, needed: ClientRole): boolean {
  return CLIENT_ROLES.indexOf(role) >= CLIENT_ROLES.indexOf(needed);
}

/** What a command of the node or of the machine is, as far as roles go. */
export interface JudgedCommand {
  readonly type: 'node' | 'write' | 'read' | 'intermediate' | 'catch-all';
  readonly name: string;
  readonly command?: { readonly administrative: boolean };
}

/** Why a client may not send a command, or null; a subcommand may ask for more. */
export function refusedByRole(
  user: { readonly name: string; readonly role: ClientRole } | null,
  { type, name, command }: JudgedCommand,
): ErrorReply | null {
  if (user === null) return null;
  const own = command?.administrative === true ? 'admin' : 'read-only';
  const needed = type === 'node' || type === 'read' ? own : 'read-write';
  return mayDo(user.role, needed) ? null : noPermission(user.name, name);
}

/** The answer to a client whose role is too small; Redis's own text. */
export function noPermission(user: string, command: string): ErrorReply {
  return errorReply(`NOPERM User ${user} has no permissions to run the '${command}' command`);
}
