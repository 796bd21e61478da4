import type { Message } from '../raft/message.ts';
import type { NodeId } from '../raft/types.ts';
import { clockQuestionOf, encodeClockAnswer } from './clock-exchange.ts';
import { DelayLine } from './delay-line.ts';
import { GuardedParser } from '../client/guarded-parser.ts';
import { decodeFrame, KEEPALIVE, pieceOf } from './frame.ts';
import {
  acceptorProof,
  commonProtocol,
  decodeAnswer,
  decodeHello,
  diallerProof,
  encodeAnswer,
  type HelloRefusal,
  type HelloRequest,
  makeNonce,
  type PeerIdentity,
  PROTOCOL_MAX,
  PROTOCOL_MIN,
  proofsEqual,
  type RefusalCode,
} from './hello.ts';
import { FRAME_LIMITS, type TransportLimits } from './limits.ts';
import type { LinkFaults } from './link-faults.ts';
import type { PeerStream } from './peer-stream.ts';

/** What an incoming link needs of its transport. */
export interface IncomingHost {
  readonly limits: TransportLimits;
  readonly secret: Uint8Array;
  readonly faults: LinkFaults | null;
  /** Null while this node does not know yet who it is. */
  identity(): PeerIdentity | null;
  /** A proven dialler: null to let it in, or why not. It may take time when the node is to join. */
  admit(hello: HelloRequest, done: (refusal: HelloRefusal | null) => void): void;
  /** The dialler has been let in. */
  opened(link: IncomingLink): void;
  received(message: Message): void;
  /** This node's wall clock, Unix milliseconds. */
  wallMs(): number;
  /** The end of it; `refusal` when this node has sent the dialler away. */
  closed(link: IncomingLink, reason: string, refusal: HelloRefusal | null): void;
}

/** Bulk strings of a frame without payloads: its header and its checksum. */
const BARE_BULKS = 2;

/** What a node answers before it has read its own data. */
const STILL_STARTING = 'this node is still starting';

/**
 * A link that a peer has dialled: first the hello, and when the peer is who it claims to be, its
 * messages. Every message is checked in full; the first bad one ends the link.
 */
export class IncomingLink {
  /** The peer, once it is authenticated; empty before. */
  peerId: NodeId = '';
  /** Where the peer says it can be reached. */
  peerAddress = '';
  receivedMessages = 0;

  readonly stream: PeerStream;
  readonly #host: IncomingHost;
  readonly #certified: NodeId | null;
  readonly #timer: NodeJS.Timeout;
  readonly #delayed: DelayLine<Message>;
  /** The last message without payloads: an idle leader's heartbeats are all the same. */
  #known: { readonly bulks: readonly unknown[]; readonly message: Message } | null = null;
  #hello: HelloRequest | null = null;
  #nonce: Buffer | null = null;
  #refusal: HelloRefusal | null = null;

  /** @param certified the node that the dialler's certificate is for; null when it says none */
  constructor(stream: PeerStream, host: IncomingHost, certified: NodeId | null = null) {
    this.stream = stream;
    this.#certified = certified;
    this.#host = host;
    this.#delayed = new DelayLine((message, heldMs) => {
      host.faults?.passed(this.peerId, 'in', message, heldMs);
      host.received(message);
    });
    this.#timer = setTimeout(() => {
      stream.close(`no hello within ${host.limits.helloMs} ms`);
    }, host.limits.helloMs);
    stream.onMessage = (bulks) => {
      this.#onHello(bulks);
    };
    stream.onClosed = (reason) => {
      clearTimeout(this.#timer);
      this.#delayed.clear();
      host.closed(this, reason, this.#refusal);
    };
  }

  /** Called at every keepalive interval. */
  tick(nowMs: number): void {
    if (this.peerId === '') return;
    const { keepaliveMs, silenceMs } = this.#host.limits;
    if (nowMs - this.stream.receivedMs > silenceMs) {
      this.stream.close(`silent for ${silenceMs} ms`);
    } else if (nowMs - this.stream.sentMs >= 1.5 * keepaliveMs) {
      // Not where the dialler asks for the time at every interval: the answers are signs of life.
      this.stream.write([KEEPALIVE]);
    }
  }

  #onHello(bulks: readonly unknown[]): void {
    const hello = decodeHello(bulks);
    if (hello === null) {
      this.#refuse('malformed', 'the hello is not understood');
      return;
    }
    if (commonProtocol(hello) === null) {
      const theirs = `${hello.protocolMin} to ${hello.protocolMax}`;
      const ours = `${PROTOCOL_MIN} to ${PROTOCOL_MAX}`;
      this.#refuse('unsupported-version', `protocol versions ${theirs}, here ${ours}`);
      return;
    }
    const { nodeId } = hello.from;
    if (this.#certified !== null && nodeId !== '' && nodeId !== this.#certified) {
      const theirs = `its certificate is that of node ${this.#certified}`;
      this.#refuse('id-conflict', `${theirs}, not of node ${nodeId}`);
      return;
    }
    this.#hello = hello;
    this.#nonce = makeNonce();
    this.stream.onMessage = (answer) => {
      this.#onProof(answer);
    };
    this.stream.write([encodeAnswer({ type: 'challenge', nonce: this.#nonce })]);
  }

  #onProof(bulks: readonly unknown[]): void {
    const answer = decodeAnswer(bulks);
    const hello = this.#hello;
    const nonce = this.#nonce;
    if (answer?.type !== 'proof' || hello === null || nonce === null) {
      this.#refuse('malformed', 'a proof was expected');
      return;
    }
    const expected = diallerProof(this.#host.secret, { hello, acceptorNonce: nonce });
    if (!proofsEqual(answer.proof, expected)) {
      this.#refuse('wrong-secret', 'the cluster secret is not the same');
      return;
    }
    this.stream.onMessage = () => {
      this.#refuse('malformed', 'a message before the welcome');
    };
    this.#host.admit(hello, (refusal) => {
      if (this.stream.closed) return;
      if (refusal !== null) this.#refuse(refusal.code, refusal.text);
      else this.#welcome(hello, nonce);
    });
  }

  #welcome(hello: HelloRequest, nonce: Buffer): void {
    clearTimeout(this.#timer);
    const identity = this.#host.identity();
    if (identity === null) {
      this.#refuse('not-accepted', STILL_STARTING);
      return;
    }
    const welcome = { protocol: commonProtocol(hello) ?? PROTOCOL_MAX, identity };
    const transcript = { hello, acceptorNonce: nonce };
    const proof = acceptorProof(this.#host.secret, transcript, welcome);
    const bytes = encodeAnswer({ type: 'welcome', ...welcome, proof });
    if (hello.purpose === 'probe') {
      this.stream.end(bytes, 'a probe was answered');
      return;
    }
    this.peerId = hello.from.nodeId;
    this.peerAddress = hello.from.peerAddress;
    this.stream.setLimits(FRAME_LIMITS);
    this.#takeMessages(identity.nodeId);
    this.stream.write([bytes]);
    this.#host.opened(this);
  }

  #takeMessages(to: NodeId): void {
    const fromPieces = new GuardedParser({
      limits: FRAME_LIMITS,
      types: '*$',
      onMessage: (message) => {
        if (Array.isArray(message)) this.#onFrame(message, to);
        else this.stream.close('protocol error: not an array in pieces');
      },
      onFault: (reason) => {
        this.stream.close(`protocol error: in pieces: ${reason}`);
      },
    });
    this.stream.onMessage = (bulks) => {
      if (this.#known?.bulks === bulks) {
        this.#onFrame(bulks, to);
        return;
      }
      const piece = pieceOf(bulks);
      if (piece !== null) {
        fromPieces.execute(piece);
        return;
      }
      const question = clockQuestionOf(bulks);
      if (question === null) this.#onFrame(bulks, to);
      else this.#answerClock(question);
    };
  }

  /** A peer that asks and does not read is not answered: nothing may pile up for it. */
  #answerClock(question: number): void {
    const { stream } = this;
    if (stream.backlogBytes > 0) return;
    stream.write([encodeClockAnswer(question, this.#host.wallMs())]);
  }

  #onFrame(bulks: readonly unknown[], to: NodeId): void {
    // Of the messages that came in one piece with a bad one, those behind it count no more.
    if (this.stream.closed) return;
    if (this.#known?.bulks !== bulks) {
      const frame = decodeFrame(bulks, this.peerId, to);
      if (!frame.ok) {
        this.stream.close(`protocol error: ${frame.reason}`);
        return;
      }
      if (bulks.length > BARE_BULKS) {
        this.#onMessage(frame.message);
        return;
      }
      this.#known = { bulks, message: frame.message };
    }
    this.#onMessage(this.#known.message);
  }

  #onMessage(message: Message): void {
    this.receivedMessages++;
    const { faults } = this.#host;
    if (faults === null) {
      this.#host.received(message);
      return;
    }
    const delayMs = faults.judge(this.peerId, 'in', message);
    if (delayMs === null) return;
    if (delayMs > 0 || this.#delayed.holds) this.#delayed.hold(message, delayMs);
    else {
      faults.passed(this.peerId, 'in', message, 0);
      this.#host.received(message);
    }
  }

  /** Takes in what a fault has held back; the fault is over. */
  releaseDelayed(): void {
    this.#delayed.releaseAll();
  }

  #refuse(code: RefusalCode, text: string): void {
    this.#refusal = { code, text };
    const answer = encodeAnswer({ type: 'refused', refusal: this.#refusal });
    this.stream.end(answer, `refused: ${text}`);
  }
}
