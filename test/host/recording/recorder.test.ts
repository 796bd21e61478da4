import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

import type { ClusterView, EventView } from '../../../main/contract/model.ts';
import { computeHealth } from '../../../main/host/health.ts';
import { Recorder } from '../../../main/host/recording/recorder.ts';
import { RecordingReader } from '../../../main/host/recording/recording-reader.ts';
import { recordingLimits } from '../../../main/host/recording/recording-store.ts';
import { leaderStatusOf, nodeOf, NOW_MS, statusOf } from '../status-fixture.ts';

let folder: string;
let recorder: Recorder;
let reader: RecordingReader;
let lines: string[];
let sequence: number;

function open(limits = recordingLimits(224)): void {
  recorder = new Recorder({
    folder: join(folder, 'recording'),
    heard: () => new Map([['1', { processKey: '7/8', sequence: 41 }]]),
    log: (line) => lines.push(line),
    limits,
  });
  reader = new RecordingReader('c1', recorder);
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'raftdeck-recording-'));
  lines = [];
  sequence = 0;
  open();
});

afterEach(async () => {
  await recorder.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Three nodes led by node 1 as they were at `timeMs`. */
function viewOf(timeMs: number, commitIndex: number): ClusterView {
  const said = { timeMs, commitIndex, lastIndex: commitIndex };
  const nodes = [
    nodeOf(leaderStatusOf('1', ['1', '2', '3'], said), { heardAtMs: timeMs }),
    nodeOf(statusOf('2', said), { heardAtMs: timeMs }),
    nodeOf(statusOf('3', said), { heardAtMs: timeMs }),
  ];
  const health = computeHealth({
    nodes,
    nowMs: timeMs,
    starting: false,
    leaderChangedAtMs: NOW_MS,
    lagMs: () => null,
  });
  const about = { id: 'c1', name: 'c', createdAtMs: 0, machine: 'kv', directory: folder };
  return { ...about, health, nodes, operation: null, connectCommand: null, timeMs };
}

function event(
  nodeId: string,
  timeMs: number,
  type: string,
  fields: Record<string, unknown> = {},
): EventView {
  sequence += 1;
  const nodeSequence = type.startsWith('process') ? null : sequence;
  return { sequence, clusterId: 'c1', nodeId, nodeSequence, timeMs, type, fields };
}

test('a moment is the last picture before it, whatever came later', async () => {
  for (let at = 0; at < 40; at += 1) recorder.view(viewOf(NOW_MS + at * 500, 100 + at));
  const moment = await reader.moment(NOW_MS + 12_700);
  expect(moment?.view.nodes[0]?.status?.commitIndex).toBe(125);
  expect(moment?.view.timeMs).toBe(NOW_MS + 12_700);
  expect(moment?.view.health).toMatchObject({ level: 'healthy', leaderId: '1', term: 3 });
  expect(moment?.samples.at(-1)).toMatchObject({ commitIndex: 125, leaderId: '1' });
  expect(await reader.moment(NOW_MS - 1)).toBeNull();
});

test('between two pictures each step of an election is a picture of its own', async () => {
  recorder.view(viewOf(NOW_MS, 100));
  recorder.events([
    event('1', NOW_MS + 10, 'process-exited', { reason: 'SIGKILL', asked: 'kill' }),
    event('2', NOW_MS + 20, 'role', { role: 'candidate', term: 4, leaderId: null, reason: 'x' }),
    event('3', NOW_MS + 21.5, 'vote-answered', {
      term: 4,
      preVote: false,
      candidate: '2',
      granted: true,
    }),
    event('2', NOW_MS + 22.25, 'role', { role: 'leader', term: 4, leaderId: '2', reason: 'won' }),
    event('2', NOW_MS + 30, 'committed', { commitIndex: 101, term: 4 }),
  ]);
  const seen = async (afterMs: number): Promise<unknown[]> => {
    const view = (await reader.moment(NOW_MS + afterMs))?.view;
    return (view?.nodes ?? []).map(({ process, status }) =>
      process === 'running'
        ? `${status?.role} ${status?.term} ${status?.votedFor} ${status?.commitIndex}`
        : process,
    );
  };
  expect(await seen(9)).toEqual(['leader 3 1 100', 'follower 3 1 100', 'follower 3 1 100']);
  expect(await seen(10)).toEqual(['stopped', 'follower 3 1 100', 'follower 3 1 100']);
  expect(await seen(20)).toEqual(['stopped', 'candidate 4 2 100', 'follower 3 1 100']);
  expect(await seen(21.5)).toEqual(['stopped', 'candidate 4 2 100', 'follower 4 2 100']);
  expect(await seen(22.25)).toEqual(['stopped', 'leader 4 2 100', 'follower 4 2 100']);
  expect(await seen(30)).toEqual(['stopped', 'leader 4 2 101', 'follower 4 2 100']);
});

test('a node that was killed before a picture is not alive in it because that was not known yet', async () => {
  recorder.view(viewOf(NOW_MS, 100));
  // Something else changed in between, which makes a picture.
  const later = viewOf(NOW_MS + 12, 100);
  const nodes = later.nodes.map((node) => (node.id === '2' ? { ...node, connected: false } : node));
  recorder.view({ ...later, nodes });
  recorder.events([
    event('1', NOW_MS + 10, 'process-exited', { reason: 'SIGKILL', asked: 'kill' }),
  ]);
  const shown = async (afterMs: number): Promise<unknown> =>
    (await reader.moment(NOW_MS + afterMs))?.view.nodes[0]?.process;
  expect([await shown(9), await shown(10), await shown(13)]).toEqual([
    'running',
    'stopped',
    'stopped',
  ]);
  // Started again later, by the end of the same stretch.
  recorder.view({
    ...viewOf(NOW_MS + 500, 100),
    nodes: viewOf(NOW_MS + 500, 100).nodes.map((node) => ({ ...node, startedAtMs: NOW_MS + 400 })),
  });
  expect(await shown(501)).toBe('running');
});

test('what a busy cluster traces is written in chunks of a bounded size, each of its own time', async () => {
  recorder.view(viewOf(NOW_MS, 100));
  recorder.events(
    Array.from({ length: 4_200 }, (_, at) =>
      event(String(1 + (at % 3)), NOW_MS + ((at * 17) % 450), 'committed', { commitIndex: at }),
    ),
  );
  const store = await reader.flushed();
  const chunks = store?.indexes.events.all() ?? [];
  expect(chunks).toHaveLength(9);
  for (const [at, { fromMs }] of chunks.entries()) {
    expect(fromMs).toBeGreaterThanOrEqual(chunks[at - 1]?.toMs ?? 0);
  }
  const held = (await store?.read(chunks)) as readonly (readonly EventView[])[];
  expect(held.map((events) => events.length)).toEqual([...Array<number>(8).fill(500), 200]);
});

test('steps go from event to event, from term to term and from bookmark to bookmark', async () => {
  recorder.view(viewOf(NOW_MS, 100));
  recorder.events([
    event('2', NOW_MS + 20, 'role', { role: 'candidate', term: 4 }),
    event('2', NOW_MS + 22.25, 'role', { role: 'leader', term: 4 }),
    event('2', NOW_MS + 23, 'sent', { to: '1', entries: 1 }),
    event('2', NOW_MS + 30, 'committed', { commitIndex: 101, term: 4 }),
    event('2', NOW_MS + 31, 'committed', { commitIndex: 102, term: 4 }),
  ]);
  const step = async (...args: Parameters<RecordingReader['step']>): Promise<number | null> => {
    const found = await reader.step(...args);
    return found === null ? null : found.timeMs - NOW_MS;
  };
  expect(await step(NOW_MS, 'next', 'event')).toBe(20);
  expect(await step(NOW_MS + 20, 'next', 'event')).toBe(22.25);
  // Messages are not stepped through, the first commit of a term is.
  expect(await step(NOW_MS + 22.25, 'next', 'event')).toBe(30);
  expect(await step(NOW_MS + 30, 'next', 'event')).toBeNull();
  expect(await step(NOW_MS + 30, 'previous', 'event')).toBe(22.25);
  expect(await step(NOW_MS + 30, 'previous', 'term')).toBe(22.25);
  expect(await step(NOW_MS, 'next', 'bookmark')).toBeNull();
  const added = await reader.addBookmark(NOW_MS + 25, 'here');
  expect(await step(NOW_MS, 'next', 'bookmark')).toBe(25);
  if (!added.ok) throw new Error(added.error.message);
  expect(await reader.removeBookmark(added.value.id)).toEqual({ ok: true, value: null });
  expect(await reader.removeBookmark(added.value.id)).toMatchObject({ ok: false });
});

test('a recording is read again by the next host, and the time between them is a gap', async () => {
  recorder.view(viewOf(Date.now(), 100));
  recorder.events([event('2', Date.now(), 'role', { role: 'leader', term: 3 })]);
  await recorder.close();
  await new Promise((done) => setTimeout(done, 1_100));
  open();
  const store = await recorder.store();
  expect(await store?.heard()).toEqual(new Map([['1', { processKey: '7/8', sequence: 41 }]]));
  recorder.view(viewOf(Date.now(), 200));
  const recording = await reader.read(Date.now() - 60_000, Date.now());
  expect(recording.marks.map(({ type }) => type)).toEqual(['role']);
  expect(recording.samples.map(({ commitIndex }) => commitIndex)).toEqual([100, 200]);
  expect(recording.gaps).toHaveLength(1);
  const [gap] = recording.gaps;
  expect((gap?.toMs ?? 0) - (gap?.fromMs ?? 0)).toBeGreaterThan(1_000);
  expect(recording.outline.length).toBeGreaterThan(0);
  expect(recording.outline.some(({ mark }) => mark === 'election')).toBe(true);
});

test('the small map has what was recorded while nobody read it, however long that was', async () => {
  const endMs = Date.now();
  const startMs = endMs - 300_000;
  const record = (fromMs: number, toMs: number): void => {
    for (let atMs = fromMs; atMs < toMs; atMs += 1_000) recorder.view(viewOf(atMs, 100));
  };
  record(startMs, startMs + 10_000);
  await reader.read(startMs, endMs);
  record(startMs + 10_000, endMs);
  const { outline } = await reader.read(startMs, endMs);
  expect(outline.filter(({ toMs, led }) => toMs < endMs - 1_000 && led !== 1)).toEqual([]);
});

test('what is beyond the limit goes, the oldest first, and rare events outlive frequent ones', async () => {
  await recorder.close();
  open({ marks: 1_000_000, events: 4_000, frames: 30_000 });
  for (let at = 0; at < 60; at += 1) {
    const timeMs = NOW_MS + at * 1_000;
    recorder.view(viewOf(timeMs, at));
    recorder.events([
      event('1', timeMs, 'sent', { to: '2', entries: 1 }),
      event('1', timeMs, 'leader', { term: at }),
    ]);
    await recorder.flush();
  }
  const recording = await reader.read(NOW_MS, NOW_MS + 60_000);
  expect(recording.marks).toHaveLength(60);
  expect(recording.eventsFromMs).toBeGreaterThan(NOW_MS + 10_000);
  expect(recording.startMs).toBeGreaterThan(NOW_MS);
  const store = await recorder.store();
  expect(store?.indexes.frames.bytes).toBeLessThan(45_000);
  // What is left begins with a whole picture.
  expect(await reader.moment(recording.startMs ?? 0)).not.toBeNull();
  expect(await reader.moment(NOW_MS + 59_000)).toMatchObject({ pictureMs: NOW_MS + 59_000 });
});

test('a smaller limit takes what is too much with the next write', async () => {
  const record = async (from: number, to: number): Promise<void> => {
    for (let at = from; at < to; at += 1) {
      recorder.view(viewOf(NOW_MS + at * 1_000, at));
      await recorder.flush();
    }
  };
  await record(0, 60);
  expect((await reader.read(NOW_MS, NOW_MS + 60_000)).startMs).toBe(NOW_MS);
  await recorder.setLimits({ marks: 1_000_000, events: 4_000, frames: 30_000 });
  await record(60, 62);
  expect((await reader.read(NOW_MS, NOW_MS + 61_000)).startMs).toBeGreaterThan(NOW_MS + 10_000);
});

test('a recording that cannot be opened is said, and stops nothing', async () => {
  // A file is where the folder is to be.
  writeFileSync(join(folder, 'recording'), '');
  const other = new Recorder({
    folder: join(folder, 'recording'),
    heard: () => new Map(),
    log: (line) => lines.push(line),
    limits: recordingLimits(224),
  });
  other.view(viewOf(NOW_MS, 1));
  await other.flush();
  expect(lines.join()).toContain('cannot be opened');
  const recording = await new RecordingReader('c1', other).read(NOW_MS, NOW_MS + 1);
  expect(recording.problem).toContain('cannot be opened');
  await other.close();
});

test('the figures of every second are read from memory, or as an earlier host wrote them', async () => {
  for (let at = 0; at < 60; at += 1) recorder.view(viewOf(NOW_MS + at * 500, 100 + at));
  recorder.events([
    event('1', NOW_MS + 900, 'role', { role: 'leader', term: 3 }),
    event('1', NOW_MS + 950, 'vote-received', { term: 3 }),
  ]);
  const before = await reader.metrics(NOW_MS, NOW_MS + 30_000);
  expect(before.points).toHaveLength(30);
  expect(before.marks.map(({ type }) => type)).toEqual(['role']);
  await recorder.close();
  open();
  const after = await reader.metrics(NOW_MS, NOW_MS + 30_000);
  expect(after.points).toEqual(before.points);
  expect((await reader.metrics(NOW_MS + 5_000, NOW_MS + 7_000)).points).toHaveLength(3);
});
