import { expect, test } from 'vitest';

import { stretched } from '../../../renderer/ui/pseudo-locale.ts';

test('words grow by two fifths at least, and can still be read', () => {
  for (const text of ['Follower', 'Snapshots', 'Nothing was sent.', 'Shrink log…', 'rhythms']) {
    const words = text.match(/[a-z]+/gi) ?? [];
    const longer = stretched(text).match(/\p{L}+/gu) ?? [];
    expect(longer).toHaveLength(words.length);
    longer.forEach((word, at) => {
      expect(word.length).toBeGreaterThanOrEqual(1.4 * (words[at]?.length ?? 0));
    });
  }
  expect(stretched('Send it to node-2:')).toBe('Sééñdé íít tóó node-2:');
});

test('figures, units, names of nodes and addresses stay what they are', () => {
  for (const text of ['node-2', '127.0.0.1:7481', '1.1 MiB', '240 ms', 'E_PORT', '7481–7483']) {
    expect(stretched(text)).toBe(text);
  }
});
