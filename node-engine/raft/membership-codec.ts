import type { Member, Membership } from './types.ts';

/**
 * The bytes of a membership entry, format 1. Big-endian; frozen for good.
 *
 * ```text
 * 0  u8   format: 1
 * 1  u16  number of members
 * 3       per member: u8 flags (1 voter, 2 promote), then id, peer address and client address, each
 *         a u16 length and that many ASCII characters
 * ```
 *
 * Equal memberships have equal bytes: members are sorted by id and no byte is free.
 */
const MEMBERSHIP_FORMAT = 1;
const VOTER = 1;
const PROMOTE = 2;
const LENGTH_MAX = 0xffff;

/**
 * Encodes a membership.
 *
 * @throws RangeError when members are not sorted by id, repeat an id or an address, or hold a
 *   character outside ASCII.
 */
export function encodeMembership(membership: Membership): Uint8Array {
  const fault = faultOf(membership.members);
  if (fault !== null) throw new RangeError(fault);
  let size = 3;
  for (const member of membership.members) {
    size += 7 + member.id.length + member.peerAddress.length + member.clientAddress.length;
  }
  const bytes = new Uint8Array(size);
  bytes[0] = MEMBERSHIP_FORMAT;
  let offset = writeUint16(bytes, 1, membership.members.length);
  for (const member of membership.members) {
    bytes[offset] = (member.voter ? VOTER : 0) | (member.promote ? PROMOTE : 0);
    offset = writeText(bytes, offset + 1, member.id);
    offset = writeText(bytes, offset, member.peerAddress);
    offset = writeText(bytes, offset, member.clientAddress);
  }
  return bytes;
}

/** Decodes a membership; null when the bytes are not one that `encodeMembership` wrote. */
export function decodeMembership(bytes: Uint8Array): Membership | null {
  if (bytes[0] !== MEMBERSHIP_FORMAT) return null;
  const reader = { bytes, offset: 1 };
  const count = readUint16(reader);
  if (count === null) return null;
  const members: Member[] = [];
  for (let position = 0; position < count; position += 1) {
    const member = readMember(reader);
    if (member === null) return null;
    members.push(member);
  }
  if (reader.offset !== bytes.length || faultOf(members) !== null) return null;
  return { members };
}

interface Reader {
  readonly bytes: Uint8Array;
  offset: number;
}

function readMember(reader: Reader): Member | null {
  const flags = reader.bytes[reader.offset];
  if (flags === undefined || flags > (VOTER | PROMOTE)) return null;
  reader.offset += 1;
  const id = readText(reader);
  const peerAddress = readText(reader);
  const clientAddress = readText(reader);
  if (id === null || peerAddress === null || clientAddress === null) return null;
  const voter = (flags & VOTER) !== 0;
  const promote = (flags & PROMOTE) !== 0;
  return { id, peerAddress, clientAddress, voter, promote };
}

/** Says what makes `members` no membership, or null. */
function faultOf(members: readonly Member[]): string | null {
  if (members.length > LENGTH_MAX) return `${members.length} members are too many`;
  const addresses = new Set<string>();
  let previousId = '';
  for (const member of members) {
    const { id, peerAddress, clientAddress } = member;
    for (const text of [id, peerAddress, clientAddress]) {
      if (text.length > LENGTH_MAX) return `a name of ${text.length} characters is too long`;
      if (!isAscii(text)) return `${text} is not ASCII`;
    }
    if (id <= previousId) return `member ${id} is repeated or out of order`;
    previousId = id;
    if (member.voter && member.promote) return `voter ${id} cannot be waiting for promotion`;
    for (const address of new Set([peerAddress, clientAddress])) {
      if (addresses.has(address)) return `address ${address} belongs to two members`;
      addresses.add(address);
    }
  }
  return null;
}

function isAscii(text: string): boolean {
  for (let offset = 0; offset < text.length; offset += 1) {
    if (text.charCodeAt(offset) > 0x7f) return false;
  }
  return true;
}

function writeUint16(bytes: Uint8Array, offset: number, value: number): number {
  bytes[offset] = value >>> 8;
  bytes[offset + 1] = value & 0xff;
  return offset + 2;
}

function writeText(bytes: Uint8Array, offset: number, text: string): number {
  const start = writeUint16(bytes, offset, text.length);
  for (let position = 0; position < text.length; position += 1) {
    bytes[start + position] = text.charCodeAt(position);
  }
  return start + text.length;
}

function readUint16(reader: Reader): number | null {
  const high = reader.bytes[reader.offset];
  const low = reader.bytes[reader.offset + 1];
  if (high === undefined || low === undefined) return null;
  reader.offset += 2;
  return high * 256 + low;
}

function readText(reader: Reader): string | null {
  const length = readUint16(reader);
  if (length === null || reader.offset + length > reader.bytes.length) return null;
  let text = '';
  for (let position = 0; position < length; position += 1) {
    text += String.fromCharCode(reader.bytes[reader.offset + position] ?? 0);
  }
  reader.offset += length;
  return isAscii(text) ? text : null;
}
