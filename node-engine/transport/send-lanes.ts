import type { AppendEntriesRequest, Message } from '../raft/message.ts';
import { encodeFrame, encodePiece, isSameFrame, PIECE_BYTES_MAX } from './frame.ts';
import { messageCost, SendQueue } from './send-queue.ts';

/** A message from this size on travels in pieces. */
const LARGE_BYTES = 256 * 1024;

/** A large message on its way: its frame, and how much of it is gone. */
interface Passage {
  readonly message: AppendEntriesRequest;
  readonly parts: readonly Buffer[];
  part: number;
  offset: number;
}

/**
 * What goes to one peer, in two lanes. Most messages go straight. A large one is cut into pieces
 * between which the straight lane goes on, because a leader that is silent while it sends a large
 * command would not stay one; messages with entries behind it wait for their turn, so that entries
 * never overtake entries.
 *
 * A heartbeat compares the logs behind everything sent, so in front of entries that are still on
 * their way it would be refused. It is sent as the leader could have sent it before them: with the
 * place of the oldest entries not yet sent.
 */
export class SendLanes {
  readonly #straight: SendQueue;
  readonly #entries: SendQueue;
  #passage: Passage | null = null;
  /** What an idle node says is the same again and again: it is encoded once. */
  #last: { readonly message: Message; readonly parts: readonly Buffer[] } | null = null;

  constructor(limits: { readonly messagesMax: number; readonly bytesMax: number }) {
    this.#straight = new SendQueue(limits);
    this.#entries = new SendQueue(limits);
  }

  /** Adds a message; returns how many old ones had to go for it. */
  push(message: Message): number {
    if (message.type !== 'AppendEntriesRequest') return this.#straight.push(message);
    if (message.runs.length === 0) return this.#straight.push(this.#asBeforeEntries(message));
    const waits = this.#carriesEntries || messageCost(message) >= LARGE_BYTES;
    return waits ? this.#entries.push(message) : this.#straight.push(message);
  }

  /** Frames of the straight lane, about `bytesMax` of them; counts them in `taken`. */
  takeStraight(bytesMax: number): { readonly parts: Buffer[]; readonly taken: number } {
    const parts: Buffer[] = [];
    let taken = 0;
    for (let bytes = 0; bytes < bytesMax;) {
      const message = this.#straight.shift();
      if (message === undefined) break;
      taken++;
      for (const part of this.#encoded(message)) {
        parts.push(part);
        bytes += part.length;
      }
    }
    return { parts, taken };
  }

  /** The next piece of the entries lane; null when it is empty. */
  takePiece(): { readonly parts: Buffer[]; readonly endsMessage: boolean } | null {
    const passage = (this.#passage ??= this.#begin());
    const part = passage?.parts[passage.part];
    if (passage === null || part === undefined) return null;
    const piece = part.subarray(passage.offset, passage.offset + PIECE_BYTES_MAX);
    passage.offset += piece.length;
    if (passage.offset >= part.length) {
      passage.part++;
      passage.offset = 0;
    }
    const endsMessage = passage.part >= passage.parts.length;
    if (endsMessage) this.#passage = null;
    return { parts: encodePiece(piece), endsMessage };
  }

  /** Forgets everything; returns how many messages that were. */
  clear(): number {
    const begun = this.#passage === null ? 0 : 1;
    this.#passage = null;
    return this.#straight.clear() + this.#entries.clear() + begun;
  }

  #encoded(message: Message): readonly Buffer[] {
    if (this.#last !== null && isSameFrame(this.#last.message, message)) return this.#last.parts;
    const parts = encodeFrame(message);
    if (isSameFrame(message, message)) this.#last = { message, parts };
    return parts;
  }

  get #carriesEntries(): boolean {
    return this.#passage !== null || this.#entries.length > 0;
  }

  #begin(): Passage | null {
    const message = this.#entries.shift();
    // Only entries are ever put there.
    if (message?.type !== 'AppendEntriesRequest') return null;
    return { message, parts: encodeFrame(message), part: 0, offset: 0 };
  }

  #asBeforeEntries(heartbeat: AppendEntriesRequest): AppendEntriesRequest {
    const oldest = this.#passage?.message ?? this.#entries.first;
    // Of an older term nothing can be said: the log may have been cut since.
    if (oldest?.type !== 'AppendEntriesRequest' || oldest.term !== heartbeat.term) return heartbeat;
    const { prevLogIndex, prevLogTerm } = oldest;
    return { ...heartbeat, prevLogIndex, prevLogTerm };
  }
}
