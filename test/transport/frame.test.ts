import fc from 'fast-check';
import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';

import { GuardedParser } from '../../node-engine/client/guarded-parser.ts';
import type { Message } from '../../node-engine/raft/message.ts';
import { RUN_MEMBERSHIP } from '../../node-engine/raft/types.ts';
import { decodeFrame, encodeFrame, isSameFrame } from '../../node-engine/transport/frame.ts';
import { FRAME_LIMITS } from '../../node-engine/transport/limits.ts';
import { anyMessage, heartbeat, runOfBytes } from './messages.ts';

/** The bulk strings of a frame, through the parser that a link uses. */
function bulksOf(bytes: Buffer, cuts: readonly number[] = []): readonly unknown[] {
  const found: unknown[] = [];
  const parser = new GuardedParser({
    limits: FRAME_LIMITS,
    types: '*$',
    onMessage: (message) => found.push(message),
    onFault: (reason) => expect.fail(reason),
  });
  let from = 0;
  for (const to of [...cuts, bytes.length]) {
    if (to > from) parser.execute(Buffer.from(bytes.subarray(from, to)));
    from = to;
  }
  expect(found.length).toBe(1);
  return found[0] as readonly unknown[];
}

function encoded(message: Message): Buffer {
  return Buffer.concat(encodeFrame(message));
}

/** Payloads as plain arrays, so that equality looks at bytes and not at kinds of array. */
function plain(message: Message): unknown {
  if (message.type === 'AppendEntriesRequest') {
    return { ...message, runs: message.runs.map((run) => ({ ...run, bytes: [...run.bytes] })) };
  }
  return message.type === 'InstallSnapshotRequest'
    ? { ...message, data: [...message.data] }
    : message;
}

test('every message reads back as it was sent, however the stream is cut', () => {
  fc.assert(
    fc.property(anyMessage, fc.array(fc.nat(), { maxLength: 4 }), (message, seeds) => {
      const bytes = encoded(message);
      const cuts = seeds.map((seed) => seed % (bytes.length + 1)).sort((a, b) => a - b);
      const frame = decodeFrame(bulksOf(bytes, cuts), '1', '2');
      expect(frame.ok ? plain(frame.message) : frame.reason).toEqual(plain(message));
    }),
    { numRuns: 400 },
  );
});

test('a frame that is sent again is the one that would be made anew', () => {
  /** Changes one of a message's numbers, or none. */
  const changed = (message: Message, seed: number): Message => {
    const fields = Object.entries(message).filter(([, value]) => typeof value === 'number');
    const [name] = fields[seed % (fields.length + 1)] ?? [''];
    return name === '' ? { ...message } : { ...message, [name]: seed };
  };
  fc.assert(
    fc.property(anyMessage, fc.nat(), (message, seed) => {
      const other = changed(message, seed);
      if (isSameFrame(message, other)) expect(encoded(other)).toEqual(encoded(message));
    }),
    { numRuns: 400 },
  );
  expect(isSameFrame(heartbeat(1), { ...heartbeat(1) })).toBe(true);
  expect(isSameFrame(heartbeat(1), heartbeat(2))).toBe(false);
  expect(isSameFrame(heartbeat(1), heartbeat(1, [runOfBytes(1)]))).toBe(false);
});

test('a large run is sent from its own memory', () => {
  const run = runOfBytes(100_000);
  const parts = encodeFrame(heartbeat(1, [run]));
  expect(parts.some((part) => part.buffer === run.bytes.buffer && part.length === 100_000)).toBe(
    true,
  );
});

test('sender and receiver are those of the link, whatever the frame was made for', () => {
  const frame = decodeFrame(bulksOf(encoded(heartbeat(1))), 'x', 'y');
  expect(frame.ok && [frame.message.from, frame.message.to]).toEqual(['x', 'y']);
});

test('a changed byte is noticed, and nothing ever throws', () => {
  fc.assert(
    fc.property(anyMessage, fc.nat(), fc.integer({ min: 1, max: 255 }), (message, seed, change) => {
      const bulks = bulksOf(encoded(message)).map((bulk) => Buffer.from(bulk as Buffer));
      const whole = bulks.reduce((sum, bulk) => sum + bulk.length, 0);
      let at = seed % whole;
      for (const bulk of bulks) {
        if (at < bulk.length) {
          bulk[at] = (bulk[at] ?? 0) ^ change;
          break;
        }
        at -= bulk.length;
      }
      expect(decodeFrame(bulks, '1', '2')).toMatchObject({ ok: false });
    }),
    { numRuns: 300 },
  );
});

/** Bulks with the right checksum over whatever they hold. */
function sealed(...bulks: readonly Buffer[]): readonly Buffer[] {
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(
    bulks.reduce((crc, bulk) => crc32(bulk, crc), 0),
    0,
  );
  return [...bulks, checksum];
}

test('bulks that lie, but with a right checksum, are refused or harmless', () => {
  fc.assert(
    fc.property(
      anyMessage,
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
      fc.nat(5),
      (message, changes, shape) => {
        const bulks = bulksOf(encoded(message))
          .slice(0, -1)
          .map((bulk) => Buffer.from(bulk as Buffer));
        for (const [seed, value] of changes) {
          const bulk = bulks[seed % bulks.length];
          if (bulk !== undefined && bulk.length > 0) bulk[(seed >> 4) % bulk.length] = value;
        }
        if (shape === 0) bulks.pop();
        if (shape === 1) bulks.push(Buffer.from('more'));
        if (shape === 2) bulks.reverse();
        const frame = decodeFrame(sealed(...bulks), '1', '2');
        if (!frame.ok) expect(frame.reason).not.toBe('wrong checksum');
        else expect(Number.isSafeInteger(frame.message.term)).toBe(true);
      },
    ),
    { numRuns: 1000 },
  );
});

describe('what no correct node sends', () => {
  const header = (message: Message): Buffer => Buffer.from(bulksOf(encoded(message))[0] as Buffer);
  const good = heartbeat(1, [runOfBytes(3), { ...runOfBytes(4), firstIndex: 11 }]);

  test.each<[string, readonly unknown[], string]>([
    ['no bulks', [], 'not a frame'],
    ['a checksum alone', [Buffer.alloc(4)], 'not a frame'],
    ['a null bulk', [null, Buffer.alloc(4)], 'not an array of bulk strings'],
    ['a nested array', [[Buffer.alloc(4)], Buffer.alloc(4)], 'not an array of bulk strings'],
    ['a short checksum', [Buffer.alloc(4), Buffer.alloc(3)], 'not a frame'],
    ['an empty header', sealed(Buffer.alloc(0)), 'unknown kind of message'],
    ['kind 0', sealed(Buffer.alloc(50)), 'unknown kind of message'],
    ['an unknown kind', sealed(Buffer.from([12, 0])), 'unknown kind of message'],
    ['a flag of 2', sealed(Buffer.from([9, 2])), 'bad flag'],
    ['half a header', sealed(header(heartbeat(1)).subarray(0, 20)), 'short header'],
    [
      'a longer header',
      sealed(Buffer.concat([header({ ...heartbeat(1), type: 'TimeoutNow' }), Buffer.alloc(1)])),
      'header of a wrong length',
    ],
    [
      'a payload too many',
      sealed(header({ ...heartbeat(1), type: 'TimeoutNow' }), Buffer.alloc(1)),
      'payloads that do not belong to this message',
    ],
    [
      'a run too few',
      sealed(header(good), Buffer.alloc(3)),
      'runs and run headers differ in number',
    ],
    [
      'a run of another length',
      sealed(header(good), Buffer.alloc(3), Buffer.alloc(5)),
      'a run of another length than announced',
    ],
    [
      'a chunk without data',
      sealed(Buffer.concat([Buffer.from([7, 0]), Buffer.alloc(56)])),
      'a chunk without its payloads',
    ],
  ])('%s', (_, bulks, reason) => {
    expect(decodeFrame(bulks, '1', '2')).toEqual({ ok: false, reason });
  });

  const append = (changes: Partial<Extract<Message, { type: 'AppendEntriesRequest' }>>): Message =>
    ({ ...good, ...changes }) as Message;

  // The words for these are the core's own.
  test.each<[string, Message]>([
    ['a gap in front of the runs', append({ prevLogIndex: 8 })],
    ['a gap between runs', append({ runs: [runOfBytes(1), { ...runOfBytes(1), firstIndex: 12 }] })],
    ['a run of a later term', append({ runs: [{ ...runOfBytes(1), term: 6 }] })],
    ['a run of an earlier term', append({ runs: [{ ...runOfBytes(1), term: 4 }] })],
    ['a membership that is none', append({ runs: [{ ...runOfBytes(9), flags: RUN_MEMBERSHIP }] })],
  ])('%s', (_, message) => {
    const frame = decodeFrame(bulksOf(encoded(message)), '1', '2');
    expect(frame.ok ? 'taken' : frame.reason).not.toMatch(/^(?:taken|wrong checksum)$/);
    expect(decodeFrame(bulksOf(encoded(good)), '1', '2').ok).toBe(true);
  });

  test('numbers beyond 2^53', () => {
    const bytes = header(heartbeat(1));
    for (let at = 2; at + 8 <= bytes.length; at += 8) {
      const changed = Buffer.from(bytes);
      changed.writeBigUInt64BE(2n ** 53n, at);
      expect(decodeFrame(sealed(changed), '1', '2')).toEqual({
        ok: false,
        reason: 'a number beyond 2^53',
      });
    }
  });

  test.each(['../x', '', '.hidden', 'a/b', 'a\\b', 'x'.repeat(200), 'é'])(
    'the snapshot id %j',
    (id) => {
      const chunk: Message = {
        type: 'InstallSnapshotRequest',
        from: '1',
        to: '2',
        term: 3,
        snapshot: {
          id,
          lastIncludedIndex: 4,
          lastIncludedTerm: 2,
          membership: {
            members: [
              { id: '1', peerAddress: 'a:1', clientAddress: 'a:1', voter: true, promote: false },
            ],
          },
          membershipIndex: 1,
          sizeBytes: 10,
        },
        offset: 0,
        data: Buffer.alloc(10),
        done: true,
        readRound: 0,
      };
      const reason = 'bad snapshot id';
      expect(decodeFrame(bulksOf(encoded(chunk)), '1', '2')).toEqual({ ok: false, reason });
      const beyond = { ...chunk, offset: 1, snapshot: { ...chunk.snapshot, id: 'ok' } } as Message;
      expect(decodeFrame(bulksOf(encoded(beyond)), '1', '2')).toEqual({
        ok: false,
        reason: 'a chunk beyond the end of its snapshot',
      });
    },
  );
});
