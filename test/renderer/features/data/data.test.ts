import fc from 'fast-check';
import { expect, test } from 'vitest';

import type { HostApi } from '../../../../main/contract/host-api.ts';
import type { KeyCopy, KeyFacts } from '../../../../main/contract/keys.ts';
import {
  contentOf,
  decodeBase64,
  encodeBase64,
  encodeText,
  shownKey,
  textOf,
  visibleText,
} from '../../../../renderer/features/data/bytes.ts';
import { expiryWords, timeLeft } from '../../../../renderer/features/data/expiry-words.ts';
import { sampleCommands } from '../../../../renderer/features/data/key-actions.ts';
import { compareCopies } from '../../../../renderer/features/data/key-compare.ts';
import { KeyDetails } from '../../../../renderer/features/data/key-details.ts';
import { KeyList } from '../../../../renderer/features/data/key-list.ts';
import { parentOf, type TreeRow, treeRows } from '../../../../renderer/features/data/key-tree.ts';
import { loadPreview, loadRest } from '../../../../renderer/features/data/value-loader.ts';
import {
  hexRows,
  jsonBytes,
  jsonTokens,
  textRows,
} from '../../../../renderer/features/data/value-rows.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const SOURCE = { clusterId: 'c1', nodeId: null };
const READER = { nodeId: '1', appliedIndex: 40, term: 3 };

test('any bytes come back from base64 as they were', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100_000 }), (given) => {
      expect(Buffer.compare(decodeBase64(encodeBase64(given)), given)).toBe(0);
    }),
    { numRuns: 30 },
  );
});

test('what hides, breaks a line or turns the direction is seen', () => {
  expect(visibleText('a\nb\u0000\u202e\u2028')).toBe(String.raw`a\nb\x00\u{202e}\u{2028}`);
  expect(shownKey(encodeText('user:7'))).toBe('user:7');
  expect(shownKey(encodeText(''))).toBe('(empty key)');
  expect(shownKey(encodeText(' a'))).toBe('" a"');
  expect(shownKey(btoa('\xffA\\'))).toBe(String.raw`\xffA\x5c`);
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(visibleText(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    }),
  );
});

test('a value is called what its beginning looks like', () => {
  expect(contentOf(bytes(''), 0)).toBe('empty');
  expect(contentOf(bytes('-12.5'), 5)).toBe('number');
  expect(contentOf(bytes('{"a":1}'), 7)).toBe('JSON');
  expect(contentOf(bytes('{a'), 2)).toBe('text');
  expect(contentOf(bytes('[1,2'), 900)).toBe('JSON');
  expect(contentOf(bytes('a\tb\n'), 4)).toBe('text');
  expect(contentOf(bytes('a\u0000'), 2)).toBe('bytes');
  expect(contentOf(Uint8Array.of(0xff), 1)).toBe('bytes');
  // Cut within a sign of three bytes.
  expect(contentOf(bytes('€').subarray(0, 2), 3)).toBe('text');
  expect(textOf(bytes('€').subarray(0, 2))).toBeNull();
});

test('a key says when it expires, and that it has', () => {
  expect(expiryWords(61_000, 1_000)).toMatch(/^expires in 1\smin$/);
  expect(expiryWords(1_500, 1_000)).toBe('expires now');
  expect(expiryWords(1_000, 1_000)).toBe('expired');
  expect([timeLeft(1_500, 1_000), timeLeft(1_000, 1_000)]).toEqual(['now', null]);
});

/** A host with `total` keys in order, and how often it was asked. */
function scanning(total: number): Pick<HostApi, 'scanKeys'> & { asked: number } {
  const api = {
    asked: 0,
    scanKeys: (async ({ cursor, match, count }) => {
      api.asked += 1;
      const from = Number(cursor);
      const to = Math.min(total, from + count);
      const all = Array.from({ length: to - from }, (_, at) => `key:${String(from + at)}`);
      const found = match === null ? all : all.filter((key) => key.endsWith('7777'));
      const next = to === total ? '0' : String(to);
      return { ok: true, value: { keys: found.map(btoa), cursor: next, total, ...READER } };
    }) satisfies HostApi['scanKeys'],
  };
  return api;
}

function listOf(api: Pick<HostApi, 'scanKeys'>, match: string | null = null): KeyList {
  return new KeyList({ api, source: SOURCE, match, changed: () => undefined });
}

test('of a million keys only those that are looked at are asked for', async () => {
  const api = scanning(1_000_000);
  const list = listOf(api);
  await list.more();
  expect([api.asked, list.count, list.total, list.complete]).toEqual([1, 1_000, 1_000_000, false]);
  await list.more();
  expect(atob(list.keyAt(1_999))).toBe('key:1999');
  expect(list.rowOf(btoa('key:1500'))).toBe(1_500);
  const all = list.all();
  expect(list.readingAll).toBe(true);
  await all;
  expect([list.count, list.complete, list.sorted]).toEqual([1_000_000, true, false]);
  expect([0, 123_456, 999_999].map((row) => atob(list.keyAt(row)))).toEqual([
    'key:0',
    'key:123456',
    'key:999999',
  ]);
  expect(list.keyAt(1_000_000)).toBe('');
});

test('a search goes on until it has found some, and can be stopped', async () => {
  const api = scanning(100_000);
  const list = listOf(api, btoa('*7777'));
  const found = list.more();
  list.stop();
  await found;
  expect([api.asked, list.count]).toEqual([1, 0]);
  await list.more();
  expect(list.count).toBe(10);
  expect(list.complete).toBe(true);
});

test('a small list is put in order once it is complete, as people count', async () => {
  const list = listOf(scanning(30));
  await list.more();
  expect(list.sorted).toBe(true);
  expect([0, 1, 2, 10].map((row) => atob(list.keyAt(row)))).toEqual([
    'key:0',
    'key:1',
    'key:2',
    'key:10',
  ]);
});

test('a page that cannot be read is said, and can be asked for again', async () => {
  const api = scanning(30);
  const { scanKeys } = api;
  const error = { code: 'E_STATE', message: 'No leader is known.' } as const;
  api.scanKeys = async () => ({ ok: false, error });
  const list = listOf(api);
  await list.more();
  expect([list.problem, list.begun, list.reading]).toEqual([error.message, true, false]);
  api.scanKeys = scanKeys;
  await list.more();
  expect([list.problem, list.count]).toEqual([null, 30]);
});

test('a host that was asked too often is left alone for a moment, and asked again', async () => {
  const api = scanning(4_000);
  const { scanKeys } = api;
  let refusals = 3;
  api.scanKeys = async (request) => {
    if (api.asked < 1 || refusals === 0) return scanKeys(request);
    refusals -= 1;
    return { ok: false, error: { code: 'E_RATE', message: 'Wait a moment.' } };
  };
  const pauses: number[] = [];
  const pause = async (ms: number): Promise<void> => void pauses.push(ms);
  const list = new KeyList({ api, source: SOURCE, match: null, changed: () => undefined, pause });
  await list.more();
  await list.all();
  expect([list.count, list.complete, list.problem]).toEqual([4_000, true, null]);
  expect(pauses).toEqual([250, 250, 250]);
});

test('details are read for what is in sight, once', async () => {
  const asked: (readonly string[])[] = [];
  const facts = (key: string): KeyFacts => {
    return { key, exists: true, type: 'string', sizeBytes: 1, expiresAtMs: null, start: 'MQ==' };
  };
  let answer: () => void = () => undefined;
  const read = new Promise<void>((resolve) => (answer = resolve));
  const details = new KeyDetails({
    api: {
      describeKeys: async ({ keys }) => {
        asked.push(keys);
        await read;
        return { ok: true, value: keys.filter((key) => key !== 'gone').map(facts) };
      },
    },
    source: SOURCE,
    changed: () => undefined,
  });
  details.want(['a', 'b']);
  details.want(['b', 'c', 'gone']);
  answer();
  await expect.poll(() => asked.length).toBe(2);
  expect(asked).toEqual([
    ['a', 'b'],
    ['c', 'gone'],
  ]);
  await expect.poll(() => details.of('gone')).toBeNull();
  expect(details.of('c')).toEqual(facts('c'));
});

function copy(nodeId: string, change: Partial<Extract<KeyCopy, { state: 'read' }>> = {}): KeyCopy {
  const at = { fromIndex: 9, toIndex: 9 };
  const value = { exists: true, sizeBytes: 1, sha256: 'aa', expiresAtMs: null };
  return { nodeId, state: 'read', ...value, ...at, ...change };
}

test('copies differ only where the same entries were applied', () => {
  const verdict = (...copies: readonly KeyCopy[]) => compareCopies(copies, (id) => `node-${id}`);
  expect(verdict(copy('1'), copy('2'))).toEqual({ kind: 'same', text: 'yes, at entry 9' });
  const behind = copy('2', { sha256: 'bb', fromIndex: 7, toIndex: 8 });
  expect(verdict(copy('1'), behind)).toEqual({
    ...{ kind: 'behind', text: 'not yet: read at entries 8 to 9' },
  });
  expect(verdict(copy('1'), copy('2', { sha256: 'bb' }))).toEqual({
    ...{ kind: 'differ', text: 'no: node-2 differs at entry 9' },
  });
  expect(verdict(copy('1'), copy('2', { expiresAtMs: 5 })).kind).toBe('differ');
  const silent: KeyCopy = { nodeId: '3', state: 'failed', message: 'node-3: refused' };
  expect(verdict(copy('1'), silent).text).toBe('yes, on the 1 that answer, at entry 9');
  expect(verdict(silent).kind).toBe('unknown');
});

test('hex has sixteen bytes a row, with offset and signs', () => {
  const rows = hexRows(bytes('0123456789abcdef\n'));
  expect(rows.count).toBe(2);
  expect(rows.row(0)).toEqual({
    place: '00000000',
    text: '30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  0123456789abcdef',
  });
  expect(rows.row(1)).toMatchObject({ place: '00000010' });
  expect(rows.row(1).text.trimEnd()).toMatch(/^0a\s+·$/);
});

test('text keeps its lines; a long one goes on in the next row, never within a sign', () => {
  const rows = textRows(bytes(`one\n\n${'€'.repeat(60)}\u0000`));
  const all = Array.from({ length: rows.count }, (_, at) => rows.row(at));
  expect(all.map(({ place }) => place)).toEqual(['1', '2', '3', '', '']);
  const shown = all.map(({ text }) => text);
  expect(shown.slice(0, 2)).toEqual(['one', '']);
  expect(shown.slice(2).join('')).toBe(`${'€'.repeat(60)}\\x00`);
  expect(rows.row(2).text).not.toContain('\ufffd');
});

test('JSON is set out anew only where nothing of it is lost', () => {
  const set = (text: string, isWhole = true): string | null => {
    const out = jsonBytes(bytes(text), isWhole);
    return out === null ? null : new TextDecoder().decode(out);
  };
  expect(set('{"a":[1]}')).toBe('{\n  "a": [\n    1\n  ]\n}');
  expect(set('{"a":[1]}', false)).toBeNull();
  expect(set('{"a":')).toBeNull();
  // 2^53 + 1 would come out as 2^53.
  expect(set('{"id":9007199254740993}')).toBeNull();
});

test('the parts of a row of JSON are the whole row, each with its kind', () => {
  const tokens = jsonTokens('  "a\\"b": [-1.5e3, true, "x"],');
  expect(tokens.map(({ text }) => text).join('')).toBe('  "a\\"b": [-1.5e3, true, "x"],');
  const kinds = tokens.filter(({ kind }) => kind !== 'sign').map(({ kind }) => kind);
  expect(kinds).toEqual(['key', 'number', 'word', 'string']);
  fc.assert(
    fc.property(fc.string(), (text) => {
      const row = text.replaceAll(/[\n\r\u2028\u2029]/g, '');
      expect(jsonTokens(row).map((token) => token.text)).toEqual(
        expect.arrayContaining(row === '' ? [] : [expect.any(String)]),
      );
      expect(jsonTokens(row).reduce((sum, token) => sum + token.text, '')).toBe(row);
    }),
  );
});

test('of a large value 64 KiB are read, and the rest in pieces when it is asked for', async () => {
  const whole = Uint8Array.from({ length: 1_200_000 }, (_, at) => at % 251);
  const reads: number[] = [];
  let appliedIndex = 40;
  const api: Pick<HostApi, 'readValue'> = {
    readValue: async ({ key, offset, limit }) => {
      reads.push(limit);
      appliedIndex += 1;
      const facts = { key, exists: true, type: 'string', expiresAtMs: null, start: '' };
      const piece = encodeBase64(whole.subarray(offset, offset + limit));
      const value = { facts: { ...facts, sizeBytes: whole.length }, offset, bytes: piece };
      return { ok: true, value: { ...value, ...READER, appliedIndex } };
    },
  };
  const preview = await loadPreview(api, SOURCE, 'a');
  if (preview.state !== 'shown') throw new Error(preview.state);
  expect([reads, preview.value.bytes.length]).toEqual([[65_536], 65_536]);
  const seen: number[] = [];
  const rest = await loadRest(
    api,
    SOURCE,
    preview.value,
    (loadedBytes) => seen.push(loadedBytes),
    () => true,
  );
  if (rest.state !== 'shown') throw new Error(rest.state);
  expect(Buffer.compare(rest.value.bytes, whole)).toBe(0);
  // It may have changed in between, and that is said.
  expect([rest.value.fromIndex, rest.value.toIndex]).toEqual([41, 44]);
  expect(reads).toEqual([65_536, 524_288, 524_288, 85_888]);
  expect(seen).toEqual([589_824, 1_114_112, 1_200_000]);
});

test('a thousand sample keys are all different, in commands that the host takes', () => {
  const commands = sampleCommands();
  const keys = commands.flatMap((words) => words.slice(1).filter((_, at) => at % 2 === 0));
  expect(new Set(keys).size).toBe(1_000);
  for (const words of commands) expect(words.length).toBeLessThan(1_024);
});

function drawn(rows: readonly TreeRow[]): readonly string[] {
  return rows.map((row) => {
    const indent = '  '.repeat(row.depth);
    return row.kind === 'key' ? indent + row.label : `${indent}${row.label} (${String(row.keys)})`;
  });
}

test('keys are parted at their colons where more than one begins alike, in order', () => {
  const keys = ['user:10:name', 'user:2:name', 'user:2:mail', 'single', 'a:b:c', 'user:', ':x'];
  const names = keys.map(encodeText);
  expect(drawn(treeRows(names, new Set()))).toEqual([
    'user: (3)',
    ':x',
    'a:b:c',
    'single',
    'user:',
  ]);
  expect(drawn(treeRows(names, new Set(['user:', 'user:2:'])))).toEqual([
    'user: (3)',
    '  2: (2)',
    '    mail',
    '    name',
    '  10:name',
    ':x',
    'a:b:c',
    'single',
    'user:',
  ]);
});

test('a tree that is wholly open holds every key once, whatever their names', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: fc.constantFrom('a', 'b', ':', '\n') })), (names) => {
      const keys = names.map(encodeText);
      const prefixes = names.flatMap((name) => {
        const shown = shownKey(encodeText(name));
        return [...shown.matchAll(/:/g)].map(({ index }) => shown.slice(0, index + 1));
      });
      const rows = treeRows(keys, new Set(prefixes));
      const found = rows.flatMap((row) => (row.kind === 'key' ? [row.key] : []));
      expect([...found].sort()).toEqual([...new Set(keys)].sort());
      for (const [at, row] of rows.entries()) {
        const above = rows[parentOf(rows, at)];
        if (row.depth === 0) expect(above).toBeUndefined();
        else expect(above).toMatchObject({ kind: 'folder', depth: row.depth - 1, isOpen: true });
      }
    }),
  );
});
