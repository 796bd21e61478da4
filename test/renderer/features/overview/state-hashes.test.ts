import { expect, test } from 'vitest';

import type { RespView } from '../../../../main/contract/model.ts';
import {
  compareHashes,
  readStateHash,
  shortHash,
  type StateHash,
} from '../../../../renderer/features/overview/state-hashes.ts';

function at(name: string, appliedIndex: number, hash: string): StateHash {
  return { name, appliedIndex, hash };
}

test('the same hash after the same entry is agreement', () => {
  expect(compareHashes([at('node-1', 1_204, '9f3a'), at('node-2', 1_204, '9f3a')])).toEqual({
    kind: 'agree',
    text: 'all 2 agree at entry 1,204',
  });
});

test('another hash after the same entry names who differs', () => {
  expect(
    compareHashes([at('node-1', 7, 'aa'), at('node-2', 7, 'bb'), at('node-3', 7, 'aa')]),
  ).toEqual({ kind: 'differ', text: 'node-2 differs from node-1 at entry 7' });
});

test('hashes of different moments are never compared, equal or not', () => {
  for (const second of ['aa', 'bb']) {
    expect(compareHashes([at('node-1', 7, 'aa'), at('node-2', 9, second)])).toEqual({
      kind: 'not-comparable',
      text: 'read at entries 7 to 9: compare when writes pause',
    });
  }
});

test('nobody answering is no agreement', () => {
  expect(compareHashes([]).kind).toBe('not-comparable');
});

test.each<[RespView, StateHash | null]>([
  [
    {
      type: 'array',
      items: [
        { type: 'integer', text: '6' },
        { type: 'bulk', text: '9f3ac1e0' },
      ],
    },
    at('node-1', 6, '9f3ac1e0'),
  ],
  [{ type: 'error', text: 'ERR unknown command' }, null],
  [{ type: 'array', items: [] }, null],
  [{ type: 'array', items: [{ type: 'null' }, { type: 'bulk', text: 'aa' }] }, null],
])('the answer %o is read as %o', (reply, expected) => {
  expect(readStateHash('node-1', reply)).toEqual(expected);
});

test('a hash is shown as far as it can be compared by eye', () => {
  expect(shortHash('9f3ac1e0ffff')).toBe('9f3a c1e0');
});
