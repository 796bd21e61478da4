import { crc32 } from 'node:zlib';

import { decodeMembership, encodeMembership } from '../raft/membership-codec.ts';
import { messageProblem } from '../raft/message-check.ts';
import type { AppendEntriesRequest, InstallSnapshotRequest, Message } from '../raft/message.ts';
import { decodeRunHeader, encodeRunHeader, RUN_HEADER_BYTES, runOf } from '../raft/run-codec.ts';
import type { NodeId, Run } from '../raft/types.ts';
import { digitsOf } from '../resp/command-writer.ts';
import {
  headerLength,
  type MessageHeader,
  readMessageHeader,
  writeMessageHeader,
} from './message-header.ts';

/*
 * A frame is one Raft message as a RESP array of bulk strings: the header, then the payloads, then
 * four bytes of CRC-32 (IEEE, big-endian) over all of them in order.
 *
 * AppendEntriesRequest    header = fixed part and a run header per run; payloads = the runs' bytes
 * InstallSnapshotRequest  payloads = snapshot id, membership, data any other               no
 * payloads
 *
 * A large frame travels in pieces, see `encodePiece`. Sender and receiver are not in it: the link
 * was authenticated for exactly one of each.
 */

const CRC_BYTES = 4;
const ASTERISK = 42;
const DOLLAR = 36;
const CR = 13;
const LF = 10;

/** Payloads from this size on go to the socket as they are, uncopied. */
const COPIED_BYTES_MAX = 4 * 1024;

/** An empty sign of life: an array of one bulk string `K`. */
export const KEEPALIVE = Buffer.from('*1\r\n$1\r\nK\r\n', 'latin1');

/** First bulk string of a piece; no header is as short. */
const PIECE_WORD = 0x50;
const PIECE_START = Buffer.from('*2\r\n$1\r\nP\r\n$', 'latin1');
const LINE_END = Buffer.from('\r\n', 'latin1');

/** Most bytes in one piece of a large frame. */
export const PIECE_BYTES_MAX = 128 * 1024;

/**
 * Wraps a piece of a large frame: an array of `P` and bytes. The bytes of all pieces in a row are
 * the frames that were cut; other messages may stand between two pieces.
 */
export function encodePiece(piece: Buffer): Buffer[] {
  const start = Buffer.concat([PIECE_START, Buffer.from(`${piece.length}\r\n`, 'latin1')]);
  return [start, piece, LINE_END];
}

/** The bytes of a piece, or null when the message is none. */
export function pieceOf(bulks: readonly unknown[]): Buffer | null {
  const [word, bytes] = bulks;
  if (bulks.length !== 2 || !Buffer.isBuffer(word) || !Buffer.isBuffer(bytes)) return null;
  return word.length === 1 && word[0] === PIECE_WORD ? bytes : null;
}

/** Encodes a message. The parts are to be sent in order; large payloads are not copied. */
export function encodeFrame(message: Message): Buffer[] {
  const header = encodeHeader(message);
  const payloads = payloadsOf(message);
  let crc = crc32(header);
  for (const payload of payloads) crc = crc32(payload, crc);

  const writer = new FrameWriter(header.length, payloads);
  writer.line(ASTERISK, payloads.length + 2);
  writer.bulk(header);
  for (const payload of payloads) writer.bulk(payload);
  const checksum = Buffer.allocUnsafe(CRC_BYTES);
  checksum.writeUInt32BE(crc, 0);
  writer.bulk(checksum);
  return writer.parts();
}

/**
 * Whether two messages are of those that a cluster repeats while nothing happens, heartbeats and their
 * answers, and make the same frame.
 */
export function isSameFrame(one: Message, other: Message): boolean {
  if (one.term !== other.term) return false;
  if (one.type === 'AppendEntriesRequest') {
    return (
      other.type === 'AppendEntriesRequest' &&
      one.runs.length + other.runs.length === 0 &&
      one.prevLogIndex === other.prevLogIndex &&
      one.prevLogTerm === other.prevLogTerm &&
      one.leaderCommit === other.leaderCommit &&
      one.readRound === other.readRound
    );
  }
  return (
    one.type === 'AppendEntriesResponse' &&
    other.type === 'AppendEntriesResponse' &&
    one.success === other.success &&
    one.matchIndex === other.matchIndex &&
    one.hintIndex === other.hintIndex &&
    one.hintTerm === other.hintTerm &&
    one.readRound === other.readRound
  );
}

function encodeHeader(message: Message): Buffer {
  const runs = message.type === 'AppendEntriesRequest' ? message.runs : [];
  const header = Buffer.alloc(headerLength(message.type) + runs.length * RUN_HEADER_BYTES);
  let offset = writeMessageHeader(message, header, 0);
  for (const run of runs) {
    // The run's own checksum stays 0: the frame's covers it, and the store computes its own.
    encodeRunHeader(run, header, offset);
    offset += RUN_HEADER_BYTES;
  }
  return header;
}

function payloadsOf(message: Message): readonly Uint8Array[] {
  switch (message.type) {
    case 'AppendEntriesRequest':
      return message.runs.map((run) => run.bytes);
    case 'InstallSnapshotRequest':
      return [
        Buffer.from(message.snapshot.id, 'utf8'),
        encodeMembership(message.snapshot.membership),
        message.data,
      ];
    case 'PreVoteRequest':
    case 'PreVoteResponse':
    case 'RequestVoteRequest':
    case 'RequestVoteResponse':
    case 'AppendEntriesResponse':
    case 'InstallSnapshotResponse':
    case 'TimeoutNow':
    case 'ReadIndexRequest':
    case 'ReadIndexResponse':
      return [];
  }
}

/** Puts small pieces together in one buffer and leaves large ones alone. */
class FrameWriter {
  readonly #parts: Buffer[] = [];
  readonly #small: Buffer;
  #start = 0;
  #at = 0;

  constructor(headerBytes: number, payloads: readonly Uint8Array[]) {
    let size = bulkBytes(headerBytes) + bulkBytes(CRC_BYTES) + lineBytes(payloads.length + 2);
    for (const { length } of payloads) {
      size += length < COPIED_BYTES_MAX ? bulkBytes(length) : lineBytes(length) + 2;
    }
    this.#small = Buffer.allocUnsafe(size);
  }

  line(type: number, value: number): void {
    this.#small[this.#at] = type;
    this.#at += 1 + this.#small.write(String(value), this.#at + 1, 'latin1');
    this.#endLine();
  }

  bulk(bytes: Uint8Array): void {
    this.line(DOLLAR, bytes.length);
    if (bytes.length < COPIED_BYTES_MAX) {
      this.#small.set(bytes, this.#at);
      this.#at += bytes.length;
    } else {
      this.#cut();
      this.#parts.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
    }
    this.#endLine();
  }

  parts(): Buffer[] {
    this.#cut();
    return this.#parts;
  }

  #endLine(): void {
    this.#small[this.#at] = CR;
    this.#small[this.#at + 1] = LF;
    this.#at += 2;
  }

  #cut(): void {
    if (this.#at > this.#start) this.#parts.push(this.#small.subarray(this.#start, this.#at));
    this.#start = this.#at;
  }
}

function lineBytes(value: number): number {
  return 1 + digitsOf(value) + 2;
}

function bulkBytes(length: number): number {
  return lineBytes(length) + length + 2;
}

/** A decoded frame, or why it is none. */
export type DecodedFrame =
  | { readonly ok: true; readonly message: Message }
  | { readonly ok: false; readonly reason: string };

/**
 * Decodes the bulk strings of a frame. Whatever they hold, this never throws: a message comes out
 * whose every field is as its type says and which a correct server could have sent, or a reason.
 *
 * @param bulks what the parser made of the array
 * @param from the authenticated peer
 * @param to this node
 */
export function decodeFrame(bulks: readonly unknown[], from: NodeId, to: NodeId): DecodedFrame {
  const buffers: Buffer[] = [];
  for (const bulk of bulks) {
    if (!Buffer.isBuffer(bulk)) return { ok: false, reason: 'not an array of bulk strings' };
    buffers.push(bulk);
  }
  const checksum = buffers.pop();
  const [headerBytes, ...payloads] = buffers;
  if (headerBytes === undefined || checksum?.length !== CRC_BYTES) {
    return { ok: false, reason: 'not a frame' };
  }
  let crc = crc32(headerBytes);
  for (const payload of payloads) crc = crc32(payload, crc);
  if (crc !== checksum.readUInt32BE(0)) return { ok: false, reason: 'wrong checksum' };
  const header = readMessageHeader(headerBytes);
  if (typeof header === 'string') return { ok: false, reason: header };
  const message = toMessage(header, headerBytes, payloads, { from, to });
  if (typeof message === 'string') return { ok: false, reason: message };
  const problem = messageProblem(message, message.term);
  return problem === null ? { ok: true, message } : { ok: false, reason: problem };
}

interface Ends {
  readonly from: NodeId;
  readonly to: NodeId;
}

function toMessage(
  header: MessageHeader,
  headerBytes: Buffer,
  payloads: readonly Buffer[],
  ends: Ends,
): Message | string {
  if (header.type === 'AppendEntriesRequest') {
    return toAppendEntries(header, headerBytes, payloads, ends);
  }
  if (headerBytes.length !== header.length) return 'header of a wrong length';
  if (header.type === 'InstallSnapshotRequest') return toInstallSnapshot(header, payloads, ends);
  if (payloads.length > 0) return 'payloads that do not belong to this message';
  return toSmallMessage(header, ends);
}

function toSmallMessage(header: MessageHeader, ends: Ends): Message | string {
  const { type, term, flag } = header;
  const [first = 0, second = 0, third = 0, fourth = 0] = header.numbers;
  const envelope = { ...ends, term };
  switch (type) {
    case 'PreVoteRequest':
      return { type, ...envelope, lastLogIndex: first, lastLogTerm: second };
    case 'PreVoteResponse':
      return { type, ...envelope, requestTerm: first, granted: flag };
    case 'RequestVoteRequest': {
      const log = { lastLogIndex: first, lastLogTerm: second };
      return { type, ...envelope, ...log, leadershipTransfer: flag };
    }
    case 'RequestVoteResponse':
      return { type, ...envelope, granted: flag };
    case 'AppendEntriesResponse': {
      const hint = { hintIndex: second, hintTerm: third };
      return { type, ...envelope, success: flag, matchIndex: first, ...hint, readRound: fourth };
    }
    case 'InstallSnapshotResponse': {
      const progress = { lastIncludedIndex: first, nextOffset: second, matchIndex: third };
      return { type, ...envelope, ...progress, installed: flag, readRound: fourth };
    }
    case 'TimeoutNow':
      return { type, ...envelope };
    case 'ReadIndexRequest':
      return { type, ...envelope, readId: first };
    case 'ReadIndexResponse':
      return { type, ...envelope, readId: first, ok: flag, readIndex: second };
    case 'AppendEntriesRequest':
    case 'InstallSnapshotRequest':
      return 'a message with payloads';
  }
}

function toAppendEntries(
  header: MessageHeader,
  headerBytes: Buffer,
  payloads: readonly Buffer[],
  ends: Ends,
): AppendEntriesRequest | string {
  if (headerBytes.length !== header.length + payloads.length * RUN_HEADER_BYTES) {
    return 'runs and run headers differ in number';
  }
  const runs: Run[] = [];
  for (const [position, bytes] of payloads.entries()) {
    const decoded = decodeRunHeader(headerBytes, header.length + position * RUN_HEADER_BYTES);
    if (!decoded.ok) return `run header: ${decoded.fault}`;
    if (decoded.header.byteLength !== bytes.length) return 'a run of another length than announced';
    runs.push(runOf(decoded.header, plainView(bytes)));
  }
  const [prevLogIndex = 0, prevLogTerm = 0, leaderCommit = 0, readRound = 0] = header.numbers;
  return {
    type: 'AppendEntriesRequest',
    ...ends,
    term: header.term,
    prevLogIndex,
    prevLogTerm,
    runs,
    leaderCommit,
    readRound,
  };
}

function toInstallSnapshot(
  header: MessageHeader,
  payloads: readonly Buffer[],
  ends: Ends,
): InstallSnapshotRequest | string {
  const [idBytes, membershipBytes, data, ...rest] = payloads;
  if (idBytes === undefined || membershipBytes === undefined || data === undefined) {
    return 'a chunk without its payloads';
  }
  if (rest.length > 0) return 'payloads that do not belong to this message';
  const id = idBytes.toString('utf8');
  if (!SNAPSHOT_ID.test(id)) return 'bad snapshot id';
  const membership = decodeMembership(membershipBytes);
  if (membership === null) return 'bad membership';
  const [lastIncludedIndex = 0, lastIncludedTerm = 0, membershipIndex = 0] = header.numbers;
  const [sizeBytes = 0, offset = 0, readRound = 0] = header.numbers.slice(3);
  if (offset + data.length > sizeBytes) return 'a chunk beyond the end of its snapshot';
  return {
    type: 'InstallSnapshotRequest',
    ...ends,
    term: header.term,
    snapshot: {
      id,
      lastIncludedIndex,
      lastIncludedTerm,
      membership,
      membershipIndex,
      sizeBytes,
    },
    offset,
    data: plainView(data),
    done: header.flag,
    readRound,
  };
}

/** Not a Buffer: its `slice` shares memory, and the core and the stores may take it for a copy. */
function plainView(bytes: Buffer): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** An id names a file on its own node, so it must not be able to name any other. */
const SNAPSHOT_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
