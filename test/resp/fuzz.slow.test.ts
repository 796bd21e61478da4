import fc from 'fast-check';
import { expect, test } from 'vitest';

import { ReplyDecoder } from '../../node-engine/resp/reply-decoder.ts';
import { ReplyGuard } from '../../node-engine/resp/reply-guard.ts';
import { encodeReply } from '../../node-engine/resp/reply-writer.ts';
import { arrayForm, latin1, parseStream } from './request-stream.ts';

/*
 * Good streams with a few bytes changed, removed or repeated: nothing may throw, and the result may
 * not depend on how the stream was cut into chunks.
 */

const RUNS = 60_000;
const TIMEOUT = 120_000;

const change = fc.record({
  at: fc.nat(),
  kind: fc.constantFrom('set', 'remove', 'repeat', 'digit'),
  value: fc.nat(255),
});
type Change = typeof change extends fc.Arbitrary<infer Value> ? Value : never;

function mutate(input: Uint8Array, changes: readonly Change[]): Uint8Array {
  let bytes = [...input];
  for (const { at, kind, value } of changes) {
    if (bytes.length === 0) break;
    const place = at % bytes.length;
    if (kind === 'set') bytes[place] = value;
    else if (kind === 'digit') bytes[place] = 48 + (value % 10);
    else if (kind === 'remove') bytes.splice(place, 1 + (value % 4));
    else bytes = [...bytes.slice(0, place + 1), ...bytes.slice(Math.max(0, place - (value % 20)))];
  }
  return Uint8Array.from(bytes);
}

function cutsOf(seeds: readonly number[], length: number): readonly number[] {
  return seeds.map((seed) => seed % (length + 1)).sort((left, right) => left - right);
}

const changes = fc.array(change, { maxLength: 5 });
const seeds = fc.array(fc.nat(), { maxLength: 6 });
const text = fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes).toString('latin1'));

test('requests', { timeout: TIMEOUT }, () => {
  const command = fc.oneof(
    fc.array(text, { minLength: 1, maxLength: 5 }).map(arrayForm),
    fc.constantFrom('PING\r\n', 'set "a b" \'c\'\n', '*0\r\n', '\r\n'),
  );
  fc.assert(
    fc.property(fc.array(command, { maxLength: 8 }), changes, seeds, (commands, edits, cuts) => {
      const input = mutate(latin1(commands.join('')), edits);
      const whole = parseStream(input, []);
      expect(parseStream(input, cutsOf(cuts, input.length), { commandsMax: 3 })).toEqual(whole);
    }),
    { numRuns: RUNS },
  );
});

test('replies: the decoder and the guard', { timeout: TIMEOUT }, () => {
  const reply = fc.oneof(
    fc.integer(),
    text,
    fc.constant(null),
    fc.array(fc.oneof(text, fc.integer(), fc.array(text, { maxLength: 3 })), { maxLength: 6 }),
  );
  fc.assert(
    fc.property(fc.array(reply, { maxLength: 6 }), changes, seeds, (replies, edits, cuts) => {
      const good = Buffer.concat(replies.map((one) => encodeReply(one, 2)));
      const input = mutate(good, edits);
      const results = [[], cutsOf(cuts, input.length)].map((places) => {
        const decoder = new ReplyDecoder();
        const guard = new ReplyGuard();
        const found: unknown[] = [];
        let fault: string | null = null;
        let from = 0;
        for (const to of [...places, input.length]) {
          const chunk = input.slice(from, to);
          from = to;
          fault ??= guard.check(chunk);
          decoder.feed(chunk);
          for (let one = decoder.next(); one !== undefined; one = decoder.next()) found.push(one);
        }
        return { found, error: decoder.error, fault };
      });
      expect(results[1]).toEqual(results[0]);
    }),
    { numRuns: RUNS },
  );
});
