import type { DialectName } from '../dialect/dialect.ts';
import type { Redirect } from '../failure-reply.ts';
import { CLUSTER_COMMANDS } from './cluster-commands.ts';
import type { NodeCommand } from './command.ts';
import { CONNECTION_COMMANDS } from './connection-commands.ts';
import { READONLY_COMMANDS } from './readonly-commands.ts';
import { MACHINE_COMMANDS } from './machine-commands.ts';
import { PEER_COMMANDS } from './peer-commands.ts';
import { RAFT_COMMANDS } from './raft-commands.ts';
import { SERVER_COMMANDS } from './server-commands.ts';
import { UHAHA_COMMANDS } from './uhaha-commands.ts';

/** Every command that a node answers itself, whatever machine it runs. */
export const NODE_COMMANDS: readonly NodeCommand[] = [
  ...CONNECTION_COMMANDS,
  ...READONLY_COMMANDS,
  ...SERVER_COMMANDS,
  ...MACHINE_COMMANDS,
  ...PEER_COMMANDS,
  ...RAFT_COMMANDS,
  ...CLUSTER_COMMANDS,
];

/** The same as a node's dialect has them. */
export function nodeCommandsFor(settings: {
  readonly dialect: DialectName;
  readonly redirect: Redirect;
}): readonly NodeCommand[] {
  if (settings.dialect !== 'uhaha') return NODE_COMMANDS;
  const others = NODE_COMMANDS.filter(({ name }) => name !== 'raft' && name !== 'cluster');
  // Uhaha in its Finn mode has no slots to speak of.
  const own = UHAHA_COMMANDS.filter(
    ({ name }) => name !== 'cluster' || settings.redirect !== 'try',
  );
  return [...others, ...own];
}
