import type { Message } from '../raft/message.ts';
import type { NodeId } from '../raft/types.ts';
import { BackOff } from './back-off.ts';
import { clockAnswerOf, PeerClock, type ClockOffset } from './clock-exchange.ts';
import { DelayLine } from './delay-line.ts';
import { dial, type DialResult, type OpenSocket } from './dial.ts';
import type { PeerIdentity } from './hello.ts';
import type { TransportLimits } from './limits.ts';
import type { LinkFaults } from './link-faults.ts';
import type { PeerStream } from './peer-stream.ts';
import { SendLanes } from './send-lanes.ts';
import type { PeerAddress } from './transport.ts';

/** What a link needs of its transport. */
export interface LinkHost {
  readonly limits: TransportLimits;
  readonly secret: Uint8Array;
  readonly faults: LinkFaults | null;
  readonly random: () => number;
  readonly openSocket: OpenSocket | null;
  /** Null while this node does not know yet who it is. */
  identity(): PeerIdentity | null;
  /** Where to dial a peer. */
  dialAddress(peer: PeerAddress): string;
  /** Asks for one `flush()` at the end of this turn. */
  flushLater(link: OutgoingLink): void;
  linkChanged(peer: NodeId, connected: boolean, reason: string): void;
  /** This node's wall clock, Unix milliseconds. */
  wallMs(): number;
}

/** A link that held this long was a good one: the next attempt comes at once. */
const STEADY_MS = 1_000;

/** Of a large message in one turn. */
const PIECES_PER_TURN_BYTES_MAX = 2 * 1024 * 1024;

/**
 * The link that carries this node's messages to one peer. It dials for ever, with growing pauses;
 * messages for a link that is down are lost. Nothing comes back on it but signs of life and the
 * peer's clock.
 */
export class OutgoingLink {
  readonly id: NodeId;
  sentMessages = 0;
  droppedMessages = 0;
  lastError: string | null = null;

  readonly #host: LinkHost;
  readonly #lanes: SendLanes;
  readonly #backOff: BackOff;
  readonly #delayed: DelayLine<Message>;
  #peer: PeerAddress;
  #stream: PeerStream | null = null;
  /** Of the connection at hand: what is known of the peer's clock is no older than that. */
  #clock = new PeerClock();
  #upSinceMs = 0;
  #cancelDial: (() => void) | null = null;
  #retry: NodeJS.Timeout | null = null;
  /** `flush` will be called at the end of this turn, */
  #flushDue = false;
  /** and in a turn to come. */
  #continuing = false;
  #closed = false;

  constructor(peer: PeerAddress, host: LinkHost) {
    const { limits } = host;
    this.id = peer.id;
    this.#peer = peer;
    this.#host = host;
    this.#lanes = new SendLanes({
      messagesMax: limits.queueMessagesMax,
      bytesMax: limits.queueBytesMax,
    });
    this.#backOff = new BackOff(limits.backOffMinMs, limits.backOffMaxMs, host.random);
    this.#delayed = new DelayLine((message, heldMs) => {
      host.faults?.passed(this.id, 'out', message, heldMs);
      this.#enqueue(message);
    });
    this.#dial();
  }

  get connected(): boolean {
    return this.#stream !== null;
  }

  /** How far the peer's wall clock is from this node's; null while that is not known. */
  clockOffset(): ClockOffset | null {
    return this.#stream === null ? null : this.#clock.offset();
  }

  /** The peer may have another address or role now. */
  update(peer: PeerAddress): void {
    const before = this.#host.dialAddress(this.#peer);
    this.#peer = peer;
    if (this.#host.dialAddress(peer) === before) return;
    this.#stream?.close('the peer has another address');
    this.#dialNow();
  }

  send(message: Message): void {
    const { faults } = this.#host;
    if (faults === null) {
      this.#enqueue(message);
      return;
    }
    const delayMs = faults.judge(this.id, 'out', message);
    if (delayMs === null) this.droppedMessages++;
    else if (delayMs > 0 || this.#delayed.holds) this.#delayed.hold(message, delayMs);
    else {
      faults.passed(this.id, 'out', message, 0);
      this.#enqueue(message);
    }
  }

  /** Sends what a fault has held back; the fault is over. */
  releaseDelayed(): void {
    this.#delayed.releaseAll();
  }

  /** Sends what is queued, as far as the socket keeps up. */
  flush(): void {
    this.#flushDue = false;
    const stream = this.#stream;
    if (stream === null) return;
    const { socketBytesMax, pieceBacklogBytesMax } = this.#host.limits;
    while (stream.backlogBytes < socketBytesMax) {
      // Enough for one write; whether the socket kept up shows after it.
      const { parts, taken } = this.#lanes.takeStraight(socketBytesMax);
      if (taken === 0) break;
      stream.write(parts);
      this.sentMessages += taken;
    }
    // Pieces only as fast as they leave: what waits in the socket delays the straight lane.
    let bytes = 0;
    while (stream.backlogBytes < pieceBacklogBytesMax && bytes < PIECES_PER_TURN_BYTES_MAX) {
      const piece = this.#lanes.takePiece();
      if (piece === null) return;
      stream.write(piece.parts);
      for (const part of piece.parts) bytes += part.length;
      if (piece.endsMessage) this.sentMessages++;
    }
    if (stream.backlogBytes < pieceBacklogBytesMax) this.#flushSoon();
  }

  /** Goes on in a turn of its own, so that a fast socket does not keep everybody else waiting. */
  #flushSoon(): void {
    if (this.#continuing) return;
    this.#continuing = true;
    setImmediate(() => {
      this.#continuing = false;
      this.flush();
    });
  }

  /** The peer has just been heard: it is worth dialling now. */
  peerIsThere(): void {
    if (this.#stream === null && this.#cancelDial === null) this.#dialNow();
  }

  /** Called at every keepalive interval. */
  tick(nowMs: number): void {
    const stream = this.#stream;
    if (stream === null) return;
    const { silenceMs } = this.#host.limits;
    // The question is a sign of life as well.
    if (nowMs - stream.receivedMs > silenceMs) stream.close(`silent for ${silenceMs} ms`);
    else stream.write([this.#clock.ask(performance.now())]);
  }

  /** After this node itself has stood still: silence then says nothing about the peer. */
  forgiveSilence(nowMs: number): void {
    if (this.#stream !== null) this.#stream.receivedMs = nowMs;
  }

  close(reason: string): void {
    this.#closed = true;
    this.#stopDialling();
    this.#delayed.clear();
    this.#stream?.close(reason);
  }

  #enqueue(message: Message): void {
    if (this.#stream === null) {
      this.droppedMessages++;
      return;
    }
    if (!this.#flushDue) this.#host.flushLater(this);
    this.#flushDue = true;
    this.droppedMessages += this.#lanes.push(message);
  }

  #dialNow(): void {
    if (this.#closed) return;
    this.#stopDialling();
    this.#dial();
  }

  #dial(): void {
    const { secret, limits } = this.#host;
    const from = this.#host.identity();
    if (from === null) {
      this.#dialAfter(limits.backOffMinMs);
      return;
    }
    const request = {
      address: this.#host.dialAddress(this.#peer),
      secret,
      from,
      purpose: 'link' as const,
      targetId: this.#peer.id,
      targetVoter: this.#peer.voter,
      openSocket: this.#host.openSocket,
      timeoutMs: limits.helloMs,
    };
    this.#cancelDial = dial(request, (result) => {
      this.#cancelDial = null;
      this.#dialled(result);
    });
  }

  #dialled(result: DialResult): void {
    if (!result.ok) {
      this.#down(result.reason);
      return;
    }
    const { stream } = result;
    this.#stream = stream;
    this.#upSinceMs = performance.now();
    const clock = new PeerClock();
    this.#clock = clock;
    stream.onMessage = (bulks) => {
      const answer = clockAnswerOf(bulks);
      if (answer === null) {
        stream.close('protocol error: a message on a link that only carries ours');
      } else clock.answered(answer, performance.now(), this.#host.wallMs());
    };
    stream.write([clock.ask(performance.now())]);
    stream.onDrain = () => {
      this.flush();
    };
    stream.onClosed = (reason) => {
      this.#stream = null;
      this.droppedMessages += this.#lanes.clear();
      this.#down(reason);
    };
    this.lastError = null;
    this.#host.linkChanged(this.id, true, '');
  }

  /** The link is not there: says so when that is news, and tries again later. */
  #down(reason: string): void {
    const wasUpMs = this.#upSinceMs > 0 ? performance.now() - this.#upSinceMs : 0;
    const isNews = this.#upSinceMs > 0 || reason !== this.lastError;
    this.#upSinceMs = 0;
    this.lastError = reason;
    if (this.#closed) return;
    if (wasUpMs > STEADY_MS) this.#backOff.reset();
    this.#dialAfter(this.#backOff.next());
    if (isNews) this.#host.linkChanged(this.id, false, reason);
  }

  #dialAfter(pauseMs: number): void {
    this.#retry = setTimeout(() => {
      this.#retry = null;
      this.#dial();
    }, pauseMs);
  }

  #stopDialling(): void {
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#retry = null;
    this.#cancelDial?.();
    this.#cancelDial = null;
  }
}
