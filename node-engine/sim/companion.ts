import type { CommandContext, MachineSnapshot } from '../machine/machine.ts';
import type { NodeId } from '../raft/types.ts';

/**
 * A machine of someone's own beside the simulator's on one server, in one life of it. It goes through
 * all that the simulator's machine does: it applies the same entries, is in the same snapshots, and
 * answers the reads that have become safe. It reports what it finds and never throws.
 */
export interface Companion {
  /** Asks for ticks, as `Machine.tickIntervalMs`. */
  readonly tickIntervalMs?: number;
  /** A client's write was committed; what it means is the companion's affair. */
  apply(writeId: number, context: CommandContext): void;
  tick(context: CommandContext): void;
  /** A client's read may be answered now. */
  read(): void;
  /** As `Machine.snapshot`. */
  snapshot(): MachineSnapshot | null;
  /** Takes the whole of what a snapshot held. */
  restore(bytes: Uint8Array): void;
}

/** Makes the companion of a server that starts. */
export type CompanionMaker = (id: NodeId) => Companion;
