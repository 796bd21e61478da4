import { RUN_COMMANDS, RUN_MEMBERSHIP } from '../../node-engine/raft/types.ts';
import type { Membership, Run, SnapshotMeta } from '../../node-engine/raft/types.ts';
import { encodeMembership } from '../../node-engine/raft/membership-codec.ts';

/** Every command in these tests has this many bytes, so that runs can be cut. */
export const COMMAND_BYTES = 8;

export function offsetOfCommand(_bytes: Uint8Array, count: number): number {
  return count * COMMAND_BYTES;
}

/** A run whose commands name their index and term. */
export function run(firstIndex: number, count: number, term: number, fill = ''): Run {
  const commands = Array.from({ length: count }, (_, offset) =>
    `${firstIndex + offset}.${term}${fill}`.padEnd(COMMAND_BYTES).slice(0, COMMAND_BYTES),
  );
  return {
    firstIndex,
    originalFirstIndex: firstIndex,
    count,
    term,
    timeNs: 1_700_000_000_000_000_000n + BigInt(firstIndex),
    seed: BigInt(firstIndex) * 0x9e37_79b9n,
    flags: RUN_COMMANDS,
    bytes: Buffer.from(commands.join(''), 'latin1'),
  };
}

/** Runs of one entry each. */
export function singles(firstIndex: number, lastIndex: number, term: number): Run[] {
  return Array.from({ length: lastIndex - firstIndex + 1 }, (_, offset) =>
    run(firstIndex + offset, 1, term),
  );
}

export const MEMBERSHIP: Membership = {
  members: [
    {
      id: '1',
      peerAddress: '127.0.0.1:7481',
      clientAddress: '127.0.0.1:7481',
      voter: true,
      promote: false,
    },
  ],
};

export function membershipRun(index: number, term: number): Run {
  return { ...run(index, 1, term), flags: RUN_MEMBERSHIP, bytes: encodeMembership(MEMBERSHIP) };
}

export function snapshotAt(index: number, term: number): SnapshotMeta {
  return {
    id: `${index}-${term}`,
    lastIncludedIndex: index,
    lastIncludedTerm: term,
    membership: MEMBERSHIP,
    membershipIndex: 0,
    sizeBytes: 100,
  };
}

/** What a run is, apart from the object that holds its bytes. */
export function plain(run_: Run): Record<string, unknown> {
  return { ...run_, bytes: Buffer.from(run_.bytes).toString('latin1') };
}
