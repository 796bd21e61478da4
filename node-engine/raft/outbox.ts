import type { LogChange } from './log.ts';
import type { Message } from './message.ts';
import type { FetchRequest, Ready, ReleasedRead, SnapshotRead, SnapshotWrite } from './ready.ts';
import type { HardState, LogIndex } from './types.ts';

const NOTHING: readonly never[] = [];

/** The list for a Ready; the usual empty one is shared. */
function listed<T>(items: T[]): readonly T[] {
  return items.length === 0 ? NOTHING : items;
}

/** Messages that wait for a write which an earlier Ready has handed out. */
interface HeldMessages {
  readonly sequence: number;
  messages: Message[];
}

/**
 * What gathers between one `ready()` and the next.
 *
 * It also keeps the promise that a Ready without a write has no messages to send after it: an answer
 * that depends on a write handed out earlier is held here until that one is durable.
 */
export class Outbox {
  /** Number of the Ready handed out last. */
  sequence = 0;
  messages: Message[] = [];
  messagesAfterAppend: Message[] = [];
  reads: ReleasedRead[] = [];
  failedReads: number[] = [];
  fetches: FetchRequest[] = [];
  snapshotReads: SnapshotRead[] = [];
  snapshotWrites: SnapshotWrite[] = [];

  #held: HeldMessages[] = [];

  get isEmpty(): boolean {
    return (
      this.messages.length === 0 &&
      this.messagesAfterAppend.length === 0 &&
      this.reads.length === 0 &&
      this.failedReads.length === 0 &&
      this.fetches.length === 0 &&
      this.snapshotReads.length === 0 &&
      this.snapshotWrites.length === 0
    );
  }

  /** A write is on its way: messages may come to wait for it. */
  writeStarted(sequence: number): void {
    this.#held.push({ sequence, messages: [] });
  }

  /** A write is durable: what waited for it may leave. */
  writeDone(): void {
    const held = this.#held.shift();
    if (held !== undefined) this.messages.push(...held.messages);
  }

  /**
   * Drops answers that were not handed out yet. After a change of term nobody waits for them, and an
   * acknowledgement of entries that were cut again before they were written would be a lie.
   */
  forgetAfterAppend(): void {
    this.messagesAfterAppend = [];
    for (const held of this.#held) held.messages = [];
  }

  /** Settles where the messages after an append go when there is nothing to append. */
  settleWithoutWrite(): void {
    if (this.messagesAfterAppend.length === 0) return;
    const newestWrite = this.#held[this.#held.length - 1];
    const destination = newestWrite === undefined ? this.messages : newestWrite.messages;
    destination.push(...this.messagesAfterAppend);
    this.messagesAfterAppend = [];
  }

  /** Everything gathered, as a Ready. */
  take(parts: {
    readonly hardState: HardState | null;
    readonly change: LogChange | null;
    readonly commitIndex: LogIndex;
  }): Ready {
    const { change } = parts;
    const ready: Ready = {
      sequence: this.sequence,
      mustPersist: change !== null,
      hardState: parts.hardState,
      install: change?.install ?? null,
      truncateFrom: change?.truncateFrom ?? null,
      append: change?.append ?? NOTHING,
      trimThrough: change?.trimThrough ?? null,
      messages: listed(this.messages),
      messagesAfterAppend: listed(this.messagesAfterAppend),
      commitIndex: parts.commitIndex,
      reads: listed(this.reads),
      failedReads: listed(this.failedReads),
      fetches: listed(this.fetches),
      snapshotReads: listed(this.snapshotReads),
      snapshotWrites: listed(this.snapshotWrites),
    };
    this.#forget();
    return ready;
  }

  #forget(): void {
    if (this.messages.length > 0) this.messages = [];
    if (this.messagesAfterAppend.length > 0) this.messagesAfterAppend = [];
    if (this.reads.length > 0) this.reads = [];
    if (this.failedReads.length > 0) this.failedReads = [];
    if (this.fetches.length > 0) this.fetches = [];
    if (this.snapshotReads.length > 0) this.snapshotReads = [];
    if (this.snapshotWrites.length > 0) this.snapshotWrites = [];
  }
}
