import type { FilteredReply } from '../machine/intermediate.ts';
import {
  ReplyError,
  type ClientInfo,
  type LocalConnection,
  type LocalValue,
} from '../machine/node-handle.ts';
import { isErrorReply } from '../client/reply-text.ts';
import { ReplyDecoder } from '../resp/reply-decoder.ts';
import { encodeReply } from '../resp/reply-writer.ts';
import type { Reply } from '../resp/value.ts';
import { EVERYBODY, type Client } from './client.ts';
import type { ReadLevel, Session } from './driver-ports.ts';
import type { HeldCommand, ServedClient } from './served-client.ts';

/** A client inside the process; its commands and answers never touch a socket. */
export class LocalClient implements ServedClient, LocalConnection {
  readonly id: number;
  readonly remoteAddress: string;
  readonly localAddress: string;
  readonly connectedAtMs = Date.now();
  readonly session: Session = { unproposed: 0, lastWriteIndex: 0, lastWriteTerm: 0 };
  readonly info: ClientInfo & { context: unknown };
  readonly held: HeldCommand[] = [];
  readonly owner = null;
  readonly filtered = new Map<number, Pick<FilteredReply, 'name' | 'args'>>();
  pendingReads = 0;
  pendingForwards = 0;
  busy = false;
  name = '';
  libraryName = '';
  libraryVersion = '';
  readLevel: ReadLevel | null = null;
  lastCommand = '';
  failedLogins = 0;
  /** Whoever runs the node may do everything, until it says that it speaks for somebody else. */
  user: Client['user'] = EVERYBODY;
  protocol: 2 | 3 = 3;
  readonly #take: (client: LocalClient, args: readonly Uint8Array[]) => void;
  /** Whoever waits for an answer, by ticket. */
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  readonly #closedListeners: (() => void)[] = [];
  #nextTicket = 0;
  #closed = false;

  constructor(options: {
    readonly id: number;
    readonly remoteAddress: string;
    readonly localAddress: string;
    readonly take: (client: LocalClient, args: readonly Uint8Array[]) => void;
  }) {
    this.id = options.id;
    this.remoteAddress = options.remoteAddress;
    this.localAddress = options.localAddress;
    this.#take = options.take;
    this.info = { id: this.id, remoteAddress: this.remoteAddress, context: undefined };
  }

  get client(): ClientInfo {
    return this.info;
  }

  /** Commands without an answer. */
  get pendingReplies(): number {
    return this.#waiting.size;
  }

  async run(...words: readonly (string | number | Uint8Array)[]): Promise<LocalValue> {
    const args = words.map((word) => (typeof word === 'number' ? String(word) : word));
    const reply = await this.call(args);
    if (isErrorReply(reply)) throw new ReplyError(reply.text);
    return plainValue(reply);
  }

  call(args: readonly (string | Uint8Array)[]): Promise<Reply> {
    if (this.#closed) return Promise.reject(new Error('the connection is closed'));
    if (args.length === 0) return Promise.reject(new TypeError('a command needs a name'));
    const bytes = args.map((word) =>
      typeof word === 'string' ? Buffer.from(word, 'utf8') : Uint8Array.from(word),
    );
    return new Promise((resolve) => {
      this.#waiting.set(this.#nextTicket, resolve);
      this.#take(this, bytes);
    });
  }

  setUser(user: Client['user']): void {
    this.user = user;
  }

  setProtocol(protocol: 2 | 3): void {
    this.protocol = protocol;
  }

  reserve(count = 1): number {
    const first = this.#nextTicket;
    this.#nextTicket += count;
    return first;
  }

  fill(ticket: number, reply: Reply): void {
    const resolve = this.#waiting.get(ticket);
    this.#waiting.delete(ticket);
    resolve?.(ownReply(reply));
  }

  hijack(): boolean {
    return false;
  }

  /** Nobody listens for what was not asked for. */
  push(): boolean {
    return false;
  }

  send(): boolean {
    return false;
  }

  onClosed(listener: () => void): void {
    this.#closedListeners.push(listener);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const listener of this.#closedListeners) listener();
  }
}

/** A reply that refers to nobody else's memory, in forms that RESP3 has. */
function ownReply(reply: Reply): Reply {
  if (typeof reply === 'string') return Buffer.from(reply, 'utf8');
  if (reply === null || typeof reply !== 'object') return reply;
  const decoder = new ReplyDecoder();
  decoder.feed(encodeReply(reply, 3));
  const own = decoder.next();
  if (own === undefined) throw new Error(`a reply is no RESP: ${decoder.error ?? 'cut short'}`);
  return own;
}

function plainValue(reply: Reply): LocalValue {
  if (reply === null || typeof reply !== 'object') return reply;
  if (reply instanceof Uint8Array) return Buffer.from(reply).toString('utf8');
  if (isList(reply)) return reply.map(plainValue);
  switch (reply.type) {
    case 'simple':
    case 'verbatim':
      return reply.text;
    case 'error':
      return reply.text;
    case 'double':
      return reply.value;
    case 'map':
      return new Map(reply.entries.map(([key, value]) => [plainValue(key), plainValue(value)]));
    case 'set':
      return new Set(reply.items.map(plainValue));
    case 'push':
      return reply.items.map(plainValue);
    case 'raw':
      return Buffer.from(reply.bytes).toString('utf8');
  }
}

function isList(reply: object): reply is readonly Reply[] {
  return Array.isArray(reply);
}
