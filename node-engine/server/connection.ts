import type { Socket } from 'node:net';

import type { CommandBatch } from '../resp/command-batch.ts';
import { equalsName } from '../resp/name-table.ts';
import type { ProtocolVersion } from '../resp/reply-writer.ts';
import { REQUEST_LIMITS, UNAUTHENTICATED_LIMITS } from '../resp/request-limits.ts';
import { RequestParser } from '../resp/request-parser.ts';
import { errorReply, OK, type Reply } from '../resp/value.ts';
import type { CloseReason } from './close-reason.ts';
import type { FairShare, Share, ShareHolder } from './fair-share.ts';
import type { ServerLimits } from './limits.ts';
import type { OutputPool } from './output-pool.ts';
import type { Ticket } from './reply-order.ts';
import { ReplyStream } from './reply-stream.ts';
import type { SharedInput } from './shared-input.ts';

/** What a client has told of itself, and what it may do. The node reads and writes it. */
export interface ClientState {
  /** CLIENT SETNAME. */
  name: string;
  /** CLIENT SETINFO. */
  libraryName: string;
  libraryVersion: string;
}

/** What a connection needs of its server. */
export interface ConnectionHost {
  readonly limits: ServerLimits;
  readonly pool: OutputPool;
  readonly shares: FairShare;
  readonly input: SharedInput;
  readonly onCommands: (connection: Connection, batch: CommandBatch) => void;
  /** Asks for one `flush()` at the end of this turn. */
  flushLater(connection: Connection): void;
  /** The socket is gone. Called once. */
  closed(connection: Connection, reason: CloseReason, detail: string): void;
}

const NO_SHARE: Share = { repliesMax: 0, bytesMax: 0 };
const QUIT = Buffer.from('quit');
const POST = Buffer.from('post');
const HOST = Buffer.from('host:');

/**
 * One RESP client: commands in, replies out in the order of the commands.
 *
 * A command is answered at once with `reply`, or its place is kept with `reserve` and filled with
 * `fill` whenever the answer is known; either way each command gets exactly one reply. Replies are
 * encoded when they are given, so they may refer to memory that changes afterwards. All output of a
 * turn leaves in one write.
 */
export class Connection implements ShareHolder {
  /** 1, 2, 3 … in the order of arrival; never used again. */
  readonly id: number;
  /** `address:port` of the client. */
  readonly remoteAddress: string;
  readonly localAddress: string;
  /** Unix milliseconds. */
  readonly connectedAtMs: number;
  readonly client: ClientState = {
    name: '',
    libraryName: '',
    libraryVersion: '',
  };
  /** The node's own notes on this client; the server never looks at it. */
  session: unknown = null;
  /** `performance.now()` when bytes last came. */
  receivedMs = performance.now();
  /** Commands taken from this client, and pushes it was too slow for. */
  commandCount = 0;
  droppedPushes = 0;
  shareWindow = -1;

  readonly #socket: Socket;
  readonly #host: ConnectionHost;
  readonly #parser = new RequestParser();
  readonly #replies: ReplyStream;
  #authenticated = true;
  /** Bytes of commands taken since the last time that no reply was outstanding. */
  #pendingBytes = 0;
  /** As of the last time that commands were taken. */
  #share: Share = NO_SHARE;
  /** Inside the handling of commands: what they write is sent when it ends. */
  #reading = false;
  /** Commands are waiting in the parser, and the socket is paused. */
  #stalled = false;
  #resumeScheduled = false;
  /** No more commands are taken; the connection ends when all replies are out. */
  #closing: CloseReason | null = null;
  #closeDetail = '';
  #ended = false;
  #closed = false;

  constructor(id: number, accepted: Socket, host: ConnectionHost) {
    const adopted = host.input.adopt(accepted, (bytes) => {
      this.receive(bytes);
    });
    const socket = adopted ?? accepted;
    this.id = id;
    this.#socket = socket;
    this.#host = host;
    this.#replies = new ReplyStream(socket, host.pool, () => {
      // While commands are handled, the end of the handling sends what they wrote.
      if (!this.#reading) host.flushLater(this);
    });
    this.remoteAddress = addressText(socket.remoteAddress, socket.remotePort);
    this.localAddress = addressText(socket.localAddress, socket.localPort);
    this.connectedAtMs = Date.now();
    if (adopted === null) {
      socket.on('data', (chunk: Buffer) => {
        this.receive(chunk);
      });
    }
    socket.on('end', () => {
      // Half closed: the client may still wait for the answers to what it sent.
      this.#closeWhenAnswered('client', '');
    });
    socket.on('drain', () => {
      this.#resumeIfPossible();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const left = error.code === 'ECONNRESET' || error.code === 'EPIPE';
      this.#closing ??= left ? 'client' : 'socket-error';
      this.#closeDetail ||= error.message;
    });
    socket.on('close', () => {
      this.#onClosed();
    });
  }

  /** The protocol version of the replies to come. */
  get protocol(): ProtocolVersion {
    return this.#replies.protocol;
  }

  /** Switches the protocol for this and later commands (HELLO). */
  setProtocol(protocol: ProtocolVersion): void {
    this.#replies.setProtocol(protocol);
  }

  /** False until AUTH, where it is required: tight limits hold for such a client. */
  get authenticated(): boolean {
    return this.#authenticated;
  }

  setAuthenticated(authenticated: boolean): void {
    this.#authenticated = authenticated;
    this.#parser.setLimits(authenticated ? REQUEST_LIMITS : UNAUTHENTICATED_LIMITS);
  }

  /** True once no more commands are taken. */
  get closing(): boolean {
    return this.#closing !== null;
  }

  /** Commands whose replies are still outstanding. */
  get pendingReplies(): number {
    return this.#replies.pending;
  }

  /** Bytes of output that the client has not taken yet. */
  get outputBytes(): number {
    return this.#replies.bytes;
  }

  /** Bytes received that make no complete command yet. */
  get inputBytes(): number {
    return this.#parser.pendingBytes;
  }

  /** Answers the command being handled; the reply waits for those before it. */
  reply(reply: Reply): void {
    this.fill(this.#replies.reserve(1), reply);
  }

  /** Keeps the next `count` places; each ticket from the one returned is filled exactly once. */
  reserve(count: number): Ticket {
    return this.#replies.reserve(count);
  }

  /** Gives the reply of a reserved place. Without effect when the connection is closed. */
  fill(ticket: Ticket, reply: Reply): void {
    if (this.#closed) return;
    this.#replies.fill(ticket, reply);
    if (this.#replies.pending === 0) this.#answered();
    else if (this.#stalled) this.#resumeIfPossible();
  }

  /**
   * Sends a message that answers no command (a WATCH or MONITOR line), behind all replies owed so
   * far. A slow reader loses it: then this is false, and `droppedPushes` has grown.
   */
  push(message: Reply): boolean {
    if (this.#closed || this.#closing !== null) return false;
    if (this.#replies.bytes > this.#host.limits.pushBytesMax) {
      this.droppedPushes++;
      return false;
    }
    this.reply(message);
    return true;
  }

  /** Sends what was written; the server calls it at the end of a turn. */
  flush(): void {
    this.#replies.flush();
    this.#checkOutput();
  }

  /** Answers with an error before any command, and closes. */
  refuse(reason: CloseReason, text: string): void {
    this.reply(errorReply(text));
    this.#closeWhenAnswered(reason, text);
  }

  /** Takes no more commands, answers those it has, and closes. */
  close(reason: CloseReason = 'closed-by-node', detail = ''): void {
    this.#closeWhenAnswered(reason, detail);
  }

  /** Closes at once; replies that are outstanding are lost. */
  destroy(reason: CloseReason = 'closed-by-node', detail = ''): void {
    this.#closing ??= reason;
    this.#closeDetail ||= detail;
    this.#socket.destroy();
  }

  /** Closes a client that has long left a command half sent; what it costs us is kept in memory. */
  checkIdle(nowMs: number): void {
    // A stalled client has sent enough: it is us who do not read on.
    if (this.#stalled || this.#closing !== null || this.#parser.pendingBytes === 0) return;
    const { halfCommandMs } = this.#host.limits;
    if (nowMs - this.receivedMs < halfCommandMs) return;
    this.destroy('half-command', `no more of a command for ${halfCommandMs} ms`);
  }

  /**
   * Bytes from the client. Only the listener calls it, with those it has read to find out who it
   * is.
   */
  receive(chunk: Uint8Array): void {
    if (this.#closing !== null) return;
    this.receivedMs = performance.now();
    this.#parser.feed(chunk);
    this.#takeCommands();
  }

  #takeCommands(): void {
    const parser = this.#parser;
    this.#share = this.#host.shares.of(this, performance.now());
    let budget = this.#host.limits.commandsPerTurnMax;
    this.#stalled = false;
    this.#reading = true;
    while (this.#closing === null) {
      if (budget <= 0 || !this.#mayTakeMore()) {
        this.#stalled = parser.pendingBytes > 0;
        break;
      }
      const takenMax = Math.min(budget, this.#share.repliesMax - this.#replies.pending);
      const batch = parser.next(this.#authenticated ? takenMax : 1);
      if (batch === null) break;
      budget -= batch.count;
      this.#handle(batch);
    }
    if (this.#closing === null && parser.error !== null) {
      this.reply(errorReply(parser.error));
      this.#closeWhenAnswered('protocol-error', parser.error);
    }
    parser.detach();
    this.#reading = false;
    this.flush();
    if (this.#closing !== null && this.#replies.pending === 0) this.#endSoon();
    this.#pauseOrResume();
  }

  #handle(batch: CommandBatch): void {
    const received = batch.count;
    const quitAt = this.#findQuit(batch);
    if (batch.inline && isHttpHeader(batch)) {
      this.destroy('http-in-stream', 'POST or Host: as a command');
      return;
    }
    if (quitAt >= 0) batch.count = quitAt;
    this.commandCount += quitAt >= 0 ? quitAt + 1 : received;
    if (batch.count > 0) {
      const bytes = batch.rawEnd(batch.count - 1) - batch.start;
      this.#host.onCommands(this, batch);
      if (this.#replies.pending > 0) this.#pendingBytes += bytes;
    }
    if (quitAt >= 0 && this.#closing === null) {
      // Whatever stands behind QUIT was sent in vain, by the client's own word.
      this.reply(OK);
      this.#closeWhenAnswered('quit', '');
    }
  }

  /** Number of the first QUIT in the batch, or -1. */
  #findQuit(batch: CommandBatch): number {
    for (let i = 0; i < batch.count; i++) {
      const start = batch.argStart(i, 0);
      const end = batch.argEnd(i, 0);
      if (end - start === 4 && equalsName(batch.bytes, start, end, QUIT)) return i;
    }
    return -1;
  }

  #mayTakeMore(): boolean {
    return (
      this.#replies.pending < this.#share.repliesMax &&
      this.#pendingBytes < this.#share.bytesMax &&
      this.#replies.bytes < this.#host.limits.outputPauseBytes
    );
  }

  #pauseOrResume(): void {
    if (this.#closing !== null || this.#closed) return;
    if (!this.#stalled) {
      if (!this.#mayTakeMore()) this.#stalled = true;
    }
    if (this.#stalled) {
      this.#socket.pause();
      this.#resumeIfPossible();
    } else if (this.#socket.isPaused()) {
      this.#socket.resume();
    }
  }

  /**
   * Goes on with a stalled connection in a turn of its own, so that others are not kept waiting.
   */
  #resumeIfPossible(): void {
    if (!this.#stalled || this.#resumeScheduled || !this.#mayTakeMore()) return;
    this.#resumeScheduled = true;
    setImmediate(() => {
      this.#resumeScheduled = false;
      if (this.#stalled && this.#closing === null && !this.#closed) this.#takeCommands();
    });
  }

  #checkOutput(): void {
    const { bytes } = this.#replies;
    const { outputBytesMax, outputBytesUnauthenticatedMax } = this.#host.limits;
    const isIn = this.#authenticated;
    if (this.#closed || bytes <= (isIn ? outputBytesMax : outputBytesUnauthenticatedMax)) return;
    const reason = isIn ? 'output-limit' : 'output-limit-before-login';
    this.destroy(reason, `${bytes} bytes of output were not read`);
  }

  /** No reply is outstanding any more. */
  #answered(): void {
    this.#pendingBytes = 0;
    if (this.#closing !== null) this.#endSoon();
    else if (this.#stalled) this.#resumeIfPossible();
  }

  #closeWhenAnswered(reason: CloseReason, detail: string): void {
    this.#closing ??= reason;
    this.#closeDetail ||= detail;
    this.#stalled = false;
    // What still arrives is read and thrown away: closing with unread input would reset the
    // connection and could destroy the last replies on their way.
    if (!this.#closed) this.#socket.resume();
    if (this.#replies.pending === 0) this.#endSoon();
  }

  #endSoon(): void {
    if (this.#reading) return;
    this.flush();
    if (this.#ended || this.#closed) return;
    this.#ended = true;
    this.#socket.end();
    const timer = setTimeout(() => {
      this.#socket.destroy();
    }, this.#host.limits.lingerMs);
    this.#socket.once('close', () => {
      clearTimeout(timer);
    });
  }

  #onClosed(): void {
    if (this.#closed) return;
    this.#closed = true;
    const reason = (this.#closing ??= 'client');
    this.#replies.discard();
    this.#parser.detach();
    this.#host.closed(this, reason, this.#closeDetail);
  }
}

function isHttpHeader(batch: CommandBatch): boolean {
  const start = batch.argStart(0, 0);
  const end = batch.argEnd(0, 0);
  return equalsName(batch.bytes, start, end, POST) || equalsName(batch.bytes, start, end, HOST);
}

function addressText(host: string | undefined, port: number | undefined): string {
  if (host === undefined || port === undefined) return '?:0';
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
