import { decodeMembership } from './membership-codec.ts';
import type { Member, Membership } from './types.ts';

/** Most servers in one cluster; a majority of more would be of no use to anyone. */
export const MEMBERS_MAX = 99;
/** Longest address, `host:port`; a host name has at most 253 characters. */
export const ADDRESS_LENGTH_MAX = 260;

const ID_PATTERN = /^[A-Za-z0-9._-]{1,40}$/;
/** Printable ASCII without a space: it is shown, logged, and split at the last colon. */
const ADDRESS_PATTERN = /^[!-~]+$/;

/**
 * Whether a membership could be in force: sorted by id, ids and addresses unique, at least one voter,
 * and no voter that waits for promotion. Without a voter nothing could ever be decided again.
 */
export function isValidMembership(membership: Membership): boolean {
  const { members } = membership;
  if (members.length > MEMBERS_MAX) return false;
  const addresses = new Set<string>();
  let previousId = '';
  let voters = 0;
  for (const member of members) {
    if (!isValidMember(member) || member.id <= previousId) return false;
    if (addresses.has(member.peerAddress) || addresses.has(member.clientAddress)) return false;
    addresses.add(member.peerAddress).add(member.clientAddress);
    previousId = member.id;
    if (member.voter) voters += 1;
  }
  return voters > 0;
}

/** Whether one member could stand in a membership. */
export function isValidMember(member: Member): boolean {
  return (
    ID_PATTERN.test(member.id) &&
    isValidAddress(member.peerAddress) &&
    isValidAddress(member.clientAddress) &&
    !(member.voter && member.promote)
  );
}

/** The valid membership in these bytes of a RUN_MEMBERSHIP entry, or null. */
export function readMembership(bytes: Uint8Array): Membership | null {
  const membership = decodeMembership(bytes);
  return membership !== null && isValidMembership(membership) ? membership : null;
}

function isValidAddress(address: string): boolean {
  return address.length <= ADDRESS_LENGTH_MAX && ADDRESS_PATTERN.test(address);
}
