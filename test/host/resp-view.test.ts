import { expect, test } from 'vitest';

import { toRespView } from '../../main/host/resp-view.ts';
import type { Reply } from '../../node-engine/resp/value.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test.each<[string, Reply, unknown]>([
  ['null', null, { type: 'null' }],
  ['a status', { type: 'simple', text: 'OK' }, { type: 'simple', text: 'OK' }],
  ['an error', { type: 'error', text: 'ERR x' }, { type: 'error', text: 'ERR x' }],
  ['text', bytes('größe'), { type: 'bulk', text: 'größe' }],
  ['bytes', new Uint8Array([0xff, 0]), { type: 'bytes', base64: '/wA=' }],
  ['empty text', new Uint8Array(0), { type: 'bulk', text: '' }],
  ['an integer', -7, { type: 'integer', text: '-7' }],
  ['a big integer', 2n ** 70n, { type: 'integer', text: '1180591620717411303424' }],
  ['a boolean', true, { type: 'boolean', value: true }],
  ['a double', { type: 'double', value: -Infinity }, { type: 'double', text: '-inf' }],
  [
    'a list',
    [1, [null]],
    {
      type: 'array',
      items: [
        { type: 'integer', text: '1' },
        { type: 'array', items: [{ type: 'null' }] },
      ],
    },
  ],
  [
    'a map',
    { type: 'map', entries: [[bytes('k'), 1]] },
    {
      type: 'map',
      entries: [
        [
          { type: 'bulk', text: 'k' },
          { type: 'integer', text: '1' },
        ],
      ],
    },
  ],
  ['a set', { type: 'set', items: [1] }, { type: 'set', items: [{ type: 'integer', text: '1' }] }],
])('%s', (_name, reply, view) => {
  expect(toRespView(reply)).toEqual({ view, truncated: false });
});

test('a value too long for a person is cut, between characters, and says so', () => {
  const { view, truncated } = toRespView(bytes('ä'.repeat(200_000)));
  expect(truncated).toBe(true);
  expect(view.type).toBe('bulk');
  const text = view.type === 'bulk' ? view.text : '';
  expect(text).toMatch(/^ä+$/);
  expect(text.length).toBe(128 * 1024);
});

test('a list too long for a person is cut and says so', () => {
  const { view, truncated } = toRespView(Array.from({ length: 50_000 }, (_, index) => index));
  expect(truncated).toBe(true);
  expect(view.type === 'array' && view.items.length).toBe(10_000);
});

test('nesting has an end', () => {
  let reply: Reply = 1;
  for (let depth = 0; depth < 1_000; depth += 1) reply = [reply];
  expect(toRespView(reply).truncated).toBe(true);
});
