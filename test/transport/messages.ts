import fc from 'fast-check';

import type { Message } from '../../node-engine/raft/message.ts';
import { RUN_COMMANDS, type Membership, type Run } from '../../node-engine/raft/types.ts';

const index = fc.integer({ min: 1, max: 2 ** 40 });
const natural = fc.maxSafeInteger().map((value) => Math.abs(value));
const term = fc.integer({ min: 1, max: 2 ** 40 });
const ends = { from: '1', to: '2' } as const;

const MEMBERSHIP: Membership = {
  members: ['1', '2', 'three'].map((id, i) => ({
    id,
    peerAddress: `127.0.0.1:${7000 + i}`,
    clientAddress: `127.0.0.1:${7000 + i}`,
    voter: i < 2,
    promote: i === 2,
  })),
};

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 50 }),
  fc.integer({ min: 4000, max: 9000 }).map((length) => new Uint8Array(length).fill(length & 255)),
);

/**
 * Runs that follow each other from `firstIndex` on, with terms that never fall, up to `maxTerm`.
 */
function runsFrom(firstIndex: number, minTerm: number, maxTerm: number): fc.Arbitrary<Run[]> {
  const part = fc.record({
    count: fc.integer({ min: 1, max: 1000 }),
    bytes,
    timeNs: fc.bigInt({ min: -(2n ** 62n), max: 2n ** 63n - 1n }),
    seed: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    raise: fc.nat(3),
    original: fc.nat(10),
  });
  return fc.array(part, { maxLength: 5 }).map((parts) => {
    let next = firstIndex;
    let runTerm = minTerm;
    return parts.map(({ count, raise, original, ...rest }) => {
      runTerm = Math.min(maxTerm, runTerm + raise);
      const run: Run = {
        ...rest,
        firstIndex: next,
        originalFirstIndex: Math.max(1, next - original),
        count,
        term: runTerm,
        flags: RUN_COMMANDS,
      };
      next += count;
      return run;
    });
  });
}

const append = fc
  .tuple(index, term, term, natural, natural)
  .chain(([prevLogIndex, one, two, leaderCommit, readRound]) => {
    const prevLogTerm = Math.min(one, two);
    const messageTerm = Math.max(one, two);
    return runsFrom(prevLogIndex + 1, prevLogTerm, messageTerm).map((runs): Message => ({
      type: 'AppendEntriesRequest',
      ...ends,
      term: messageTerm,
      prevLogIndex,
      prevLogTerm,
      runs,
      leaderCommit,
      readRound,
    }));
  });

const snapshot = fc
  .tuple(index, term, natural, bytes, fc.nat(1000), fc.nat(1000), fc.boolean())
  .map(([lastIncludedIndex, lastTerm, readRound, data, offset, rest, done]): Message => ({
    type: 'InstallSnapshotRequest',
    ...ends,
    term: lastTerm + 1,
    snapshot: {
      id: 'snapshot-12.ok',
      lastIncludedIndex,
      lastIncludedTerm: lastTerm,
      membership: MEMBERSHIP,
      membershipIndex: lastIncludedIndex - 1,
      sizeBytes: offset + data.length + rest,
    },
    offset,
    data,
    done,
    readRound,
  }));

const small: fc.Arbitrary<Message> = fc
  .tuple(term, natural, natural, natural, natural, fc.boolean(), fc.nat(7))
  .map(([messageTerm, a, b, c, d, flag, kind]): Message => {
    const envelope = { ...ends, term: messageTerm };
    const log = { lastLogIndex: a, lastLogTerm: messageTerm - 1 };
    switch (kind) {
      case 0:
        return { type: 'PreVoteRequest', ...envelope, ...log };
      case 1:
        return { type: 'PreVoteResponse', ...envelope, requestTerm: a, granted: flag };
      case 2:
        return { type: 'RequestVoteRequest', ...envelope, ...log, leadershipTransfer: flag };
      case 3:
        return { type: 'RequestVoteResponse', ...envelope, granted: flag };
      case 4: {
        const answer = { success: flag, matchIndex: a, hintIndex: b, hintTerm: c, readRound: d };
        return { type: 'AppendEntriesResponse', ...envelope, ...answer };
      }
      case 5: {
        const answer = { lastIncludedIndex: a, nextOffset: b, installed: flag, matchIndex: c };
        return { type: 'InstallSnapshotResponse', ...envelope, ...answer, readRound: d };
      }
      case 6:
        return { type: 'TimeoutNow', ...envelope };
      default:
        return flag
          ? { type: 'ReadIndexRequest', ...envelope, readId: a }
          : { type: 'ReadIndexResponse', ...envelope, readId: a, ok: b % 2 === 0, readIndex: c };
    }
  });

/** Any message that node 1 could send to node 2. */
export const anyMessage: fc.Arbitrary<Message> = fc.oneof(append, snapshot, small, small);

/** A heartbeat that can be told from others by its read round. */
export function heartbeat(readRound: number, runs: readonly Run[] = []): Message {
  return {
    type: 'AppendEntriesRequest',
    ...ends,
    term: 5,
    prevLogIndex: 9,
    prevLogTerm: 5,
    runs,
    leaderCommit: 3,
    readRound,
  };
}

/** One run of commands behind `heartbeat`'s log position. */
export function runOfBytes(size: number): Run {
  return {
    firstIndex: 10,
    originalFirstIndex: 10,
    count: 1,
    term: 5,
    timeNs: 1n,
    seed: 2n,
    flags: RUN_COMMANDS,
    bytes: new Uint8Array(size).fill(7),
  };
}
