import fc from 'fast-check';
import { crc32 } from 'node:zlib';
import { expect, test } from 'vitest';

import { messageProblem } from '../../node-engine/raft/message-check.ts';
import { decodeFrame, encodeFrame } from '../../node-engine/transport/frame.ts';
import { decodeAnswer, decodeHello } from '../../node-engine/transport/hello.ts';
import { GuardedParser } from '../../node-engine/client/guarded-parser.ts';
import { FRAME_LIMITS } from '../../node-engine/transport/limits.ts';
import { anyMessage } from './messages.ts';

const TIMEOUT = 120_000;

function sealed(bulks: readonly Buffer[]): readonly Buffer[] {
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(
    bulks.reduce((crc, bulk) => crc32(bulk, crc), 0),
    0,
  );
  return [...bulks, checksum];
}

test('a frame with any bytes changed, but a right checksum', { timeout: TIMEOUT }, () => {
  const change = fc.tuple(fc.nat(), fc.nat(), fc.nat(255));
  fc.assert(
    fc.property(anyMessage, fc.array(change, { maxLength: 6 }), (message, changes) => {
      const bulks: Buffer[] = [];
      const parser = new GuardedParser({
        limits: FRAME_LIMITS,
        onMessage: (found) => {
          if (Array.isArray(found))
            for (const bulk of found) if (Buffer.isBuffer(bulk)) bulks.push(bulk);
        },
        onFault: (reason) => expect.fail(reason),
      });
      parser.execute(Buffer.concat(encodeFrame(message)));
      const parts = bulks.slice(0, -1).map((bulk) => Buffer.from(bulk));
      for (const [which, at, value] of changes) {
        const part = parts[which % parts.length];
        if (part !== undefined && part.length > 0) part[at % Math.min(part.length, 200)] = value;
      }
      const frame = decodeFrame(sealed(parts), '1', '2');
      if (!frame.ok) return;
      // What gets through is something that the core takes, and that would be sent the same way.
      expect(messageProblem(frame.message, frame.message.term)).toBeNull();
      expect(() => encodeFrame(frame.message)).not.toThrow();
    }),
    { numRuns: 40_000 },
  );
});

test('arrays of any bulks are neither frames nor hellos', { timeout: TIMEOUT }, () => {
  const word = fc.constantFrom('RAFTDECK-PEER', 'CHALLENGE', 'PROOF', 'WELCOME', 'REFUSED', '1');
  const bulk = fc.oneof(
    fc.uint8Array({ maxLength: 70 }).map((bytes) => Buffer.from(bytes)),
    word.map((text) => Buffer.from(text)),
    fc.constant(null),
    fc.constant([]),
  );
  fc.assert(
    fc.property(fc.array(bulk, { maxLength: 14 }), (bulks) => {
      expect(decodeFrame(bulks, '1', '2').ok).toBe(false);
      expect(decodeHello(bulks)).toBeNull();
      decodeAnswer(bulks);
    }),
    { numRuns: 60_000 },
  );
});
