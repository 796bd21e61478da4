import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  commandOffset,
  CommandRunError,
  forEachCommand,
  parseCommandRun,
} from '../../node-engine/resp/command-run.ts';
import { encodeCommand } from '../../node-engine/resp/command-writer.ts';
import { arrayForm, latin1 } from './request-stream.ts';

const run = latin1(
  arrayForm(['SET', 'a', '1']) + arrayForm(['DEL', 'b']) + arrayForm(['INCR', 'c']),
);

test('each command of a run is visited in order', () => {
  const seen: [number, string[]][] = [];
  const count = forEachCommand(run, (args, offset) => {
    seen.push([offset, args.map((arg) => Buffer.from(arg).toString())]);
  });
  expect(count).toBe(3);
  expect(seen).toEqual([
    [0, ['SET', 'a', '1']],
    [1, ['DEL', 'b']],
    [2, ['INCR', 'c']],
  ]);
});

test('an empty run has no commands', () => {
  expect(forEachCommand(new Uint8Array(0), () => expect.unreachable())).toBe(0);
});

test('a batch of a run stays valid after another run was parsed', () => {
  const batch = parseCommandRun(run);
  parseCommandRun(latin1(arrayForm(['OTHER', 'arguments', 'here'])));
  expect(Buffer.from(batch.arg(2, 1)).toString()).toBe('c');
});

test('a run is split at any command', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.string(), { minLength: 1, maxLength: 5 }), {
        minLength: 1,
        maxLength: 20,
      }),
      (commands) => {
        const parts = commands.map((args) => encodeCommand(args));
        const bytes = Buffer.concat(parts);
        let expected = 0;
        for (let count = 0; count <= parts.length; count++) {
          expect(commandOffset(bytes, count)).toBe(expected);
          expected += parts[count]?.length ?? 0;
        }
        expect(commandOffset(bytes, parts.length + 1)).toBe(-1);
      },
    ),
    { numRuns: 100 },
  );
});

test('a run that is malformed has no offset behind the fault', () => {
  const bytes = latin1(arrayForm(['SET', 'a', '1']) + '*x\r\n');
  const first = arrayForm(['SET', 'a', '1']).length;
  expect([0, 1, 2].map((count) => commandOffset(bytes, count))).toEqual([0, first, -1]);
  expect(commandOffset(latin1('PING\r\n'), 1)).toBe(-1);
  expect(commandOffset(new Uint8Array(0), 1)).toBe(-1);
});

describe('bytes that are not whole commands are refused', () => {
  test.each([
    ['cut short', run.subarray(0, run.length - 1)],
    ['an inline command', latin1('PING\r\n')],
    ['an inline command behind others', latin1(arrayForm(['PING']) + 'PING\r\n')],
    ['an empty array between', latin1(arrayForm(['PING']) + '*0\r\n' + arrayForm(['PING']))],
    ['an empty array in front', latin1('*0\r\n' + arrayForm(['PING']))],
    ['an empty array behind', latin1(arrayForm(['PING']) + '*0\r\n')],
    ['a broken command', latin1(arrayForm(['PING']) + '*x\r\n')],
    ['noise', latin1('\0\0\0')],
  ])('%s', (_, bytes) => {
    const visited: number[] = [];
    expect(() => forEachCommand(bytes, (_args, offset) => visited.push(offset))).toThrow(
      CommandRunError,
    );
    expect(visited).toEqual([]);
  });
});
