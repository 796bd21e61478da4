import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

import type { NodeId } from '../raft/types.ts';
import { encodeCommand } from '../resp/command-writer.ts';

/*
 * How two nodes recognise each other, in four messages, each a RESP array of bulk strings:
 *
 *   dialler   RAFTDECK-PEER  who I am, whom I expect, and a nonce
 *   acceptor  CHALLENGE      a nonce
 *   dialler   PROOF          HMAC-SHA-256(secret, "dialler", everything above)
 *   acceptor  WELCOME        who I am, and HMAC-SHA-256(secret, "acceptor", everything above)
 *
 * or REFUSED, a code and a sentence, at any point. The secret itself never travels; both nonces and
 * both identities are in what is signed, so no proof can be used again, or for another pair of
 * nodes. The dialler proves itself first: a stranger learns nothing but a nonce.
 */

/** First word of a hello; no command has this name. */
export const HELLO_WORD = 'RAFTDECK-PEER';
/** Format of the hello itself. It grows by new protocol versions, not by changes here. */
const HELLO_FORMAT = '1';
const HELLO_FIELDS = 12;

/** Protocol versions this program speaks. */
export const PROTOCOL_MIN = 1;
export const PROTOCOL_MAX = 1;

const NONCE_BYTES = 32;
const PROOF_BYTES = 32;
const FIELD_BYTES_MAX = 512;

/**
 * Why a node does not talk to another.
 *
 * - `malformed`: it does not speak our language at all.
 * - `unsupported-version`: the two have no protocol version in common.
 * - `wrong-secret`: the other side does not know the cluster secret.
 * - `wrong-cluster`: it belongs to another cluster, or to none where one is needed.
 * - `wrong-node`: there is another node at this address than was expected.
 * - `id-conflict`: two nodes claim one id.
 * - `lost-state`: it was a voter and comes back without its log; it must not vote again under its
 * id.
 * - `not-accepted`: the node has its own reason, in the text.
 */
export type RefusalCode =
  | 'malformed'
  | 'unsupported-version'
  | 'wrong-secret'
  | 'wrong-cluster'
  | 'wrong-node'
  | 'id-conflict'
  | 'lost-state'
  | 'not-accepted';

const REFUSAL_CODES: ReadonlySet<string> = new Set<RefusalCode>([
  'malformed',
  'unsupported-version',
  'wrong-secret',
  'wrong-cluster',
  'wrong-node',
  'id-conflict',
  'lost-state',
  'not-accepted',
]);

/** A refusal with a sentence for people. */
export interface HelloRefusal {
  readonly code: RefusalCode;
  readonly text: string;
}

/** Who a node is; `clusterId` and `nodeId` are empty while it waits to be taken into a cluster. */
export interface PeerIdentity {
  readonly clusterId: string;
  readonly nodeId: NodeId;
  readonly peerAddress: string;
  readonly clientAddress: string;
}

/** What the dialler wants: to send messages, or only to learn who is there. */
export type HelloPurpose = 'link' | 'probe';

/** The first message of a hello. */
export interface HelloRequest {
  readonly purpose: HelloPurpose;
  readonly protocolMin: number;
  readonly protocolMax: number;
  readonly from: PeerIdentity;
  /** The node expected at the address; empty in a probe. */
  readonly targetId: NodeId;
  /** Whether the dialler's membership has that node as a voter. */
  readonly targetVoter: boolean;
  readonly nonce: Buffer;
}

/** A fresh nonce. */
export function makeNonce(): Buffer {
  return randomBytes(NONCE_BYTES);
}

/** The bytes of a first message. */
export function encodeHello(hello: HelloRequest): Uint8Array {
  return encodeCommand(helloFields(hello));
}

function helloFields(hello: HelloRequest): (string | Uint8Array)[] {
  const { from } = hello;
  return [
    HELLO_WORD,
    HELLO_FORMAT,
    hello.purpose,
    String(hello.protocolMin),
    String(hello.protocolMax),
    from.clusterId,
    from.nodeId,
    from.peerAddress,
    from.clientAddress,
    hello.targetId,
    hello.targetVoter ? '1' : '0',
    hello.nonce,
  ];
}

/** Reads a first message; null when it is none of ours. */
export function decodeHello(bulks: readonly unknown[]): HelloRequest | null {
  const fields = textFields(bulks.slice(0, HELLO_FIELDS - 1));
  const nonce = bulks[HELLO_FIELDS - 1];
  if (fields === null || bulks.length !== HELLO_FIELDS) return null;
  const [word, format, purpose, min = '', max = ''] = fields;
  const [clusterId = '', nodeId = '', peerAddress = '', clientAddress = ''] = fields.slice(5);
  const [targetId = '', targetVoter = ''] = fields.slice(9);
  if (word !== HELLO_WORD || format !== HELLO_FORMAT) return null;
  if (purpose !== 'link' && purpose !== 'probe') return null;
  if (!VERSION.test(min) || !VERSION.test(max) || Number(min) > Number(max)) return null;
  if (!isIdOrEmpty(nodeId) || !isIdOrEmpty(targetId) || !isIdOrEmpty(clusterId)) return null;
  if (targetVoter !== '0' && targetVoter !== '1') return null;
  if (!Buffer.isBuffer(nonce) || nonce.length !== NONCE_BYTES) return null;
  return {
    purpose,
    protocolMin: Number(min),
    protocolMax: Number(max),
    from: { clusterId, nodeId, peerAddress, clientAddress },
    targetId,
    targetVoter: targetVoter === '1',
    nonce,
  };
}

/** The answers of the acceptor, and the dialler's proof. */
export type HelloAnswer =
  | { readonly type: 'challenge'; readonly nonce: Buffer }
  | { readonly type: 'proof'; readonly proof: Buffer }
  | {
      readonly type: 'welcome';
      readonly protocol: number;
      readonly identity: PeerIdentity;
      readonly proof: Buffer;
    }
  | { readonly type: 'refused'; readonly refusal: HelloRefusal };

/** The bytes of an answer. */
export function encodeAnswer(answer: HelloAnswer): Uint8Array {
  switch (answer.type) {
    case 'challenge':
      return encodeCommand(['CHALLENGE', answer.nonce]);
    case 'proof':
      return encodeCommand(['PROOF', answer.proof]);
    case 'welcome':
      return encodeCommand([
        'WELCOME',
        ...welcomeFields(answer.protocol, answer.identity),
        answer.proof,
      ]);
    case 'refused':
      return encodeCommand(['REFUSED', answer.refusal.code, asField(answer.refusal.text)]);
  }
}

/** Reads an answer; null when it is none. */
export function decodeAnswer(bulks: readonly unknown[]): HelloAnswer | null {
  const [word, ...rest] = bulks;
  const last = rest.at(-1);
  if (!Buffer.isBuffer(word) || !Buffer.isBuffer(last)) return null;
  const type = word.toString('latin1');
  if (type === 'CHALLENGE' && rest.length === 1 && last.length === NONCE_BYTES) {
    return { type: 'challenge', nonce: last };
  }
  if (type === 'PROOF' && rest.length === 1 && last.length === PROOF_BYTES) {
    return { type: 'proof', proof: last };
  }
  if (type === 'WELCOME' && rest.length === 6 && last.length === PROOF_BYTES) {
    const fields = textFields(rest.slice(0, 5));
    if (fields === null) return null;
    const [version = '', clusterId = '', nodeId = '', peerAddress = '', clientAddress = ''] =
      fields;
    if (!VERSION.test(version) || !isIdOrEmpty(clusterId) || !isIdOrEmpty(nodeId)) return null;
    const identity = { clusterId, nodeId, peerAddress, clientAddress };
    return { type: 'welcome', protocol: Number(version), identity, proof: last };
  }
  if (type === 'REFUSED' && rest.length === 2) {
    const [code = '', text = ''] = textFields(rest) ?? [];
    if (!isRefusalCode(code)) return null;
    return { type: 'refused', refusal: { code, text } };
  }
  return null;
}

/** What both sides have said so far; the proofs sign it. */
export interface Transcript {
  readonly hello: HelloRequest;
  readonly acceptorNonce: Buffer;
}

/** The dialler's proof that it knows the secret. */
export function diallerProof(secret: Uint8Array, transcript: Transcript): Buffer {
  return sign(secret, [
    'raftdeck peer dialler',
    ...helloFields(transcript.hello),
    transcript.acceptorNonce,
  ]);
}

/** The acceptor's, which also covers what it says of itself. */
export function acceptorProof(
  secret: Uint8Array,
  transcript: Transcript,
  welcome: { readonly protocol: number; readonly identity: PeerIdentity },
): Buffer {
  return sign(secret, [
    'raftdeck peer acceptor',
    ...helloFields(transcript.hello),
    transcript.acceptorNonce,
    ...welcomeFields(welcome.protocol, welcome.identity),
  ]);
}

/** Compares proofs in a time that does not depend on where they differ. */
export function proofsEqual(left: Buffer, right: Buffer): boolean {
  return left.length === right.length && timingSafeEqual(left, right);
}

/** The newest protocol version both speak, or null. */
export function commonProtocol(hello: HelloRequest): number | null {
  const newest = Math.min(hello.protocolMax, PROTOCOL_MAX);
  return newest >= hello.protocolMin && newest >= PROTOCOL_MIN ? newest : null;
}

function welcomeFields(protocol: number, identity: PeerIdentity): string[] {
  const { clusterId, nodeId, peerAddress, clientAddress } = identity;
  return [String(protocol), clusterId, nodeId, peerAddress, clientAddress];
}

/** Each field with its length in front: no two lists of fields sign alike. */
function sign(secret: Uint8Array, fields: readonly (string | Uint8Array)[]): Buffer {
  const hmac = createHmac('sha256', secret);
  for (const field of fields) {
    const bytes = typeof field === 'string' ? Buffer.from(field, 'utf8') : field;
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length, 0);
    hmac.update(length).update(bytes);
  }
  return hmac.digest();
}

function textFields(bulks: readonly unknown[]): string[] | null {
  const fields: string[] = [];
  for (const bulk of bulks) {
    if (!Buffer.isBuffer(bulk) || bulk.length > FIELD_BYTES_MAX) return null;
    const text = bulk.toString('latin1');
    // Names and addresses are printable ASCII; anything else could forge a line in somebody's log.
    if (!/^[\x20-\x7e]*$/.test(text)) return null;
    fields.push(text);
  }
  return fields;
}

/** A sentence in a form that `textFields` reads back. */
function asField(text: string): string {
  return text.slice(0, FIELD_BYTES_MAX).replace(/[^\x20-\x7e]/g, '?');
}

const VERSION = /^[1-9][0-9]{0,4}$/;

function isIdOrEmpty(text: string): boolean {
  return /^[A-Za-z0-9._-]{0,64}$/.test(text);
}

function isRefusalCode(code: string): code is RefusalCode {
  return REFUSAL_CODES.has(code);
}
