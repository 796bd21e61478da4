import { expect, test } from 'vitest';

import { placeWords, secretWords } from '../../../../renderer/features/secrets/secret-words.ts';

test.each([
  ['owner', /^only you can read it$/],
  ['others', /^others on this machine can read it, so no node starts with it\. .*chmod 600/],
  ['nobody', /^it is made when the first node starts$/],
  ['unknown', /^this system does not say who can read it$/],
] as const)('of a secret that %s can read nothing else is claimed', (readableBy, words) => {
  expect(secretWords({ path: '/var/lib/raftdeck/local.secret', readableBy })).toMatch(words);
});

test('that it is a plain file is said wherever the window is', () => {
  for (const mode of ['electron', 'web'] as const) {
    expect(placeWords(mode)).toMatch(/^A plain file, not encrypted;/);
  }
  expect(placeWords('electron')).toContain('keyring is not used');
});
