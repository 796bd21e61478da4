import type { Socket } from 'node:net';

import { encodeReply, type ProtocolVersion, type ReplyWriter } from '../resp/reply-writer.ts';
import type { Reply } from '../resp/value.ts';
import type { OutputPool } from './output-pool.ts';
import { ReplyOrder, type Ticket } from './reply-order.ts';

/** A reply buffer of this size is sent off in the middle of a turn. */
const FLUSH_BYTES = 256 * 1024;

/**
 * The output of one connection: replies in the order of their tickets, gathered to one write a
 * turn.
 */
export class ReplyStream {
  /** The protocol version of the replies to come. */
  protocol: ProtocolVersion = 2;
  readonly #socket: Socket;
  readonly #pool: OutputPool;
  /** Called when the first bytes of a turn were written. */
  readonly #onOutput: () => void;
  readonly #order = new ReplyOrder();
  #writer: ReplyWriter | null = null;
  /** Replies before `#protocolSince` are written in `#protocolBefore`. */
  #protocolBefore: ProtocolVersion = 2;
  #protocolSince: Ticket = 0;

  constructor(socket: Socket, pool: OutputPool, onOutput: () => void) {
    this.#socket = socket;
    this.#pool = pool;
    this.#onOutput = onOutput;
  }

  /** Replies that are still owed. */
  get pending(): number {
    return this.#order.pending;
  }

  /** Bytes that have not gone to the kernel yet. */
  get bytes(): number {
    return this.#socket.writableLength + (this.#writer?.length ?? 0) + this.#order.earlyBytes;
  }

  /** Switches the protocol for the replies whose tickets are not taken yet. */
  setProtocol(protocol: ProtocolVersion): void {
    if (protocol === this.protocol) return;
    this.#protocolBefore = this.protocol;
    this.#protocolSince = this.#order.nextTicket;
    this.protocol = protocol;
  }

  reserve(count: number): Ticket {
    return this.#order.reserve(count);
  }

  /** Encodes the reply now, and sends it when its turn has come. */
  fill(ticket: Ticket, reply: Reply): void {
    const order = this.#order;
    const protocol = ticket < this.#protocolSince ? this.#protocolBefore : this.protocol;
    if (!order.isNext(ticket)) {
      order.store(ticket, encodeReply(reply, protocol));
      return;
    }
    const writer = this.#output();
    writer.protocol = protocol;
    writer.write(reply);
    order.wroteNext();
    for (let next = order.takeNext(); next !== undefined; next = order.takeNext()) {
      writer.writeRaw(next);
    }
    if (writer.length > FLUSH_BYTES) this.flush();
  }

  /** Hands what was written to the socket. */
  flush(): void {
    const writer = this.#writer;
    if (writer === null) return;
    this.#writer = null;
    if (this.#socket.writable) {
      this.#socket.write(writer.view());
      // Something queued means that the memory belongs to the socket until it is sent. Nothing
      // queued means that the kernel has taken the bytes.
      if (this.#socket.writableLength > 0) return;
    }
    this.#pool.release(writer);
  }

  /** Forgets what was not sent; the socket is gone. */
  discard(): void {
    if (this.#writer !== null) this.#pool.release(this.#writer);
    this.#writer = null;
  }

  #output(): ReplyWriter {
    if (this.#writer !== null) return this.#writer;
    this.#writer = this.#pool.acquire();
    this.#onOutput();
    return this.#writer;
  }
}
