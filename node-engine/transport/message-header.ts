import type { Message, MessageType } from '../raft/message.ts';

/*
 * The fixed part of a message in a frame: a type, a flag, and whole numbers. Big-endian; the
 * numbers of the types are frozen for good, and a type's list of numbers only changes with the
 * protocol version.
 *
 * 0  u8   type
 * 1  u8   1 when the message's one truth value is set
 * 2  u64  term
 * 10 u64  one for each name in NUMBERS
 */
const TYPES: readonly MessageType[] = [
  'PreVoteRequest',
  'PreVoteResponse',
  'RequestVoteRequest',
  'RequestVoteResponse',
  'AppendEntriesRequest',
  'AppendEntriesResponse',
  'InstallSnapshotRequest',
  'InstallSnapshotResponse',
  'TimeoutNow',
  'ReadIndexRequest',
  'ReadIndexResponse',
];
const CODES: ReadonlyMap<MessageType, number> = new Map(
  TYPES.map((type, position) => [type, position + 1]),
);

/** How many numbers follow the term. */
const NUMBERS: Readonly<Record<MessageType, number>> = {
  PreVoteRequest: 2,
  PreVoteResponse: 1,
  RequestVoteRequest: 2,
  RequestVoteResponse: 0,
  AppendEntriesRequest: 4,
  AppendEntriesResponse: 4,
  InstallSnapshotRequest: 6,
  InstallSnapshotResponse: 4,
  TimeoutNow: 0,
  ReadIndexRequest: 1,
  ReadIndexResponse: 2,
};

const NUMBERS_OFFSET = 2;
const UINT32_SIZE = 2 ** 32;

/** Bytes of the fixed part of a message. */
export function headerLength(type: MessageType): number {
  return NUMBERS_OFFSET + 8 * (1 + NUMBERS[type]);
}

/** Writes the fixed part of `message` at `offset`; returns the offset after it. */
export function writeMessageHeader(message: Message, target: Buffer, offset: number): number {
  target[offset] = CODES.get(message.type) ?? 0;
  target[offset + 1] = flagOf(message) ? 1 : 0;
  let at = offset + NUMBERS_OFFSET;
  for (const number of [message.term, ...numbersOf(message)]) {
    target.writeUInt32BE(Math.floor(number / UINT32_SIZE), at);
    target.writeUInt32BE(number % UINT32_SIZE, at + 4);
    at += 8;
  }
  return at;
}

/** A decoded fixed part. */
export interface MessageHeader {
  readonly type: MessageType;
  readonly flag: boolean;
  readonly term: number;
  /** In the order in which `numbersOf` gives them; safe integers of 0 or more. */
  readonly numbers: readonly number[];
  /** Bytes it took. */
  readonly length: number;
}

/** Reads the fixed part of a message; a text says what is wrong with it. */
export function readMessageHeader(source: Buffer): MessageHeader | string {
  const type = TYPES[(source[0] ?? 0) - 1];
  if (type === undefined) return 'unknown kind of message';
  const flag = source[1] ?? 0;
  if (flag > 1) return 'bad flag';
  const length = headerLength(type);
  if (source.length < length) return 'short header';
  const numbers: number[] = [];
  for (let at = NUMBERS_OFFSET; at < length; at += 8) {
    const number = source.readUInt32BE(at) * UINT32_SIZE + source.readUInt32BE(at + 4);
    if (!Number.isSafeInteger(number)) return 'a number beyond 2^53';
    numbers.push(number);
  }
  const [term = 0, ...rest] = numbers;
  return { type, flag: flag === 1, term, numbers: rest, length };
}

function flagOf(message: Message): boolean {
  switch (message.type) {
    case 'PreVoteResponse':
    case 'RequestVoteResponse':
      return message.granted;
    case 'RequestVoteRequest':
      return message.leadershipTransfer;
    case 'AppendEntriesResponse':
      return message.success;
    case 'InstallSnapshotRequest':
      return message.done;
    case 'InstallSnapshotResponse':
      return message.installed;
    case 'ReadIndexResponse':
      return message.ok;
    case 'PreVoteRequest':
    case 'AppendEntriesRequest':
    case 'TimeoutNow':
    case 'ReadIndexRequest':
      return false;
  }
}

function numbersOf(message: Message): readonly number[] {
  switch (message.type) {
    case 'PreVoteRequest':
    case 'RequestVoteRequest':
      return [message.lastLogIndex, message.lastLogTerm];
    case 'PreVoteResponse':
      return [message.requestTerm];
    case 'AppendEntriesRequest':
      return [message.prevLogIndex, message.prevLogTerm, message.leaderCommit, message.readRound];
    case 'AppendEntriesResponse':
      return [message.matchIndex, message.hintIndex, message.hintTerm, message.readRound];
    case 'InstallSnapshotRequest': {
      const { lastIncludedIndex, lastIncludedTerm, membershipIndex, sizeBytes } = message.snapshot;
      return [
        lastIncludedIndex,
        lastIncludedTerm,
        membershipIndex,
        sizeBytes,
        message.offset,
        message.readRound,
      ];
    }
    case 'InstallSnapshotResponse':
      return [message.lastIncludedIndex, message.nextOffset, message.matchIndex, message.readRound];
    case 'ReadIndexRequest':
      return [message.readId];
    case 'ReadIndexResponse':
      return [message.readId, message.readIndex];
    case 'RequestVoteResponse':
    case 'TimeoutNow':
      return [];
  }
}
