import { expect, test } from 'vitest';

import { commandCommand } from '../../node-engine/machine/command-docs.ts';
import type { CommandSpec } from '../../node-engine/machine/machine.ts';
import { plain, type PlainReply } from './machine-under-test.ts';

const GET: CommandSpec = {
  kind: 'read',
  arity: 2,
  summary: 'Returns a value.',
  group: 'string',
  complexity: 'O(1)',
  arguments: [{ name: 'key', type: 'key' }],
  firstKey: 1,
  lastKey: 1,
  keyStep: 1,
};

const MSET: CommandSpec = {
  kind: 'write',
  arity: -3,
  summary: 'Sets values.',
  group: 'string',
  arguments: [
    {
      name: 'data',
      type: 'block',
      multiple: true,
      arguments: [
        { name: 'key', type: 'key' },
        { name: 'value', type: 'string' },
      ],
    },
    { name: 'nx', type: 'token', token: 'NX', optional: true },
  ],
  firstKey: 1,
  lastKey: -1,
  keyStep: 2,
};

const PING: CommandSpec = {
  kind: 'read',
  arity: -1,
  summary: 'Answers.',
  group: 'connection',
  arguments: [],
  firstKey: 0,
  lastKey: 0,
  keyStep: 0,
};

const SPECS = new Map([
  ['get', GET],
  ['mset', MSET],
  ['ping', PING],
]);

function run(line: string): PlainReply {
  const words = line.split(' ').map((word) => Buffer.from(word));
  return plain(commandCommand(SPECS, words));
}

function isList(reply: PlainReply): reply is readonly PlainReply[] {
  return Array.isArray(reply);
}

test('COMMAND INFO has the ten fields of Redis 7', () => {
  expect(run('COMMAND INFO GET nosuch')).toEqual([
    [
      'get',
      2,
      ['+readonly', '+fast'],
      1,
      1,
      1,
      ['+@read', '+@fast'],
      [],
      [
        [
          ['flags', ['+RO', '+access']],
          [
            'begin_search',
            [
              ['type', 'index'],
              ['spec', [['index', 1]]],
            ],
          ],
          [
            'find_keys',
            [
              ['type', 'range'],
              [
                'spec',
                [
                  ['lastkey', 0],
                  ['keystep', 1],
                  ['limit', 0],
                ],
              ],
            ],
          ],
        ],
      ],
      [],
    ],
    null,
  ]);
});

test('COMMAND, COMMAND INFO, COUNT and LIST tell of every command', () => {
  const names = (reply: PlainReply): PlainReply[] => {
    if (!isList(reply)) throw new Error('not a list');
    return reply.map((row) => (isList(row) ? (row[0] ?? null) : row));
  };
  expect([names(run('COMMAND')), names(run('command info'))]).toEqual([
    ['get', 'mset', 'ping'],
    ['get', 'mset', 'ping'],
  ]);
  expect([run('COMMAND COUNT'), run('COMMAND LIST')]).toEqual([3, ['get', 'mset', 'ping']]);
  expect(run('COMMAND LIST FILTERBY PATTERN *set')).toEqual(['mset']);
});

test('COMMAND DOCS documents arguments and leaves unknown names out', () => {
  expect(run('COMMAND DOCS Mset nosuch')).toEqual([
    [
      'mset',
      [
        ['summary', 'Sets values.'],
        ['group', 'string'],
        [
          'arguments',
          [
            [
              ['name', 'data'],
              ['type', 'block'],
              ['flags', ['+multiple']],
              [
                'arguments',
                [
                  [
                    ['name', 'key'],
                    ['type', 'key'],
                    ['key_spec_index', 0],
                  ],
                  [
                    ['name', 'value'],
                    ['type', 'string'],
                  ],
                ],
              ],
            ],
            [
              ['name', 'nx'],
              ['type', 'pure-token'],
              ['token', 'NX'],
              ['flags', ['+optional']],
            ],
          ],
        ],
      ],
    ],
  ]);
  expect(run('COMMAND DOCS')).toHaveLength(3);
});

test('COMMAND GETKEYS finds the keys of a whole command', () => {
  expect([
    run('COMMAND GETKEYS GET a'),
    run('COMMAND GETKEYS mset a 1 b 2'),
    run('COMMAND GETKEYS PING'),
    run('COMMAND GETKEYS nosuch a'),
    run('COMMAND GETKEYS GET a b'),
    run('COMMAND GETKEYS'),
  ]).toEqual([
    ['a'],
    ['a', 'b'],
    '-ERR The command has no key arguments',
    '-ERR Invalid command specified',
    '-ERR Invalid number of arguments specified for command',
    "-ERR wrong number of arguments for 'command|getkeys' command",
  ]);
});

test('what COMMAND does not know is refused', () => {
  expect([
    run('COMMAND FOO'),
    run('COMMAND COUNT x'),
    run('COMMAND LIST FILTERBY MODULE x'),
    run('COMMAND LIST FOO PATTERN x'),
    run('COMMAND LIST FILTERBY PATTERN'),
  ]).toEqual([
    "-ERR unknown subcommand 'foo'. Try COMMAND HELP.",
    "-ERR wrong number of arguments for 'command|count' command",
    '-ERR syntax error',
    '-ERR syntax error',
    '-ERR syntax error',
  ]);
  expect(run('COMMAND HELP')).toContain('+COUNT');
});
