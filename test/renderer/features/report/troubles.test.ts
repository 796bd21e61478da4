import { expect, test } from 'vitest';

import type { MomentView, SampleView } from '../../../../main/contract/recording.ts';
import { createFakeCluster } from '../../../../renderer/connection/fake/fake-cluster.ts';
import { fakeView } from '../../../../renderer/connection/fake/fake-views.ts';
import { reportHtml } from '../../../../renderer/features/report/report-html.ts';
import { leaderlessStretches, troublesOf } from '../../../../renderer/features/report/troubles.ts';
import { NOW_MS } from '../../../host/status-fixture.ts';
import { Scene } from '../why/scene.ts';

/** A sample every half second before now, the oldest first; `-` where nobody led. */
function samplesOf(leaders: string): readonly SampleView[] {
  return Array.from(leaders, (sign, at) => ({
    timeMs: NOW_MS - (leaders.length - 1 - at) * 500,
    leaderId: sign === '-' ? null : sign,
    ...{ term: 1, commitIndex: 1, commitP99Ms: null, lagById: {} },
  }));
}

function momentOf(change: (scene: Scene) => void): MomentView {
  const scene = new Scene(3, 3);
  change(scene);
  const { view, marks } = scene.evidence();
  return { view, marks, pictureMs: NOW_MS, samples: [] };
}

const WELL = momentOf((scene) => (scene.leaderId = scene.drawn[0] ?? null));
const NOBODY = momentOf((scene) => (scene.leaderId = null));
const TWO_DOWN = momentOf((scene) => {
  for (const id of ['1', '2']) scene.down(id);
});

test('only what lasted longer than an election is a stretch without a leader', () => {
  const found = leaderlessStretches(samplesOf('11--22------33----'));
  const at = (back: number): number => NOW_MS - back * 500;
  expect(found).toEqual([{ fromMs: at(11), toMs: at(5) }]);
  expect(leaderlessStretches(samplesOf('1-----'))).toEqual([{ fromMs: at(4), toMs: null }]);
  expect(leaderlessStretches([])).toEqual([]);
});

test('each stretch is explained by a moment in it, a late one first, and the end by itself', async () => {
  const asked: number[] = [];
  const readMoment = (atMs: number): Promise<MomentView> => {
    asked.push(atMs - (NOW_MS - 7 * 500));
    // Late in it the nodes were started already, and nobody led yet.
    return Promise.resolve(asked.length === 1 ? NOBODY : TWO_DOWN);
  };
  const troubles = await troublesOf(samplesOf('11------22'), WELL, readMoment);
  expect(asked).toEqual([2_000, 1_000]);
  expect(troubles.map(({ toMs, diagnosis }) => [toMs, diagnosis.verdict?.rule])).toEqual([
    [NOW_MS - 500, 'voters-down'],
  ]);
  const open = await troublesOf(samplesOf('11------'), TWO_DOWN, readMoment);
  expect(open.map(({ toMs, diagnosis }) => [toMs, diagnosis.verdict?.rule])).toEqual([
    [null, 'voters-down'],
  ]);
  expect(await troublesOf(samplesOf('1111'), WELL, readMoment)).toEqual([]);
});

test('a degraded end is told without a stretch, and a moment nobody knows is passed over', async () => {
  const degraded = momentOf((scene) => {
    scene.leaderId = '1';
    scene.see('2', { process: 'frozen', heardAtMs: NOW_MS - 9_000 });
  });
  const troubles = await troublesOf(samplesOf('1------1'), degraded, () => Promise.resolve(null));
  expect(troubles.map(({ diagnosis }) => diagnosis.verdict?.nodeIds)).toEqual([['2']]);
});

test('the page says what was wrong, why, and who says so, as text', async () => {
  const hostile = '<img src=x onerror=alert(1)>';
  const end = momentOf((scene) => {
    for (const id of ['1', '2']) scene.say(id, { health: 'damaged', healthReason: hostile });
  });
  const samples = samplesOf('11------');
  const troubles = await troublesOf(samples, end, () => Promise.resolve(null));
  const cluster = createFakeCluster({ id: 'c1', nodes: 3, nowMs: NOW_MS });
  const page = reportHtml({
    title: 'A report',
    view: fakeView(cluster, NOW_MS),
    troubles,
    version: '0.1.0',
    madeAtMs: NOW_MS,
    recording: {
      ...{ clusterId: 'c1', startMs: NOW_MS - 9_000, endMs: NOW_MS, eventsFromMs: null },
      ...{ fromMs: NOW_MS - 9_000, toMs: NOW_MS, before: [], marks: [], marksLeftOut: 0 },
      ...{ samples, gaps: [], bookmarks: [], outline: [], problem: null },
    },
  });
  expect(page).toContain('What was wrong, and why');
  expect(page).toContain('No leader: node-1 cannot use its data');
  expect(page).toContain('to the end');
  expect(page).toContain('&lt;img src=x');
  expect(page).not.toContain('<img');
});
