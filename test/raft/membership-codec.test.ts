import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { decodeMembership, encodeMembership } from '../../node-engine/raft/membership-codec.ts';
import type { Member, Membership } from '../../node-engine/raft/types.ts';

function member(id: string, changes: Partial<Member> = {}): Member {
  const port = id.padStart(4, '7');
  return {
    id,
    peerAddress: `127.0.0.1:${port}`,
    clientAddress: `127.0.0.1:${port}`,
    voter: true,
    promote: false,
    ...changes,
  };
}

function crowd(count: number): Member[] {
  return Array.from({ length: count }, (_, place) => member(`m${String(place).padStart(6, '0')}`));
}

const EXAMPLE: Membership = {
  members: [member('1'), member('2', { voter: false, promote: true })],
};

describe('the bytes of a membership', () => {
  test('are those of format 1', () => {
    const short: Membership = {
      members: [{ id: 'a', peerAddress: 'b:1', clientAddress: 'c:2', voter: true, promote: false }],
    };
    expect(Buffer.from(encodeMembership(short)).toString('hex')).toBe(
      '01' + '0001' + '01' + '000161' + '0003623a31' + '0003633a32',
    );
  });

  test('are read back as they were written', () => {
    expect(decodeMembership(encodeMembership(EXAMPLE))).toEqual(EXAMPLE);
    expect(decodeMembership(encodeMembership({ members: [] }))).toEqual({ members: [] });
  });

  test('are refused when any byte is missing or added', () => {
    const bytes = encodeMembership(EXAMPLE);
    for (let length = 0; length < bytes.length; length += 1) {
      expect(decodeMembership(bytes.subarray(0, length))).toBeNull();
    }
    expect(decodeMembership(new Uint8Array([...bytes, 0]))).toBeNull();
  });

  test('never decode to something that would be encoded differently', () => {
    const bytes = encodeMembership(EXAMPLE);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (offset, value) => {
        const altered = bytes.slice();
        altered[offset] = value;
        const decoded = decodeMembership(altered);
        if (decoded !== null) expect(encodeMembership(decoded)).toEqual(altered);
      }),
    );
  });

  test.each<[string, Membership]>([
    ['out of order', { members: [member('2'), member('1')] }],
    ['with a repeated id', { members: [member('1'), member('1')] }],
    [
      'with a repeated address',
      { members: [member('1'), member('2', { peerAddress: '127.0.0.1:7771' })] },
    ],
    ['with a voter to be promoted', { members: [member('1', { promote: true })] }],
    ['outside ASCII', { members: [member('é')] }],
    ['with a name that its length cannot say', { members: [member('a'.repeat(0x1_0000))] }],
    ['of which there are more than their number can say', { members: crowd(0x1_0000) }],
  ])('are not written for members %s', (_what, membership) => {
    expect(() => encodeMembership(membership)).toThrow(RangeError);
  });
});
