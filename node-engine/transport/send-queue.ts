import type { Message } from '../raft/message.ts';

/** What a message counts for in a queue: its payloads, and something for itself. */
export function messageCost(message: Message): number {
  switch (message.type) {
    case 'AppendEntriesRequest':
      return message.runs.reduce((sum, run) => sum + run.bytes.length, OVERHEAD_BYTES);
    case 'InstallSnapshotRequest':
      return message.data.length + OVERHEAD_BYTES;
    case 'PreVoteRequest':
    case 'PreVoteResponse':
    case 'RequestVoteRequest':
    case 'RequestVoteResponse':
    case 'AppendEntriesResponse':
    case 'InstallSnapshotResponse':
    case 'TimeoutNow':
    case 'ReadIndexRequest':
    case 'ReadIndexResponse':
      return OVERHEAD_BYTES;
  }
}

const OVERHEAD_BYTES = 128;

/**
 * Messages on their way to one peer, bounded. When it is full the oldest go: Raft repeats what
 * matters, and a new message says more than an old one. The newest always stays.
 */
export class SendQueue {
  readonly #messagesMax: number;
  readonly #bytesMax: number;
  #messages: Message[] = [];
  #bytes = 0;

  constructor(limits: { readonly messagesMax: number; readonly bytesMax: number }) {
    this.#messagesMax = limits.messagesMax;
    this.#bytesMax = limits.bytesMax;
  }

  get length(): number {
    return this.#messages.length;
  }

  /** The oldest message; it stays. */
  get first(): Message | undefined {
    return this.#messages[0];
  }

  /** Adds a message; returns how many old ones had to go. */
  push(message: Message): number {
    this.#messages.push(message);
    this.#bytes += messageCost(message);
    let dropped = 0;
    while (
      this.#messages.length > 1 &&
      (this.#messages.length > this.#messagesMax || this.#bytes > this.#bytesMax)
    ) {
      this.shift();
      dropped++;
    }
    return dropped;
  }

  /** Takes the oldest message. */
  shift(): Message | undefined {
    const message = this.#messages.shift();
    if (message !== undefined) this.#bytes -= messageCost(message);
    return message;
  }

  /** Forgets everything; returns how many messages that were. */
  clear(): number {
    const count = this.#messages.length;
    this.#messages = [];
    this.#bytes = 0;
    return count;
  }
}
