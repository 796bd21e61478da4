import { connect, type Socket } from 'node:net';

import { parseAddress } from '../client/address.ts';
import {
  acceptorProof,
  decodeAnswer,
  diallerProof,
  encodeAnswer,
  encodeHello,
  type HelloAnswer,
  type HelloPurpose,
  type HelloRequest,
  makeNonce,
  type PeerIdentity,
  PROTOCOL_MAX,
  PROTOCOL_MIN,
  proofsEqual,
  type RefusalCode,
} from './hello.ts';
import { PeerStream } from './peer-stream.ts';

/**
 * Opens a connection to a peer and calls `opened` once it may be written to. `peer` is the node that
 * is expected there, empty when anybody may be.
 */
export type OpenSocket = (
  target: { readonly host: string; readonly port: number },
  peer: string,
  opened: () => void,
) => Socket;

const openPlain: OpenSocket = (target, _peer, opened) =>
  connect({ ...target, noDelay: true }, opened);

/** Whom to dial and what to say. */
export interface DialRequest {
  readonly address: string;
  readonly secret: Uint8Array;
  readonly from: PeerIdentity;
  readonly purpose: HelloPurpose;
  readonly targetId: string;
  readonly targetVoter: boolean;
  /** Opens the connection; a plain one unless given. */
  readonly openSocket?: OpenSocket | null;
  /** The node that a connection's certificate is for; null when it says none. */
  readonly certifiedNode?: (socket: Socket) => string | null;
  /** From here to the end of the hello. */
  readonly timeoutMs: number;
}

/** An authenticated connection, or why there is none. */
export type DialResult =
  | { readonly ok: true; readonly stream: PeerStream; readonly identity: PeerIdentity }
  | { readonly ok: false; readonly code: RefusalCode | 'unreachable'; readonly reason: string };

/**
 * Dials an address and says hello. `done` is called once, never before this returns, unless the
 * returned function has cancelled the attempt.
 */
export function dial(request: DialRequest, done: (result: DialResult) => void): () => void {
  const target = parseAddress(request.address);
  if (target === null) {
    const reason = `'${request.address}' is not a host:port`;
    const timer = setImmediate(() => {
      done({ ok: false, code: 'unreachable', reason });
    });
    return () => {
      clearImmediate(timer);
    };
  }
  const attempt = new DialAttempt(request, done);
  const open = request.openSocket ?? openPlain;
  const socket = open(target, request.targetId, () => {
    attempt.sayHello();
  });
  attempt.begin(new PeerStream(socket), () => request.certifiedNode?.(socket) ?? null);
  return () => {
    attempt.cancel();
  };
}

/** The dialler's side of one hello. */
class DialAttempt {
  readonly #request: DialRequest;
  readonly #hello: HelloRequest;
  readonly #timer: NodeJS.Timeout;
  #done: ((result: DialResult) => void) | null;
  #stream: PeerStream | null = null;
  #acceptorNonce: Buffer | null = null;
  #certified: () => string | null = () => null;

  constructor(request: DialRequest, done: (result: DialResult) => void) {
    this.#request = request;
    this.#done = done;
    this.#hello = {
      purpose: request.purpose,
      protocolMin: PROTOCOL_MIN,
      protocolMax: PROTOCOL_MAX,
      from: request.from,
      targetId: request.targetId,
      targetVoter: request.targetVoter,
      nonce: makeNonce(),
    };
    this.#timer = setTimeout(() => {
      this.#fail('unreachable', `no answer within ${request.timeoutMs} ms`);
    }, request.timeoutMs);
  }

  begin(stream: PeerStream, certified: () => string | null): void {
    this.#stream = stream;
    this.#certified = certified;
    stream.onMessage = (bulks) => {
      this.#onAnswer(decodeAnswer(bulks));
    };
    stream.onClosed = (reason) => {
      this.#fail('unreachable', plainReason(reason));
    };
  }

  sayHello(): void {
    this.#stream?.write([encodeHello(this.#hello)]);
  }

  cancel(): void {
    this.#done = null;
    this.#settle();
    this.#stream?.close('cancelled');
  }

  #onAnswer(answer: HelloAnswer | null): void {
    switch (answer?.type) {
      case 'refused':
        this.#fail(answer.refusal.code, answer.refusal.text);
        break;
      case 'challenge':
        this.#prove(answer.nonce);
        break;
      case 'welcome':
        this.#check(answer);
        break;
      case 'proof':
      case undefined:
        this.#fail('malformed', 'the other side does not speak the protocol of this program');
    }
  }

  #prove(nonce: Buffer): void {
    if (this.#acceptorNonce !== null) {
      this.#fail('malformed', 'a second challenge');
      return;
    }
    this.#acceptorNonce = nonce;
    const transcript = { hello: this.#hello, acceptorNonce: nonce };
    const proof = diallerProof(this.#request.secret, transcript);
    this.#stream?.write([encodeAnswer({ type: 'proof', proof })]);
  }

  #check(welcome: Extract<HelloAnswer, { type: 'welcome' }>): void {
    const { purpose, targetId, from, secret } = this.#request;
    const stream = this.#stream;
    if (this.#acceptorNonce === null || stream === null) {
      this.#fail('malformed', 'a welcome before the proof');
      return;
    }
    const transcript = { hello: this.#hello, acceptorNonce: this.#acceptorNonce };
    if (!proofsEqual(welcome.proof, acceptorProof(secret, transcript, welcome))) {
      this.#fail('wrong-secret', 'the other side does not know the cluster secret');
      return;
    }
    const { clusterId, nodeId } = welcome.identity;
    const certified = this.#certified();
    if (certified !== null && nodeId !== certified) {
      const theirs = `its certificate is that of node ${certified}`;
      this.#fail('wrong-node', `${theirs}, not of node ${nodeId}`);
      return;
    }
    if (purpose === 'link' && nodeId !== targetId) {
      this.#fail('wrong-node', `it is node ${nodeId}, not node ${targetId}`);
      return;
    }
    if (purpose === 'link' && clusterId !== from.clusterId) {
      this.#fail('wrong-cluster', `it belongs to cluster ${clusterId}`);
      return;
    }
    const done = this.#done;
    this.#done = null;
    this.#settle();
    done?.({ ok: true, stream, identity: welcome.identity });
  }

  #fail(code: RefusalCode | 'unreachable', reason: string): void {
    const done = this.#done;
    this.#done = null;
    this.#settle();
    this.#stream?.close(reason);
    done?.({ ok: false, code, reason });
  }

  #settle(): void {
    clearTimeout(this.#timer);
    if (this.#stream === null) return;
    this.#stream.onClosed = ignore;
    this.#stream.onMessage = ignore;
  }
}

/** Node's own error texts name the call and the address again; the cause is enough. */
function plainReason(reason: string): string {
  if (reason.includes('ECONNREFUSED')) return 'connection refused';
  if (reason.includes('ENOTFOUND')) return 'host not found';
  if (reason.includes('ECONNRESET')) return 'connection reset';
  if (reason.includes('EHOSTUNREACH') || reason.includes('ENETUNREACH')) return 'no route to host';
  return reason;
}

function ignore(): void {
  return;
}
