import { CLUSTER_COMMANDS } from './cluster-commands.ts';
import type { NodeCommand } from './command.ts';
import { CONNECTION_COMMANDS } from './connection-commands.ts';
import { PEER_COMMANDS } from './peer-commands.ts';
import { RAFT_COMMANDS } from './raft-commands.ts';
import { SERVER_COMMANDS } from './server-commands.ts';

/** Every command that a node answers itself, whatever machine it runs. */
export const NODE_COMMANDS: readonly NodeCommand[] = [
  ...CONNECTION_COMMANDS,
  ...SERVER_COMMANDS,
  ...PEER_COMMANDS,
  ...RAFT_COMMANDS,
  ...CLUSTER_COMMANDS,
];
