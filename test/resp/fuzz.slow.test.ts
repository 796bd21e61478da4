import { expect, test } from 'vitest';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { cutRun } from '../../node-engine/log/cut-run.ts';
import {
  commandOffset,
  CommandRunError,
  CommandRunReader,
  parseCommandRun,
} from '../../node-engine/resp/command-run.ts';
import type { CommandBatch } from '../../node-engine/resp/command-batch.ts';
import { ReplyDecoder } from '../../node-engine/resp/reply-decoder.ts';
import { ReplyGuard } from '../../node-engine/resp/reply-guard.ts';
import { encodeReply } from '../../node-engine/resp/reply-writer.ts';
import type { Reply } from '../../node-engine/resp/value.ts';
import { REQUEST_LIMITS, type RequestLimits } from '../../node-engine/resp/request-limits.ts';
import { RequestParser } from '../../node-engine/resp/request-parser.ts';
import type { SeededRandom } from '../nemesis/seeded-random.ts';
import {
  damaged,
  randomCommand,
  randomCuts,
  randomFor,
  randomRequests,
  randomText,
  smallest,
} from './fuzz-inputs.ts';
import { parseWithReference } from './reference-parser.ts';
import { arrayForm, latin1, parseStream } from './request-stream.ts';

/*
 * Every parser of bytes that come from elsewhere: nothing may throw, a stream may mean only one thing
 * however it is cut, and memory may not grow. RAFTDECK_SEED picks other inputs, RAFTDECK_INPUTS how
 * many.
 */

const SEED = Number(process.env['RAFTDECK_SEED'] ?? '1');
const INPUTS = Number(process.env['RAFTDECK_INPUTS'] ?? '200000');
const TIMEOUT = 120_000 + INPUTS;
const MEMORY_GROWTH_MAX = 8 * 1024 * 1024;

/** So small that random streams meet every one of them. */
const SMALL: RequestLimits = {
  argsMax: 8,
  bulkBytesMax: 250,
  commandBytesMax: 320,
  lineBytesMax: 120,
  unauthenticated: null,
};
const SMALL_UNAUTHENTICATED: RequestLimits = {
  ...SMALL,
  unauthenticated: { argsMax: 4, bulkBytesMax: 60 },
};
const LIMITS = [REQUEST_LIMITS, SMALL, SMALL_UNAUTHENTICATED];

/**
 * Runs a check on many inputs; the first that fails is made as small as it gets and shown.
 *
 * @param check returns what is wrong with an input, or null; it may throw
 */
function fuzz(
  count: number,
  make: (random: SeededRandom) => string,
  check: (input: string, random: SeededRandom) => string | null,
): void {
  const wrongOf = (input: string, number: number): string | null => {
    try {
      return check(input, randomFor(SEED + 1, number));
    } catch (error) {
      return `threw ${String(error)}`;
    }
  };
  let settledBytes = 0;
  for (let number = 0; number < count; number += 1) {
    const input = make(randomFor(SEED, number));
    const wrong = wrongOf(input, number);
    if (wrong !== null) {
      const small = smallest(input, (shorter) => wrongOf(shorter, number) !== null);
      expect.fail(
        `input ${number} of seed ${SEED}, ${JSON.stringify(small)}: ${wrongOf(small, number) ?? wrong}`,
      );
    }
    if (number === Math.floor(count / 5)) settledBytes = bytesInUse();
  }
  expect(bytesInUse() - settledBytes).toBeLessThan(MEMORY_GROWTH_MAX);
}

/** Memory in use once everything unused is given back. */
function bytesInUse(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Null when both are the same, else both. */
function difference(what: string, found: unknown, expected: unknown): string | null {
  const [left, right] = [JSON.stringify(found), JSON.stringify(expected)];
  return left === right ? null : `${what}: ${left} instead of ${right}`;
}

test('requests mean the same however they are cut', { timeout: TIMEOUT }, () => {
  let faults = 0;
  fuzz(INPUTS, randomRequests, (input, random) => {
    const limits = random.of(LIMITS);
    const expected = parseWithReference(input, limits);
    const bytes = latin1(input);
    const commandsMax = random.of([1, 3, 1000]);
    const { commands, error } = parseStream(bytes, randomCuts(random, bytes.length), {
      ...{ limits, commandsMax },
    });
    if (error !== null) faults += 1;
    return difference('cut', { commands, error }, expected);
  });
  // Damage that never shows, or always does, would test only half of the parser.
  expect(faults / INPUTS).toBeGreaterThan(0.1);
  expect(faults / INPUTS).toBeLessThan(0.9);
});

test('one parser for a whole connection does not grow', { timeout: TIMEOUT }, () => {
  const parser = new RequestParser();
  const count = Math.ceil(INPUTS / 4);
  const make = (random: SeededRandom): string =>
    Array.from({ length: random.between(1, 5) }, () => arrayForm(randomCommand(random))).join('');
  fuzz(count, make, (input, random) => {
    const bytes = latin1(input);
    let commands = 0;
    let from = 0;
    for (const to of [...randomCuts(random, bytes.length), bytes.length]) {
      parser.feed(bytes.subarray(from, to));
      from = to;
      for (let batch = parser.next(2); batch !== null; batch = parser.next(2)) {
        commands += batch.count;
      }
      parser.detach();
    }
    const expected = parseWithReference(input, REQUEST_LIMITS).commands.length;
    return difference(
      'commands',
      [commands, parser.error, parser.pendingBytes],
      [expected, null, 0],
    );
  });
});

function commandsOf(batch: CommandBatch): readonly (readonly string[])[] {
  return Array.from({ length: batch.count }, (_, at) =>
    batch.args(at).map((arg) => Buffer.from(arg).toString('latin1')),
  );
}

/** What a reader of runs makes of bytes; null when it refuses them. */
function readRun(read: (bytes: Uint8Array) => CommandBatch, bytes: Uint8Array): unknown {
  try {
    return commandsOf(read(bytes));
  } catch (error) {
    if (error instanceof CommandRunError) return null;
    throw error;
  }
}

test('runs are whole commands or refused, and cut at any command', { timeout: TIMEOUT }, () => {
  const reader = new CommandRunReader();
  const offsetOf = (bytes: Uint8Array, count: number): number => commandOffset(bytes, count);
  const make = (random: SeededRandom): string => {
    const commands = Array.from({ length: random.between(1, 6) }, () => randomCommand(random));
    const stream = commands.map(arrayForm).join('');
    return random.chance(0.5) ? stream : damaged(stream, random);
  };
  let whole = 0;
  const count = Math.ceil(INPUTS / 4);
  fuzz(count, make, (input, random) => {
    const bytes = latin1(input);
    // Inline commands and empty arrays are requests but no part of a run.
    const commands = parseWithReference(input, REQUEST_LIMITS).commands;
    const isWhole = commands.length > 0 && commands.map(arrayForm).join('') === input;
    const expected = isWhole ? commands : null;
    const kept = readRun((run) => reader.read(run), bytes);
    const wrong =
      difference('kept reader', kept, expected) ??
      difference('own reader', readRun(parseCommandRun, bytes), expected);
    if (wrong !== null || !isWhole) return wrong;
    whole += 1;
    const from = random.below(commands.length);
    const to = random.between(from, commands.length - 1);
    const run = { firstIndex: 1, count: commands.length, term: 1, type: 0, bytes } as never;
    const cut = cutRun(run, { fromIndex: 1 + from, toIndex: 1 + to }, offsetOf);
    return difference(
      'cut',
      readRun((part) => reader.read(part), cut.bytes),
      commands.slice(from, to + 1),
    );
  });
  expect(whole / count).toBeGreaterThan(0.4);
});

function randomReply(random: SeededRandom, depth: number): Reply {
  const kind = random.below(depth > 2 ? 4 : 5);
  if (kind === 0) return random.between(-1000, 1000);
  if (kind === 1) return null;
  if (kind === 2) return random.of([true, false, 1.5]);
  if (kind === 3) return latin1(randomText(random, 20));
  return Array.from({ length: random.below(5) }, () => randomReply(random, depth + 1));
}

test('replies mean the same however they are cut', { timeout: TIMEOUT }, () => {
  const make = (random: SeededRandom): string => {
    const protocol = random.of([2, 3] as const);
    const replies = Array.from({ length: random.below(6) }, () => randomReply(random, 0));
    const stream = Buffer.concat(replies.map((reply) => encodeReply(reply, protocol)));
    const text = stream.toString('latin1');
    return random.chance(0.3) ? text : damaged(text, random);
  };
  const decode = (bytes: Uint8Array, cuts: readonly number[]): unknown => {
    const decoder = new ReplyDecoder();
    const guard = new ReplyGuard();
    const found: unknown[] = [];
    let fault: string | null = null;
    let from = 0;
    for (const to of [...cuts, bytes.length]) {
      const chunk = bytes.slice(from, to);
      from = to;
      fault ??= guard.check(chunk);
      decoder.feed(chunk);
      for (let one = decoder.next(); one !== undefined; one = decoder.next()) {
        found.push(typeof one === 'bigint' ? String(one) : one);
      }
      chunk.fill(0x58);
    }
    return { found, error: decoder.error, fault };
  };
  fuzz(Math.ceil(INPUTS / 4), make, (input, random) => {
    const bytes = latin1(input);
    return difference('cut', decode(bytes, randomCuts(random, bytes.length)), decode(bytes, []));
  });
});
