import type { Backend, Durability } from '../log/log-store.ts';
import type { Role } from '../raft/ready.ts';
import type { MachineDefinition } from '../machine/machine.ts';
import type { Endpoint } from './address.ts';
import type { Consistency, SnapshotPolicy } from './driver-ports.ts';
import type { UserSource } from './auth/users.ts';
import type { TlsFiles } from './tls/tls-identity.ts';
import type { DialectName } from './dialect/dialect.ts';
import type { NodeHandle } from '../machine/node-handle.ts';
import type { ServiceMaker } from '../services/service.ts';
import type { Redirect } from './failure-reply.ts';
import type { CommandObserver } from './observer.ts';
import type { NodeStatus } from './status.ts';

/** How loud a line of the node's own log is. */
export type LogLevel = 'debug' | 'verbose' | 'notice' | 'warning';

/** Takes the node's log lines; one line of text without a line end. */
export type Logger = (level: LogLevel, text: string) => void;

/** How a node without data comes into a cluster. */
export type Entry =
  /** Becomes a cluster of one at its first start. */
  | { readonly type: 'bootstrap' }
  /** Asks the member at this address to add it, until that has succeeded. */
  | { readonly type: 'join'; readonly address: string }
  /** Waits until somebody adds it with RAFTADDPEER. */
  | { readonly type: 'wait' };

/** Everything that makes a node. The command line and `openNode` fill in the defaults. */
export interface NodeOptions {
  /** 1–40 letters, digits, dots, dashes or underscores. */
  readonly id: string;
  /** Host and port to listen on; port 0 takes a free one. */
  readonly host: string;
  readonly port: number;
  /** What peers and clients are told, `host:port`; null = the address that was bound. */
  readonly advertise: string | null;
  readonly directory: string;
  readonly machine: MachineDefinition;
  readonly backend: Backend;
  readonly durability: Durability;
  readonly consistency: Consistency;
  readonly redirect: Redirect;
  readonly dialect: DialectName;
  readonly electionTimeoutMinMs: number;
  readonly electionTimeoutMaxMs: number;
  readonly heartbeatIntervalMs: number;
  readonly snapshots: SnapshotPolicy;
  /** What to do when the directory holds no data; ignored when it does. */
  readonly entry: Entry;
  /** Added as a non-voter that is never promoted by itself; with `join` only. */
  readonly nonVoter: boolean;
  /** Where this node dials a peer instead of its advertised address, by id. */
  readonly dial: ReadonlyMap<string, string>;
  /** Who may connect; null lets everybody do everything, which only a loopback address may. */
  readonly users: readonly UserSource[] | null;
  /** TLS for clients and peers; null speaks in the clear. */
  readonly tls: TlsFiles | null;
  /** Shared by the nodes of a cluster; peers prove that they have it. At least 16 bytes. */
  readonly secret: Uint8Array;
  /** Asked for the time (SNTP); unless given, the clock is that of the machine alone. */
  readonly timeServer?: Endpoint | null;
  readonly faultsAllowed: boolean;
  readonly softwareVersion: string;
  readonly log: Logger;
  /** Protocols of their own on the node's port. */
  readonly services?: readonly ServiceMaker[];
  /** Called when the role changes, before the line in the log that says so. */
  readonly onRole?: (role: Role) => void;
}

/** A node that listens. */
export interface RunningNode extends NodeHandle {
  readonly role: Role;
  /** What the node says of itself, as `RAFT STATUS`; null while it is still starting. */
  status(): NodeStatus | null;
  /**
   * Shows the commands that clients send, as MONITOR does: none about the cluster, none that may hold a
   * password. `queueMax` (1024 unless given) may wait to be taken; more than that are lost, and counted.
   */
  observe(options?: { readonly queueMax?: number }): CommandObserver;
  /** Settles when the node has ended by itself; with the reason when that was not asked for. */
  readonly ended: Promise<{ readonly reason: string | null }>;
  /** Stops accepting, finishes pending replies, hands leadership over if it leads, closes. */
  close(): Promise<void>;
  /**
   * Reads the TLS files again, for connections that come from now on.
   *
   * @throws NodeStartError, and goes on with what it had
   */
  reloadTls(): void;
}

/** Why a node did not start; nothing was changed on disk. */
export class NodeStartError extends Error {
  readonly code: 'ADDRESS_IN_USE' | 'ADDRESS' | 'DIRECTORY' | 'DAMAGED' | 'JOIN' | 'OPTIONS';

  constructor(code: NodeStartError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'NodeStartError';
    this.code = code;
  }
}

/** What a node uses unless told otherwise. */
export const DEFAULT_SNAPSHOT_POLICY: SnapshotPolicy = {
  snapshotEntries: 1_000_000,
  snapshotLogBytes: 256 * 1024 * 1024,
  trailingEntries: 10_000,
};

/** In memory the log takes room that the state could have, and letting it go costs nothing. */
const MEMORY_LOG_BYTES_MAX = 16 * 1024 * 1024;

/** What a node does about snapshots, by what it keeps its log in. */
export function snapshotPolicyOf(options: NodeOptions): SnapshotPolicy {
  const { backend, snapshots } = options;
  if (backend !== 'memory') return snapshots;
  const snapshotLogBytes = Math.min(snapshots.snapshotLogBytes, MEMORY_LOG_BYTES_MAX);
  return { ...snapshots, snapshotLogBytes, isOnDemand: true };
}
