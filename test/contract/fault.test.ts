import fc from 'fast-check';
import { expect, test } from 'vitest';

import { checkFault, faultCommand } from '../../main/contract/fault.ts';
import {
  parseClockFault,
  parseDiskFault,
  parseLinkFault,
  type ParsedFault,
} from '../../node-engine/node/faults/parse-fault.ts';

/** What a node makes of a command. */
function understood(args: readonly string[]): ParsedFault {
  const [raft, fault, group, ...rest] = args;
  expect([raft, fault]).toEqual(['RAFT', 'FAULT']);
  if (group === 'LINK') return parseLinkFault(rest);
  return group === 'DISK' ? parseDiskFault(rest) : parseClockFault(rest);
}

const link = {
  peerId: fc.stringMatching(/^[a-z0-9]{1,8}$/),
  direction: fc.constantFrom('in', 'out'),
};
const ms = fc.integer({ min: 1, max: 60_000 });

/** Every kind with every value that the contract lets through. */
const anyFault = fc.oneof(
  fc.record({ kind: fc.constant('link-cut'), ...link }),
  fc.record({
    kind: fc.constant('link-drop'),
    ...link,
    probability: fc.integer({ min: 1, max: 1000 }).map((n) => n / 1000),
  }),
  fc.record({
    kind: fc.constant('link-delay'),
    ...link,
    delayMs: ms,
    jitterMs: fc.integer({ min: 0, max: 60_000 }),
  }),
  fc.record({
    kind: fc.constant('link-rate'),
    ...link,
    bytesPerSecond: fc.integer({ min: 1, max: 1_000_000_000 }),
  }),
  fc.record({ kind: fc.constant('disk-slow'), delayMs: ms }),
  fc.constant({ kind: 'disk-full' }),
  fc.constant({ kind: 'disk-fsync-error' }),
  fc.record({
    kind: fc.constant('clock-offset'),
    offsetMs: fc.integer({ min: -100_000_000, max: 100_000_000 }).filter((n) => n !== 0),
  }),
);

test('whatever fault the contract lets through, the node understands as the same', () => {
  fc.assert(
    fc.property(anyFault, fc.integer({ min: 100, max: 600_000 }), (fault, leaseMs) => {
      const checked = checkFault(fault, 'fault');
      expect(checked).toEqual({ ok: true, value: fault });
      const parsed = understood(faultCommand(fault, leaseMs));
      expect(parsed).toEqual({ ok: true, fault, leaseMs });
    }),
  );
});
