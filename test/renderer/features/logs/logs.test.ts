import { expect, test, vi } from 'vitest';

import type { RespView } from '../../../../main/contract/model.ts';
import { findEntry } from '../../../../renderer/features/logs/find-entry.ts';
import {
  entryText,
  type LogEntry,
  progressOf,
  readLogReply,
} from '../../../../renderer/features/logs/log-entry.ts';
import { unreadWords } from '../../../../renderer/features/logs/log-grid.tsx';
import { LogPages } from '../../../../renderer/features/logs/log-pages.ts';
import { compareToLeader, indexRange } from '../../../../renderer/features/logs/log-rows.ts';
import { planShrink, type Shrinking } from '../../../../renderer/features/logs/shrink-plan.ts';
import { rowWindow, scrollFor } from '../../../../renderer/ui/row-window.ts';
import { leaderStatusOf, nodeOf, statusOf } from '../../../host/status-fixture.ts';

const bulk = (text: string): RespView => ({ type: 'bulk', text });

function item(
  index: number,
  term = 3,
  words: readonly string[] = ['SET', 'k', 'v'],
  size = 5,
  more: readonly RespView[] = [],
): RespView {
  const fields: readonly (readonly [string, RespView])[] = [
    ['index', { type: 'integer', text: String(index) }],
    ['term', { type: 'integer', text: String(term) }],
    ['kind', bulk('command')],
    ['time', { type: 'integer', text: '1800000000000000000' }],
    ['bytes', { type: 'integer', text: String(size) }],
    ['command', { type: 'array', items: [...words.map(bulk), ...more] }],
  ];
  return { type: 'map', entries: fields.map(([name, value]) => [bulk(name), value] as const) };
}

function entry(index: number, term = 3): LogEntry {
  const [read] = readLogReply({ type: 'array', items: [item(index, term)] });
  if (read === undefined) throw new Error('not an entry');
  return read;
}

test('an entry is read as the node decodes it, and what is none is left out', () => {
  expect(entry(7)).toEqual({
    index: 7,
    term: 3,
    kind: 'command',
    bytes: 5,
    words: ['SET', 'k', 'v'],
    cut: false,
    timeMs: 1_800_000_000_000,
  });
  expect(readLogReply({ type: 'error', text: 'ERR' })).toEqual([]);
  expect(readLogReply({ type: 'array', items: [bulk('x'), item(2)] })).toHaveLength(1);
  const [odd] = readLogReply({
    type: 'array',
    items: [item(1, 3, ['SET', 'a b', '', '<b>', 'say "hi"\n', '\u202e'])],
  });
  const shown = 'SET "a b" "" <b> "say \\"hi\\"\\n" "\\xe2\\x80\\xae"';
  expect(odd === undefined ? null : entryText(odd)).toBe(shown);
});

test('an entry of bytes is shown as what redis-cli takes, and it is said that it was cut', () => {
  const bytes: RespView = { type: 'bytes', base64: btoa('\x00\xff"\\\nA') };
  const [read] = readLogReply({ type: 'array', items: [item(1, 3, ['SET', 'k'], 5_000, [bytes])] });
  expect(read?.words).toEqual(['SET', 'k', '"\\x00\\xff\\"\\\\\\nA"']);
  expect(read?.cut).toBe(true);
  const [whole] = readLogReply({ type: 'array', items: [item(1, 3, ['SET', 'k'], 10, [bytes])] });
  expect(whole?.cut).toBe(false);
});

test('an entry is stored, then committed, then applied', () => {
  const node = { commitIndex: 5, appliedIndex: 4 };
  expect([4, 5, 6].map((index) => progressOf(index, node))).toEqual([
    'applied',
    'committed',
    'stored',
  ]);
});

const LEADER = nodeOf(leaderStatusOf('1', ['1', '2'], { lastIndex: 10, term: 5, firstIndex: 3 }));
const FOLLOWER = nodeOf(statusOf('2', { lastIndex: 12, term: 5 }));
const PAGES = {
  entry: (nodeId: string, index: number) =>
    nodeId === '1' && index >= 3 && index <= 10 ? entry(index, index < 8 ? 3 : 5) : undefined,
};

test('an entry differs from the leader’s where its term does, and beyond its end', () => {
  const compare = (index: number, term: number) =>
    compareToLeader(entry(index, term), FOLLOWER, LEADER, PAGES);
  expect(compare(7, 3)).toBe('same');
  expect(compare(8, 3)).toBe('differs');
  expect(compare(8, 5)).toBe('same');
  expect(compare(11, 3)).toBe('differs');
  // Just sent by the leader, whose last word is a moment older.
  expect(compare(11, 5)).toBe('unknown');
  expect(compareToLeader(entry(8, 3), FOLLOWER, null, PAGES)).toBe('unknown');
  expect(indexRange([LEADER, FOLLOWER])).toEqual({ first: 1, last: 12 });
});

test.each([10, 1_000, 1_000_000, 50_000_000])('all of %i rows can be reached', (rows) => {
  const shape = { rows, rowHeight: 24, viewHeight: 480 };
  const bottom = rowWindow({ ...shape, scrollTop: Number.MAX_SAFE_INTEGER });
  expect(bottom.from + bottom.count).toBe(rows);
  expect(bottom.count).toBeLessThanOrEqual(21);
  expect(bottom.height).toBeLessThanOrEqual(12_000_000);
  expect(rowWindow({ ...shape, scrollTop: 0 }).from).toBe(0);
  // Where nothing bounds its height it would be as high as all its rows, and draw each of them.
  const boundless = rowWindow({ ...shape, viewHeight: rows * 24, scrollTop: 0 });
  expect(boundless.count).toBe(Math.min(rows, 400));
  const middle = Math.floor(rows / 2);
  const seen = rowWindow({ ...shape, scrollTop: scrollFor(middle, shape) });
  expect(seen.from).toBeLessThanOrEqual(middle);
  expect(seen.from + seen.count).toBeGreaterThan(middle);
});

test('only what is looked at is read, and what is committed is read once', async () => {
  let nowMs = 0;
  const sendCommand = vi.fn(async ({ args }: { readonly args: readonly string[] }) => {
    const from = Number(args[2]);
    const items = Array.from({ length: 64 }, (_, at) => item(from + at)).slice(0, 100 - from + 1);
    const reply: RespView = { type: 'array', items };
    const about = { nodeId: '2', redirects: [], elapsedMs: 1, truncated: false };
    return { ok: true as const, value: { reply, ...about } };
  });
  const pages = new LogPages({
    api: { sendCommand },
    clusterId: 'c1',
    changed: () => undefined,
    now: () => nowMs,
  });
  const node = nodeOf(statusOf('2', { lastIndex: 100, commitIndex: 98 }));
  pages.want(node, 60, 70);
  await expect.poll(() => pages.entry('2', 70)?.index).toBe(70);
  expect(sendCommand).toHaveBeenCalledTimes(2);
  // The log has grown: the page with its end is read again, after a while; the other one never.
  const grown = nodeOf(statusOf('2', { lastIndex: 101, commitIndex: 100 }));
  pages.want(grown, 60, 70);
  expect(sendCommand).toHaveBeenCalledTimes(2);
  nowMs = 600;
  pages.want(grown, 60, 70);
  expect(sendCommand).toHaveBeenCalledTimes(3);
  expect(sendCommand.mock.calls[2]?.[0].args).toEqual(['RAFT', 'LOG', '65', 'COUNT', '64']);
});

test('a page with large entries is read in parts, whole ones only', async () => {
  // What the node answers with ends after large entries, and the host cuts the last one it passes on.
  const answers: Readonly<Record<number, readonly [number, number, boolean]>> = {
    1: [1, 13, false],
    14: [14, 20, true],
    20: [20, 20, true],
    21: [21, 30, false],
  };
  const asked: number[] = [];
  const sendCommand = async ({ args }: { readonly args: readonly string[] }) => {
    asked.push(Number(args[2]));
    const [from, to, truncated] = answers[Number(args[2])] ?? [1, 0, false];
    const items = Array.from({ length: to - from + 1 }, (_, at) => {
      const index = from + at;
      return item(index, 3, truncated && index === to && from < to ? ['SE'] : ['SET', 'k', 'v']);
    });
    const reply: RespView = { type: 'array', items };
    return {
      ok: true as const,
      value: { reply, nodeId: '2', redirects: [], elapsedMs: 1, truncated },
    };
  };
  const pages = new LogPages({
    api: { sendCommand },
    clusterId: 'c1',
    changed: () => undefined,
    now: () => 0,
  });
  pages.want(nodeOf(statusOf('2', { lastIndex: 30, commitIndex: 30 })), 1, 30);
  await expect.poll(() => pages.entry('2', 30)?.index).toBe(30);
  expect(asked).toEqual([1, 14, 20, 21]);
  expect(pages.entry('2', 20)?.words).toEqual(['SET', 'k', 'v']);
  expect(pages.entry('2', 13)?.index).toBe(13);
});

test('what could not be read is read again, and the rest of it is not', async () => {
  let nowMs = 0;
  const refuses = new Set([1]);
  const sendCommand = vi.fn(async ({ args }: { readonly args: readonly string[] }) => {
    const from = Number(args[2]);
    const items = Array.from({ length: 64 }, (_, at) => item(from + at));
    if (!refuses.delete(from)) {
      const reply: RespView = { type: 'array', items };
      const about = { nodeId: '2', redirects: [], elapsedMs: 1, truncated: false };
      return { ok: true as const, value: { reply, ...about } };
    }
    const error = { code: 'E_TIMEOUT' as const, message: 'node-2: no reply' };
    return { ok: false as const, error };
  });
  const pages = new LogPages({
    api: { sendCommand },
    clusterId: 'c1',
    changed: () => undefined,
    now: () => nowMs,
  });
  const node = nodeOf(statusOf('2', { lastIndex: 128, commitIndex: 128 }));
  pages.want(node, 1, 10);
  await expect.poll(() => pages.problem('2', 1)).toBe('node-2: no reply');
  pages.want(node, 1, 10);
  expect(sendCommand).toHaveBeenCalledTimes(1);
  nowMs = 600;
  pages.want(node, 1, 10);
  await expect.poll(() => pages.entry('2', 10)?.index).toBe(10);
  expect(pages.problem('2', 1)).toBeNull();
  nowMs = 1_200;
  pages.want(node, 1, 10);
  expect(sendCommand).toHaveBeenCalledTimes(2);
});

test('where an entry was not read, it is said whether its node answers', () => {
  const up = nodeOf(statusOf('2', {}));
  expect(unreadWords(up, null)).toBe('');
  expect(unreadWords(up, 'ERR the log cannot be read')).toBe('cannot be read');
  expect(unreadWords({ ...up, connected: false }, null)).toBe('no answer');
});

test('a search goes on until it finds, and says how far it looked', async () => {
  const sendCommand = async ({ args }: { readonly args: readonly string[] }) => {
    const from = Number(args[2]);
    const items = Array.from({ length: 200 }, (_, at) => from + at)
      .filter((index) => index <= 900)
      .map((index) => item(index, 3, ['SET', `key:${String(index)}`]));
    const reply: RespView = { type: 'array', items };
    const about = { nodeId: '1', redirects: [], elapsedMs: 1, truncated: false };
    return { ok: true as const, value: { reply, ...about } };
  };
  const where = { clusterId: 'c1', nodeId: '1', from: 1, last: 900 };
  const find = (text: string) => findEntry({ sendCommand }, where, text);
  expect(await find('KEY:777')).toEqual({ state: 'found', index: 777 });
  expect(await find('nothing')).toEqual({ state: 'not-found', upTo: 900 });
});

test('what can leave the logs, who would then need a snapshot, and what can go without that', () => {
  const snapshots = [30, 60].map((index) => {
    return { id: `s${String(index)}`, index, term: 1, sizeBytes: 1_000 + index, madeAtMs: 1 };
  });
  const own = { firstIndex: 11, lastIndex: 90, snapshotIndex: 60, logBytes: 8_000, snapshots };
  const leader = nodeOf(leaderStatusOf('1', ['1', '2', '3'], own));
  // What it holds beyond its commit index may be replaced, and is then asked for again.
  const behind = nodeOf(statusOf('2', { firstIndex: 1, lastIndex: 40, commitIndex: 30 }));
  const close = nodeOf(statusOf('3', { ...own, role: 'follower', lastIndex: 80 }));
  const freed = (list: readonly Shrinking[]) =>
    list.map(({ node, upTo, count, bytes }) => [node.id, upTo, count, Math.round(bytes)]);

  const plan = planShrink([leader, behind, close]);
  expect(freed(plan.all)).toEqual([
    ['1', 60, 50, 5_000],
    ['3', 60, 50, 5_714],
  ]);
  expect(plan.behind.map(({ id }) => id)).toEqual(['2']);
  expect(plan.snapshotBytes).toBe(1_060);
  expect(freed(plan.spared)).toEqual([
    ['1', 30, 20, 2_000],
    ['3', 30, 20, 2_286],
  ]);

  // Of what only a damaged snapshot covered, which no node lists any more, nothing goes.
  const damaged = nodeOf(statusOf('3', { ...own, snapshots: snapshots.slice(0, 1) }));
  expect(freed(planShrink([damaged]).all)).toEqual([['3', 30, 20, 2_000]]);

  // Who is not asked to send anything leaves nobody behind; who has nothing yet needs all of it.
  expect(
    planShrink([nodeOf(leaderStatusOf('1', ['1', '2'], { snapshotIndex: 0 })), close]),
  ).toEqual(expect.objectContaining({ behind: [], snapshotBytes: null }));
  const empty = nodeOf(statusOf('2', { firstIndex: 1, lastIndex: 0, commitIndex: 0 }));
  expect(planShrink([leader, empty]).spared).toEqual([]);
});
