import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { CLUSTER_FILE_BYTES_MAX } from '../../main/cli/up/cluster-file.ts';
import { DEFAULT_RAFT_CONFIG } from '../../node-engine/raft/config.ts';
import { REQUEST_LIMITS, UNAUTHENTICATED_LIMITS } from '../../node-engine/resp/request-limits.ts';
import { SERVER_LIMITS } from '../../node-engine/server/limits.ts';
import { ROOT } from '../tidy/source-files.ts';

/* docs/bad-input.md: every row names a test that exists, and the limits are those in force. */

const PAGE = readFileSync(join(ROOT, 'docs', 'bad-input.md'), 'utf8');

/** A test by its name in the source, in any quotes. */
function hasTest(path: string, name: string): boolean {
  const text = readFileSync(join(ROOT, path), 'utf8').replace(/\\(['"`])/g, '$1');
  return (
    ["'", '"', '`'].some((quote) => text.includes(`(${quote}${name}${quote},`)) ||
    // Prettier puts a long name on a line of its own.
    new RegExp(`\\(\\s+['"\`]${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}['"\`],`).test(text)
  );
}

test('each row says the input, the answer, and a test that there is', () => {
  const rows = PAGE.split('\n').filter((line) => /^\| (?!input |---)[^|]+\|[^|]+\| `/.test(line));
  expect(rows.length).toBeGreaterThan(60);
  const wrong = rows.filter((row) => {
    const [, input = '', answer = '', where = ''] = row.split(/ ?\| ?/);
    const match = /^`(?<path>[^`]+)`: (?<name>.+)$/.exec(where);
    const { path = '', name = '' } = match?.groups ?? {};
    return input === '' || answer === '' || match === null || !hasTest(path, name);
  });
  expect(wrong).toEqual([]);
});

test('the limits are those in force', () => {
  const section = PAGE.slice(PAGE.indexOf('## Limits'));
  const values = [...section.matchAll(/^\| [^|]+ \| (\d+) +\|$/gm)].map(([, value]) =>
    Number(value),
  );
  const before = UNAUTHENTICATED_LIMITS.unauthenticated;
  expect(values).toEqual([
    ...[REQUEST_LIMITS.argsMax, REQUEST_LIMITS.bulkBytesMax, REQUEST_LIMITS.commandBytesMax],
    ...[REQUEST_LIMITS.lineBytesMax, before?.argsMax, before?.bulkBytesMax],
    ...[SERVER_LIMITS.outputBytesUnauthenticatedMax, SERVER_LIMITS.outputBytesMax],
    ...[SERVER_LIMITS.clientsMax, SERVER_LIMITS.undecidedMax, SERVER_LIMITS.halfCommandMs],
    ...[DEFAULT_RAFT_CONFIG.uncommittedBytesMax, CLUSTER_FILE_BYTES_MAX],
  ]);
});
