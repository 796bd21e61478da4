import type { LogStore } from '../log/log-store.ts';
import type { CommandSpec, Machine } from '../machine/machine.ts';
import type { RaftCore } from '../raft/core.ts';
import type { Role } from '../raft/ready.ts';
import type { Member, NodeId } from '../raft/types.ts';
import type { Reply } from '../resp/value.ts';
import type { ImportFolder } from '../snapshot/import-folder.ts';
import type { SnapshotStore } from '../snapshot/snapshot-store.ts';
import type { Transport, PeerHello } from '../transport/transport.ts';
import type { FailedLogins } from './auth/failed-logins.ts';
import type { Users } from './auth/users.ts';
import type { Client } from './client.ts';
import type { Dialect, DialectName } from './dialect/dialect.ts';
import type { Driver } from './driver.ts';
import type { Consistency, ReadFailure } from './driver-ports.ts';
import type { Redirect } from './failure-reply.ts';
import type { FaultSwitchboard } from './faults/fault-switchboard.ts';
import type { Monitors } from './monitors.ts';
import type { Restorer } from './restorer.ts';
import type { NodeHealth, NodeStatus } from './status.ts';
import type { WatchHub } from './watch.ts';

/** What does not change while a node runs. */
export interface NodeSettings {
  readonly id: NodeId;
  readonly clientAddress: string;
  readonly peerAddress: string;
  readonly directory: string;
  readonly consistency: Consistency;
  readonly redirect: Redirect;
  readonly durability: string;
  readonly dialect: DialectName;
  readonly faultsAllowed: boolean;
  readonly electionTimeoutMinMs: number;
  readonly electionTimeoutMaxMs: number;
  readonly heartbeatIntervalMs: number;
  readonly startedAtMs: number;
  readonly softwareVersion: string;
}

/** Everything a command of the node may use. */
export interface NodeContext {
  readonly settings: NodeSettings;
  readonly core: RaftCore;
  readonly driver: Driver;
  readonly machine: Machine;
  readonly store: LogStore;
  readonly snapshots: SnapshotStore;
  /** Files that the state can be replaced from. */
  readonly imports: ImportFolder;
  readonly restorer: Restorer;
  readonly transport: Transport;
  readonly watch: WatchHub;
  /** Null unless the node was started with `--faults`. */
  readonly faults: FaultSwitchboard | null;
  /** Who may connect; null when everybody may. */
  readonly users: Users | null;
  readonly failedLogins: FailedLogins;
  /** How this node words its errors. */
  readonly dialect: Dialect;
  /** Clients that see every command (MONITOR). */
  readonly monitors: Monitors;
  /** All commands of this node, the machine's and its own, by lower-case name. */
  readonly specs: ReadonlyMap<string, CommandSpec>;
  clusterId(): string;
  clients(): readonly Client[];
  health(): { readonly health: NodeHealth; readonly reason: string | null };
  status(): NodeStatus;
  /** Dials an address and learns who is there (RAFTADDPEER); rejects with the cause. */
  probe(address: string): Promise<PeerHello>;
  /** Sends a command to another node of the cluster as its client; rejects when it cannot. */
  ask(address: string, args: readonly string[]): Promise<Reply>;
  /** Resolves at the end of the first turn in which `condition` holds; false at the deadline. */
  waitUntil(condition: () => boolean, timeoutMs: number): Promise<boolean>;
  /** What this node is in its cluster. One whose storage has failed leads nobody, whatever it was. */
  role(): Role;
  /** The member that leads, or null. */
  leader(): Member | null;
  /** What a client is told about a failure, with the place to go instead where there is one. */
  failure(failure: ReadFailure, slot: number): Reply;
  /** Where the node's wall clock comes from. */
  timeSource(): string;
  /** Stops the node as SIGTERM would. */
  shutdown(): void;
}
