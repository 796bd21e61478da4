import { encodeMembership } from '../raft/membership-codec.ts';
import type { LogIndex, Member, Membership, Term } from '../raft/types.ts';

/** Which state machine made a snapshot, and so can read it. */
export interface MachineIdentity {
  readonly name: string;
  readonly version: string;
}

/** What the header of a snapshot file says about it. */
export interface SnapshotHeader {
  readonly lastIncludedIndex: LogIndex;
  readonly lastIncludedTerm: Term;
  readonly membership: Membership;
  readonly membershipIndex: LogIndex;
  /** Empty when the maker did not know it. */
  readonly clusterId: string;
  readonly machine: MachineIdentity;
  /** Unix milliseconds, by the maker's clock. */
  readonly madeAtMs: number;
}

/** The header as JSON, for people to read with the first lines of the file. */
export function encodeHeaderDocument(header: SnapshotHeader): string {
  // Named one by one: an object with more in it must not leak into the file.
  return JSON.stringify({
    lastIncludedIndex: header.lastIncludedIndex,
    lastIncludedTerm: header.lastIncludedTerm,
    membershipIndex: header.membershipIndex,
    members: header.membership.members.map((member) => ({
      id: member.id,
      peerAddress: member.peerAddress,
      clientAddress: member.clientAddress,
      voter: member.voter,
      promote: member.promote,
    })),
    clusterId: header.clusterId,
    machine: { name: header.machine.name, version: header.machine.version },
    madeAtMs: header.madeAtMs,
  });
}

/** Reads a header; a string says what is wrong with it. */
export function decodeHeaderDocument(text: string): SnapshotHeader | string {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return 'has a header that is not JSON';
  }
  const header = readDocument(document);
  if (header === null) return 'has a header with a missing or impossible field';
  try {
    encodeMembership(header.membership);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return `has an impossible membership: ${error.message}`;
  }
  return header;
}

function readDocument(document: unknown): SnapshotHeader | null {
  if (!isObject(document)) return null;
  const lastIncludedIndex = indexOf(document['lastIncludedIndex'], 1);
  const lastIncludedTerm = indexOf(document['lastIncludedTerm'], 0);
  const membershipIndex = indexOf(document['membershipIndex'], 0);
  const madeAtMs = indexOf(document['madeAtMs'], 0);
  const { machine, members, clusterId } = document;
  if (lastIncludedIndex === null || lastIncludedTerm === null) return null;
  if (membershipIndex === null || membershipIndex > lastIncludedIndex) return null;
  if (madeAtMs === null || typeof clusterId !== 'string' || !isObject(machine)) return null;
  const { name, version } = machine;
  if (typeof name !== 'string' || typeof version !== 'string' || !Array.isArray(members)) {
    return null;
  }
  const checked: Member[] = [];
  for (const member of members) {
    const one = readMember(member);
    if (one === null) return null;
    checked.push(one);
  }
  return {
    lastIncludedIndex,
    lastIncludedTerm,
    membership: { members: checked },
    membershipIndex,
    clusterId,
    machine: { name, version },
    madeAtMs,
  };
}

function readMember(value: unknown): Member | null {
  if (!isObject(value)) return null;
  const { id, peerAddress, clientAddress, voter, promote } = value;
  const isWhole =
    typeof id === 'string' &&
    typeof peerAddress === 'string' &&
    typeof clientAddress === 'string' &&
    typeof voter === 'boolean' &&
    typeof promote === 'boolean';
  return isWhole ? { id, peerAddress, clientAddress, voter, promote } : null;
}

type JsonObject = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function indexOf(value: unknown, min: number): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= min ? value : null;
}
