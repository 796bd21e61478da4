import { NODE_USAGE } from './node/node-flags.ts';
import { INSPECT_USAGE } from './inspect/inspect-flags.ts';
import type { CommandUsage } from './args/usage-text.ts';
import type { Command } from './program.ts';
import { REPAIR_USAGE } from './repair/repair-flags.ts';
import { SERVE_USAGE } from './serve/serve-flags.ts';
import { RESTORE_USAGE } from './restore/restore-flags.ts';
import { SNAPSHOT_USAGE } from './snapshot/snapshot-flags.ts';
import { TLS_USAGE } from './tls/tls-flags.ts';
import { UP_USAGE } from './up/up-flags.ts';
import { VERIFY_USAGE } from './verify/verify-flags.ts';

/** A command of `raftdeck`. Its code is loaded when it runs, so that none waits for another's. */
export interface CommandEntry {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  readonly usage: CommandUsage;
  readonly load: () => Promise<Command>;
}

/** Every command, in the order in which the help lists them. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'serve',
    summary: 'serve the window to a browser',
    usage: SERVE_USAGE,
    load: async () => (await import('./serve/serve-command.ts')).serveCommand,
  },
  {
    name: 'up',
    summary: 'run a cluster on this machine',
    usage: UP_USAGE,
    load: async () => (await import('./up/up-command.ts')).upCommand,
  },
  {
    name: 'node',
    summary: 'run one node',
    usage: NODE_USAGE,
    load: async () => (await import('./node/node-command.ts')).nodeCommand,
  },
  {
    name: 'tls',
    summary: "make a cluster's own certificates",
    usage: TLS_USAGE,
    load: async () => (await import('./tls/tls-command.ts')).tlsCommand,
  },
  {
    name: 'inspect',
    summary: "read a stopped node's directory",
    usage: INSPECT_USAGE,
    load: async () => (await import('./inspect/inspect-command.ts')).inspectCommand,
  },
  {
    name: 'verify',
    summary: "check everything in stopped nodes' directories",
    usage: VERIFY_USAGE,
    load: async () => (await import('./verify/verify-command.ts')).verifyCommand,
  },
  {
    name: 'repair',
    summary: 'bring back a cluster of one that has lost entries',
    usage: REPAIR_USAGE,
    load: async () => (await import('./repair/repair-command.ts')).repairCommand,
  },
  {
    name: 'snapshot',
    summary: "save a running node's state in a file",
    usage: SNAPSHOT_USAGE,
    load: async () => (await import('./snapshot/snapshot-command.ts')).snapshotCommand,
  },
  {
    name: 'restore',
    summary: 'make a new cluster from a snapshot, or from one of Uhaha',
    usage: RESTORE_USAGE,
    load: async () => (await import('./restore/restore-command.ts')).restoreCommand,
  },
];
