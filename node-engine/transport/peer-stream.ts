import type { Socket } from 'node:net';

import { GuardedParser } from '../client/guarded-parser.ts';
import type { ReplyLimits } from '../resp/reply-limits.ts';
import { HELLO_MESSAGE_LIMITS } from './limits.ts';

/** The one element of a message that only says "I live". */
const KEEPALIVE_WORD = 0x4b;

/** Heartbeats and their answers are shorter, and so is a sign of life. */
const KNOWN_BYTES_MAX = 128;

/** A chunk that was one whole message, and the message. */
interface KnownChunk {
  readonly bytes: Buffer;
  readonly bulks: readonly unknown[];
}

/**
 * A connection between two nodes as a stream of messages, each a RESP array of bulk strings. It
 * knows when the other side was last heard and ends itself when the stream is none of ours.
 */
export class PeerStream {
  readonly remoteAddress: string;
  /**
   * Gets each message but signs of life. The very array that it got before says that the bytes are
   * those that came before.
   */
  onMessage: (bulks: readonly unknown[]) => void = ignore;
  /** Called once. */
  onClosed: (reason: string) => void = ignore;
  /** The socket takes more again. */
  onDrain: () => void = ignore;
  /** `performance.now()` when something was last received and last sent. */
  receivedMs = performance.now();
  sentMs = performance.now();

  readonly #socket: Socket;
  #parser: GuardedParser;
  /**
   * What an idle link says is the same again and again: it is parsed once, or following the framing
   * of heartbeats would be a fifth of what an idle node does.
   */
  #known: KnownChunk | null = null;
  /** Gathers what the chunk at hand held, when that may be worth knowing. */
  #gathered: (readonly unknown[])[] | null = null;
  #closed = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.remoteAddress = `${socket.remoteAddress ?? '?'}:${socket.remotePort ?? 0}`;
    this.#parser = this.#makeParser(HELLO_MESSAGE_LIMITS);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 10_000);
    socket.on('data', (chunk: Buffer) => {
      this.receive(chunk);
    });
    socket.on('drain', () => {
      this.onDrain();
    });
    socket.on('end', () => {
      this.close('the other side closed the connection');
    });
    socket.on('error', (error) => {
      this.close(error.message);
    });
    socket.on('close', () => {
      this.close('the connection is closed');
    });
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Bytes handed to the socket that the kernel has not taken. */
  get backlogBytes(): number {
    return this.#socket.writableLength;
  }

  /** Bytes from the other side; from outside only those read before this stream existed. */
  receive(chunk: Uint8Array): void {
    if (this.#closed) return;
    this.receivedMs = performance.now();
    const parser = this.#parser;
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    if (bytes.length > KNOWN_BYTES_MAX || !parser.isBetweenMessages) {
      parser.execute(bytes);
      return;
    }
    if (this.#known?.bytes.equals(bytes) === true) {
      this.#deliver(this.#known.bulks);
      return;
    }
    const gathered: (readonly unknown[])[] = [];
    this.#gathered = gathered;
    parser.execute(bytes);
    this.#gathered = null;
    const [bulks] = gathered;
    const isOne = gathered.length === 1 && parser.isBetweenMessages;
    if (isOne && bulks !== undefined) this.#known = { bytes, bulks };
  }

  /** Other limits for what comes from now on: the other side has shown who it is. */
  setLimits(limits: ReplyLimits): void {
    // Nothing may have followed in the same chunk: each side waits for the other during a hello.
    this.#parser.stop();
    this.#parser = this.#makeParser(limits);
    this.#known = null;
  }

  /** Sends pieces in order, as one write. */
  write(parts: readonly Uint8Array[]): void {
    if (this.#closed) return;
    this.sentMs = performance.now();
    if (parts.length === 1 && parts[0] !== undefined) {
      this.#socket.write(parts[0]);
      return;
    }
    this.#socket.cork();
    for (const part of parts) this.#socket.write(part);
    this.#socket.uncork();
  }

  /** Sends a last message and ends; what has been written still arrives. */
  end(last: Uint8Array, reason: string): void {
    if (this.#closed) return;
    this.#socket.end(last);
    const timer = setTimeout(() => {
      this.#socket.destroy();
    }, 1_000);
    this.#socket.once('close', () => {
      clearTimeout(timer);
    });
    this.#finish(reason);
  }

  close(reason: string): void {
    this.#socket.destroy();
    this.#finish(reason);
  }

  #deliver(bulks: readonly unknown[]): void {
    if (!isKeepalive(bulks)) this.onMessage(bulks);
  }

  #finish(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#parser.stop();
    this.onClosed(reason);
  }

  #makeParser(limits: ReplyLimits): GuardedParser {
    return new GuardedParser({
      limits,
      types: '*$',
      onMessage: (message) => {
        if (Array.isArray(message)) {
          this.#gathered?.push(message);
          this.#deliver(message);
        } else this.close('protocol error: not an array');
      },
      onFault: (reason) => {
        this.close(`protocol error: ${reason}`);
      },
    });
  }
}

function isKeepalive(message: readonly unknown[]): boolean {
  const [only] = message;
  return (
    message.length === 1 && Buffer.isBuffer(only) && only.length === 1 && only[0] === KEEPALIVE_WORD
  );
}

function ignore(): void {
  return;
}
