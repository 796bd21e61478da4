import { expect, test } from 'vitest';

import type { EventView } from '../../../../main/contract/model.ts';
import type { RecordingView } from '../../../../main/contract/recording.ts';
import { createFakeCluster } from '../../../../renderer/connection/fake/fake-cluster.ts';
import { fakeView } from '../../../../renderer/connection/fake/fake-views.ts';
import { reportHtml, type ReportParts } from '../../../../renderer/features/report/report-html.ts';
import { FakeHost } from '../../../../renderer/connection/fake/fake.ts';
import { readReport, reportFileName } from '../../../../renderer/features/report/save-report.ts';

const NOW_MS = 1_700_000_000_000;
const FROM_MS = NOW_MS - 300_000;

function event(timeMs: number, nodeId: string, type: string, fields: object): EventView {
  const numbers = { sequence: timeMs, nodeSequence: type.startsWith('process') ? null : timeMs };
  return { ...numbers, clusterId: 'c1', nodeId, timeMs, type, fields: { ...fields } };
}

const STORY: readonly EventView[] = [
  event(FROM_MS + 10_000, '1', 'process-exited', { signal: 'SIGKILL', requested: true }),
  event(FROM_MS + 10_620, '2', 'role', { role: 'leader', term: 8, reason: 'won <the> election' }),
  event(FROM_MS + 20_000, '1', 'process-started', {}),
];

function partsOf(recording: Partial<RecordingView>, name = 'orders-lab'): ReportParts {
  const cluster = createFakeCluster({ id: 'c1', name, nodes: 3, nowMs: NOW_MS });
  const before = (['1', '2', '3'] as const).map((nodeId) => ({
    nodeId,
    process: 'running' as const,
    connected: true,
    storageFailed: false,
    role: nodeId === '1' ? ('leader' as const) : ('follower' as const),
    voter: true,
    term: 7,
  }));
  return {
    title: `What happened in ${name}`,
    view: fakeView(cluster, NOW_MS),
    version: '0.1.0',
    madeAtMs: NOW_MS,
    troubles: [],
    recording: {
      clusterId: 'c1',
      startMs: FROM_MS,
      endMs: NOW_MS,
      eventsFromMs: FROM_MS,
      fromMs: FROM_MS,
      toMs: NOW_MS,
      before,
      marks: STORY,
      marksLeftOut: 0,
      samples: [],
      gaps: [],
      bookmarks: [],
      outline: [],
      problem: null,
      ...recording,
    },
  };
}

test('a report tells elections, ends of processes and every event in words', () => {
  const page = reportHtml(partsOf({}));
  expect(page).toMatch(/^<!doctype html>/);
  expect(page).toMatch(/Elections won<\/dt>\s*<dd>1</);
  expect(page).toContain('node-2 is leader in term 8');
  expect(page).toContain('node-1 was started');
  // Node 1 led when the stretch began: its end is where the time without a leader begins.
  expect(page).toContain('620 ms');
  // The leader's lane ends with its process, and the other one's begins with its election.
  expect(page.match(/<rect\s+class="leader"/g)).toHaveLength(2);
  expect(page.match(/<rect\s+class="down"/g)).toHaveLength(1);
});

test('text from a cluster is text, wherever it stands', () => {
  const hostile = `"><script>alert(1)</script><img src=x onerror='alert(2)'>\u0000\u202e`;
  const bookmarks = [{ id: 'b1', timeMs: NOW_MS - 1, label: hostile }];
  const marks = [
    event(NOW_MS - 2, '1', 'role', { role: 'leader', term: 8, reason: hostile }),
    event(NOW_MS - 1, '1', 'fault', { id: 'f1', state: 'in force', description: hostile }),
  ];
  const page = reportHtml(partsOf({ bookmarks, marks }, hostile));
  expect(page).not.toContain('<script');
  expect(page).not.toContain('<img');
  expect(page).not.toContain('\u0000');
  expect(page).toContain('&lt;script&gt;');
});

test('nothing is loaded and nothing can run', () => {
  const page = reportHtml(partsOf({}));
  expect(page).toContain(`content="default-src 'none';`);
  expect(page).not.toMatch(/<script|\son\w+=|javascript:|https?:|src=/i);
});

test('five busy minutes stay under two megabytes, and what is left out is said', () => {
  const marks = Array.from({ length: 6_000 }, (_, at) =>
    event(FROM_MS + at * 50, '1', 'vote-requested', { to: '2', term: at, preVote: at % 2 === 0 }),
  );
  const samples = Array.from({ length: 660 }, (_, at) => {
    const figures = {
      leaderId: '1',
      term: 7,
      commitIndex: at,
      commitP99Ms: at % 13,
      lagById: { 2: at },
    };
    return { timeMs: FROM_MS + at * 450, ...figures };
  });
  const page = reportHtml(partsOf({ marks, samples, marksLeftOut: 7 }));
  expect(Buffer.byteLength(page)).toBeLessThan(2 * 1024 * 1024);
  expect(page).toContain('3,007 earlier events are left out.');
  expect(page).toContain('at most 12 ms');
});

test('a gap in the recording is drawn, counted and not taken for silence', () => {
  const gaps = [
    { fromMs: FROM_MS - 90_000, toMs: FROM_MS - 60_000 },
    { fromMs: FROM_MS + 60_000, toMs: FROM_MS + 90_000 },
  ];
  const page = reportHtml(partsOf({ gaps }));
  expect(page.match(/<rect\s+class="gap"/g)).toHaveLength(1);
  expect(page).toMatch(/Gaps in the recording<\/dt>\s*<dd>1</);
});

test.each([
  ['orders-lab', 'orders-lab-2023-11-14T22-13-20Z'],
  ['../../etc/passwd', 'etc-passwd-2023-11-14T22-13-20Z'],
  ['<&>', 'cluster-2023-11-14T22-13-20Z'],
  ['Bestellungen — alt', 'Bestellungen-alt-2023-11-14T22-13-20Z'],
])('the report of %j is saved as %j', (name, file) => {
  expect(reportFileName(name, NOW_MS)).toBe(file);
});

test('the report of a young cluster begins with its recording', async () => {
  const cluster = createFakeCluster({ id: 'c1', nodes: 3, nowMs: NOW_MS });
  const { api } = new FakeHost([cluster], NOW_MS);
  const fromOf = async (fromMs: number): Promise<readonly (number | null)[]> => {
    const result = await readReport({ api }, 'c1', fromMs, NOW_MS);
    if (!result.ok) throw new Error(result.error.message);
    const { recording } = result.value;
    return [recording.fromMs, recording.startMs];
  };
  const [begin, start] = await fromOf(0);
  expect(begin).toBe(start);
  expect((await fromOf(FROM_MS))[0]).toBe(FROM_MS);
});

function loadTold(verdict: 'linearizable' | 'not linearizable' | null): readonly EventView[] {
  const at = FROM_MS + 8_160;
  const operation = { id: 9, client: 3, action: 'read', value: '611', fromMs: at, toMs: at + 2 };
  const figures = { keys: 64, undecidedKeys: 0, operations: 3_420, elapsedMs: 212 };
  const lists = { after: [{ ...operation, action: 'write' }], stuckOn: [operation] };
  const key = '<b>raftdeck:load:5f2c:17';
  return [
    event(FROM_MS + 1, '1', 'load-started', { runId: '5f2c', clients: 24, opsPerSecond: 200 }),
    ...(verdict === 'not linearizable'
      ? [
          event(at, '1', 'load-violation', {
            ...operation,
            runId: '5f2c',
            key,
            operations: 188,
            ...lists,
          }),
        ]
      : []),
    ...(verdict === null
      ? []
      : [event(NOW_MS - 5, '1', 'load-verdict', { runId: '5f2c', verdict, ...figures })]),
  ];
}

test('the verdict on a load is told, and that none was asked for', () => {
  expect(reportHtml(partsOf({}))).toContain('No load ran in this time, so no verdict was asked');
  const left = reportHtml(partsOf({ marksLeftOut: 3 }));
  expect(left).toContain('No load is among the events of this report; earlier ones are left out.');
  const well = reportHtml(partsOf({ marks: loadTold('linearizable') }));
  expect(well).toContain('24 clients, 200 operations a second');
  expect(well).toMatch(/<strong>Linearizable\.<\/strong> One order explains all 3,420 operations/);
  expect(well).toContain('the load was linearizable: 3,420 operations checked');
  const open = reportHtml(partsOf({ marks: loadTold(null) }));
  expect(open).toContain('<strong>No verdict</strong> by the end of this report');
});

test('the operations that no order explains are told one by one, as text', () => {
  const page = reportHtml(partsOf({ marks: loadTold('not linearizable') }));
  expect(page).toMatch(/<strong>Not linearizable\.<\/strong> No order explains/);
  expect(page).toContain('&lt;b&gt;raftdeck:load:5f2c:17');
  expect(page).toContain('client 3 writes 611, 2.0\u00a0ms');
  expect(page).toMatch(/client 3 reads 611, 2.0\sms<\/td>\s*<td>cannot come next/);
});
