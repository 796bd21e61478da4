import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { applyFigures, parseStatus, parseTraces } from '../../main/host/status-document.ts';
import { leaderStatusOf, statusOf } from './status-fixture.ts';

const STATUS = leaderStatusOf('1', ['1', '2', '3'], {
  faults: [
    {
      id: 'f1',
      kind: 'link',
      description: 'cut',
      peerId: '2',
      direction: 'out',
      leaseMs: 30_000,
      measured: '7 of 7 messages lost',
      seen: 7,
      stopped: 7,
      shifted: 0,
      meanMs: null,
      extremeMs: null,
      bytesPerSecond: null,
    },
  ],
  snapshots: [{ id: 's1', index: 5, term: 2, sizeBytes: 100, madeAtMs: 1.5 }],
});

function reasonOf(document: unknown): string | null {
  const parsed = parseStatus(JSON.stringify(document));
  return parsed.ok ? null : parsed.reason;
}

test('a whole status is read as it was sent', () => {
  expect(parseStatus(JSON.stringify(STATUS))).toEqual({ ok: true, value: STATUS });
});

test('fields of a newer node are let through', () => {
  expect(reasonOf({ ...STATUS, invented: { later: true } })).toBeNull();
});

/** What the first nodes did not send yet, and what that says of them. */
const ADDED = { stateAgeMs: null, restore: null, links: [], clocks: [] };

test('every field of the first format is asked for', () => {
  for (const field of Object.keys(STATUS).filter((name) => !(name in ADDED))) {
    const without = Object.fromEntries(Object.entries(STATUS).filter(([name]) => name !== field));
    expect(reasonOf(without)).toMatch(
      field === 'version' ? /format nothing/ : `${field} is missing`,
    );
  }
});

test('a node of the oldest version is read, and what it cannot say is not made up', () => {
  const json = readFileSync(join(import.meta.dirname, '../fixtures/status-1.json'), 'utf8');
  const first = JSON.parse(json) as Record<string, unknown>;
  const absent = Object.keys(STATUS).filter((field) => !(field in first));
  expect(absent.sort()).toEqual(Object.keys(ADDED).sort());
  expect(parseStatus(json)).toEqual({ ok: true, value: { ...first, ...ADDED } });
});

test('what was added later is held to its shape where it is sent', () => {
  expect(reasonOf({ ...STATUS, links: 7 })).toBe('links is not a short list');
  expect(reasonOf({ ...STATUS, clocks: [{ id: '2' }] })).toBe('clocks[0].offsetMs is missing');
  expect(reasonOf({ ...STATUS, restore: undefined, stateAgeMs: 'x' })).toContain('stateAgeMs is');
});

test.each<[string, unknown, string]>([
  ['another format', { ...STATUS, version: 2 }, 'status format 2, not 1'],
  ['an unknown role', { ...STATUS, role: 'king' }, 'role is "king", not one of'],
  ['a negative index', { ...STATUS, commitIndex: -1 }, 'commitIndex is -1, not a count'],
  ['a fraction', { ...STATUS, term: 1.5 }, 'term is 1.5, not a count'],
  ['no number', { ...STATUS, term: '3' }, 'term is "3", not a count'],
  ['null for a name', { ...STATUS, id: null }, 'id is null, not a string'],
  ['an id of the wrong type', { ...STATUS, leaderId: 1 }, 'leaderId is 1, not a string?'],
  ['no list', { ...STATUS, members: {} }, 'members is not a short list'],
  ['a bad member', { ...STATUS, members: [{ id: '1' }] }, 'members[0].peerAddress is missing'],
  ['no member', { ...STATUS, members: [7] }, 'members[0] is not an object'],
  [
    'bad figures',
    { ...STATUS, figures: { ...STATUS.figures, cpuPercent: 'x' } },
    'figures.cpuPercent',
  ],
  ['no object', [], 'a document is not an object'],
])('%s is refused by name', (_name, document, reason) => {
  expect(reasonOf(document)).toContain(reason);
});

test('what is not JSON is refused', () => {
  expect(parseStatus('-ERR unknown command')).toEqual({
    ok: false,
    reason: 'a document is not JSON',
  });
});

test('figures replace what they hold and leave the rest', () => {
  const patched = applyFigures(STATUS, '{"timeMs":5,"sequence":9,"keys":44}');
  expect(patched).toEqual({ ok: true, value: { ...STATUS, timeMs: 5, sequence: 9, keys: 44 } });
});

test('figures cannot change who a node is', () => {
  const patched = applyFigures(STATUS, '{"timeMs":5,"sequence":9,"id":"7","version":1}');
  expect(patched.ok && patched.value.id).toBe('1');
});

test('figures of the wrong shape are refused', () => {
  expect(applyFigures(STATUS, '{"lastIndex":"x"}').ok).toBe(false);
});

test('traced events keep their fields; what has no number, time or type is refused', () => {
  const traces = [{ sequence: 4, timeMs: 1.5, event: { type: 'role', role: 'leader' } }];
  expect(parseTraces(JSON.stringify(traces))).toEqual({ ok: true, value: traces });
  for (const bad of [
    '{}',
    '[1]',
    '[{"sequence":1,"timeMs":1}]',
    '[{"sequence":"1","timeMs":1,"event":{"type":"x"}}]',
  ]) {
    expect(parseTraces(bad).ok).toBe(false);
  }
});

test('no text at all makes a reader throw or pollute', () => {
  const status = statusOf('2');
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
      for (const parsed of [parseStatus(text), applyFigures(status, text), parseTraces(text)]) {
        expect(typeof parsed.ok).toBe('boolean');
      }
    }),
    { numRuns: 2_000 },
  );
  parseTraces('[{"sequence":1,"timeMs":1,"event":{"type":"x","__proto__":{"polluted":1}}}]');
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});
