import type { RaftConfig } from '../../node-engine/raft/config.ts';
import type { Proposal } from '../../node-engine/raft/core.ts';
import type { Message } from '../../node-engine/raft/message.ts';
import { Raft } from '../../node-engine/raft/raft.ts';
import type { Ready, ReleasedRead } from '../../node-engine/raft/ready.ts';
import type { TraceEvent } from '../../node-engine/raft/trace.ts';
import { RUN_COMMANDS } from '../../node-engine/raft/types.ts';
import type { Member, SnapshotMeta } from '../../node-engine/raft/types.ts';
import type { Disk } from './disk.ts';

/** One command is one byte in these tests, so offsets are counts. */
export const offsetOfCommand = (_bytes: Uint8Array, count: number): number => count;

/** A member whose addresses follow from its id. */
export function member(id: string, rights: 'voter' | 'non-voter' | 'joining' = 'voter'): Member {
  return {
    id,
    peerAddress: `n${id}:1`,
    clientAddress: `n${id}:2`,
    voter: rights === 'voter',
    promote: rights === 'joining',
  };
}

/** Commands of one byte each. */
export function commands(text: string): Proposal {
  const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
  return { count: bytes.length, timeNs: 0n, seed: 0n, flags: RUN_COMMANDS, bytes };
}

/**
 * One server with its disk and a machine that applies at once. The test decides when writes become
 * durable; reads of the disk are answered on the spot.
 */
export class Server {
  readonly id: string;
  readonly disk: Disk;
  readonly config: RaftConfig;
  raft: Raft;
  /** What the core has told since the list was last emptied. */
  readonly trace: TraceEvent[] = [];
  /** Readys whose write is not durable yet. */
  writing: Ready[] = [];
  readonly reads: ReleasedRead[] = [];
  readonly failedReads: number[] = [];
  commitIndex = 0;
  /** False while its log is being repaired. */
  mayVote = true;
  readonly #random: () => number;
  readonly #isWatched: boolean;

  constructor(
    id: string,
    disk: Disk,
    options: {
      readonly config: RaftConfig;
      readonly random: () => number;
      readonly nowMs: number;
      /** Whether the core tells what it does; true when left out. */
      readonly isWatched?: boolean;
    },
  ) {
    this.id = id;
    this.disk = disk;
    this.config = options.config;
    this.#random = options.random;
    this.#isWatched = options.isWatched ?? true;
    this.raft = this.#start(options.nowMs);
  }

  #start(nowMs: number): Raft {
    return new Raft({
      id: this.id,
      config: this.config,
      recovered: this.disk.recover(),
      nowMs,
      random: this.#random,
      offsetOfCommand,
      trace: this.#isWatched ? (event) => this.trace.push(event) : null,
      mayVote: () => this.mayVote,
    });
  }

  /** Forgets everything that is not on disk. */
  restart(nowMs: number): void {
    this.writing = [];
    this.reads.length = 0;
    this.failedReads.length = 0;
    this.raft = this.#start(nowMs);
    this.commitIndex = 0;
  }

  /** Takes one Ready; its write waits. The caller sends its messages. */
  takeReady(): Ready {
    const ready = this.raft.ready();
    this.reads.push(...ready.reads);
    this.failedReads.push(...ready.failedReads);
    this.commitIndex = ready.commitIndex;
    this.raft.applied(ready.commitIndex);
    for (const fetch of ready.fetches) {
      this.raft.fetched(fetch.to, fetch.fromIndex, this.disk.read(fetch));
    }
    for (const read of ready.snapshotReads) {
      const bytes = this.disk.readSnapshot(read.snapshot.id, read.offset, read.bytesMax);
      this.raft.snapshotBytesRead(read.to, read.snapshot.lastIncludedIndex, read.offset, bytes);
    }
    for (const write of ready.snapshotWrites) {
      this.raft.snapshotChunkStored(this.disk.writeSnapshot(write));
    }
    if (ready.mustPersist) this.writing.push(ready);
    return ready;
  }

  /** Takes all Readys. Returns the messages that leave at once. */
  takeReadys(): Message[] {
    const messages: Message[] = [];
    while (this.raft.hasReady()) messages.push(...this.takeReady().messages);
    return messages;
  }

  /** Makes the oldest write durable. Returns the messages that waited for it. */
  persistOne(): readonly Message[] {
    const ready = this.writing.shift();
    if (ready === undefined) return [];
    this.disk.write(ready);
    this.raft.persisted(ready.sequence);
    return ready.messagesAfterAppend;
  }

  /** Makes a snapshot of everything up to `index`, which must be applied. */
  takeSnapshot(index: number, bytes: Uint8Array): SnapshotMeta {
    const { membership, index: membershipIndex } = this.raft.membershipAt(index);
    const term = this.raft.termAt(index);
    if (term === null) throw new Error(`the term of ${index} is not known`);
    const draft = {
      lastIncludedIndex: index,
      lastIncludedTerm: term,
      membership,
      membershipIndex,
    };
    const snapshot = this.disk.takeSnapshot(draft, bytes);
    this.raft.snapshotTaken(snapshot);
    return snapshot;
  }
}
