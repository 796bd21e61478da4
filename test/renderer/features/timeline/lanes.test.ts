import { expect, test } from 'vitest';

import type { EventView } from '../../../../main/contract/model.ts';
import {
  describeEvent,
  electionsOf,
  electionWords,
  faultSpansOf,
  voteCurvesOf,
} from '../../../../renderer/features/timeline/happenings.ts';
import { buildLanes } from '../../../../renderer/features/timeline/lanes.ts';
import { wordPlaces } from '../../../../renderer/features/timeline/timeline-terms.tsx';
import { wordOf } from '../../../../renderer/features/timeline/timeline-lane.tsx';
import { legible, ticksOf, windowEnd } from '../../../../renderer/features/timeline/scale.ts';
import type { Stretch } from '../../../../renderer/state/recording.ts';

let sequence = 0;

function event(
  nodeId: string,
  timeMs: number,
  type: string,
  fields: Record<string, unknown> = {},
): EventView {
  sequence += 1;
  const byHost = type.startsWith('process') || type.startsWith('link-');
  return {
    sequence,
    clusterId: 'c',
    nodeId,
    nodeSequence: byHost ? null : sequence,
    timeMs,
    type,
    fields,
  };
}

/** Node 1 leads term 6 and is killed at 100; node 2 is elected at 162; node 1 is back at 300. */
const MARKS: readonly EventView[] = [
  event('1', 100, 'process-exited', { reason: 'SIGKILL', asked: 'kill' }),
  event('2', 150, 'role', { role: 'pre-candidate', term: 6, reason: 'election timeout' }),
  event('2', 155, 'role', { role: 'candidate', term: 7, reason: 'won pre-vote' }),
  event('2', 156, 'vote-requested', { term: 7, preVote: false, from: '2', to: '3' }),
  event('3', 158, 'vote-answered', { term: 7, preVote: false, candidate: '2', granted: true }),
  event('2', 161, 'vote-received', { term: 7, preVote: false, from: '3', votes: 2, needed: 2 }),
  event('2', 162, 'role', { role: 'leader', term: 7, leaderId: '2', reason: 'won election' }),
  event('1', 300, 'process-started', { pid: 7 }),
  event('1', 340, 'role', { role: 'follower', term: 7, reason: 'heard the leader' }),
];

const STRETCH: Stretch = {
  startMs: 0,
  fromMs: 0,
  toMs: 400,
  before: ['1', '2', '3'].map((nodeId) => ({
    nodeId,
    process: 'running',
    connected: true,
    storageFailed: false,
    role: nodeId === '1' ? 'leader' : 'follower',
    voter: true,
    term: 6,
  })),
  marks: MARKS,
  samples: [],
};

function spans(nodeId: string, fromMs = 0, toMs = 400): readonly string[] {
  const lane = buildLanes(STRETCH, [nodeId], fromMs, toMs)[0];
  return (lane?.spans ?? []).map(
    ({ kind, fromMs: from, toMs: to, term }) => `${kind} ${from}–${to} t${term}`,
  );
}

test('a lane says what its node was, from one change to the next', () => {
  expect(spans('1')).toEqual([
    'leader 0–100 t6',
    'down 100–300 t6',
    'starting 300–340 t6',
    'follower 340–400 t7',
  ]);
  expect(spans('2')).toEqual(['follower 0–150 t6', 'candidate 150–162 t7', 'leader 162–400 t7']);
  expect(spans('3')).toEqual(['follower 0–400 t6']);
});

test('a lane is cut to what is in sight, and knows what was before', () => {
  expect(spans('1', 120, 200)).toEqual(['down 120–200 t6']);
  expect(spans('9')).toEqual([]);
});

test('the words of an election stand where they are not cut: behind its flag, else before it', () => {
  const words = '7 node-2 elected';
  const at = (x: number) => ({ x, words });
  expect(wordPlaces([at(500)], 1_000)).toEqual(['behind']);
  expect(wordPlaces([at(950)], 1_000)).toEqual(['before']);
  expect(wordPlaces([at(50)], 100)).toEqual(['nowhere']);
  expect(wordPlaces([at(100)], 150)).toEqual(['before']);
  expect(wordPlaces([at(100)], 150, 30)).toEqual(['nowhere']);
  // Where the one before has taken the room, a term is all that is said.
  expect(wordPlaces([at(500), at(560), at(620)], 1_000)).toEqual(['before', 'nowhere', 'behind']);
  expect(wordPlaces([at(800), at(960)], 1_000)).toEqual(['behind', 'nowhere']);
});

test('an outage that began out of sight is as long as it was, or of a length that is not known', () => {
  const wordAt = (stretch: Stretch, fromMs: number): string | null | undefined =>
    buildLanes(stretch, ['1'], fromMs, 400)[0]?.spans.slice(0, 1).map(wordOf)[0];
  expect(wordAt(STRETCH, 0)).toBe('♛ Leader term 6');
  expect(wordAt(STRETCH, 110)).toBe('killed by you, 200\u00a0ms');
  expect(wordAt(STRETCH, 280)).toBe('killed by you, 200\u00a0ms');
  const reason = 'exit code 1: raftdeck: the log is damaged, at length';
  const ended = event('1', 100, 'process-exited', { reason, asked: null });
  const crashed = { ...STRETCH, marks: [ended, ...MARKS.slice(1)] };
  expect(wordAt(crashed, 110)).toBe('exit code 1, 200\u00a0ms');
  const before = STRETCH.before.map((one) => ({ ...one, process: 'stopped' as const }));
  const later = { ...STRETCH, before, fromMs: 200, marks: MARKS.slice(-2) };
  expect(wordAt(later, 280)).toBe('down');
});

test('a node whose start was not recorded is there from the first word that it traced', () => {
  const marks = [
    event('2', 20, 'leader', { leaderId: '1', term: 2 }),
    event('2', 30, 'membership', { membership: { members: [{ id: '2', voter: true }] } }),
  ];
  const lane = buildLanes({ ...STRETCH, before: [], marks }, ['2', '3'], 0, 400);
  expect(lane.map(({ spans: all }) => all.map(({ kind, fromMs }) => [kind, fromMs]))).toEqual([
    [['follower', 20]],
    [],
  ]);
});

test('no lane begins before the recording', () => {
  const lane = buildLanes({ ...STRETCH, startMs: 40, marks: [] }, ['2'], 0, 400)[0];
  expect(lane?.spans.map(({ fromMs, toMs }) => [fromMs, toMs])).toEqual([[40, 400]]);
});

test('a node that is not heard is not drawn as what it was', () => {
  const marks = [event('2', 50, 'link-lost', { reason: 'closed' }), event('2', 90, 'link-open')];
  const lane = buildLanes({ ...STRETCH, marks }, ['2'], 0, 400)[0];
  expect(lane?.spans.map(({ kind, toMs }) => [kind, toMs])).toEqual([
    ['follower', 50],
    ['unknown', 90],
    ['follower', 400],
  ]);
});

test('a leader whose disk has failed leads no more, until it is started again', () => {
  const marks = [
    event('1', 50, 'health', { health: 'storage-failed', reason: 'ENOSPC' }),
    event('2', 70, 'role', { role: 'leader', term: 7, reason: 'won election' }),
    event('1', 90, 'process-exited', { reason: 'SIGTERM', asked: 'stop' }),
    event('1', 95, 'process-started', { pid: 8 }),
    event('1', 99, 'role', { role: 'follower', term: 7, reason: 'started' }),
  ];
  const lane = buildLanes({ ...STRETCH, marks }, ['1'], 0, 400)[0];
  expect(lane?.spans.map(({ kind, toMs }) => [kind, toMs])).toEqual([
    ['leader', 50],
    ['failed', 90],
    ['down', 95],
    ['starting', 99],
    ['follower', 400],
  ]);
  // A stretch that begins later knows it too.
  const before = STRETCH.before.map((one) => ({ ...one, storageFailed: one.nodeId === '1' }));
  const later = buildLanes({ ...STRETCH, before, marks: [] }, ['1'], 60, 80)[0];
  expect(later?.spans.map(({ kind }) => kind)).toEqual(['failed']);
  const first = event('1', -5, 'role', { role: 'leader', term: 6, reason: 'won election' });
  expect(electionsOf([first, ...marks])[1]?.withoutMs).toBe(20);
});

test('what a node lost of its trace is a mark of its own', () => {
  const marks = [event('2', 50, 'gap', { from: 3, to: 9, missed: 7 })];
  const lane = buildLanes({ ...STRETCH, marks }, ['2'], 0, 400)[0];
  expect(lane?.marks).toEqual([{ kind: 'gap', timeMs: 50, label: '7 traced events are missing' }]);
});

test('an election says how long there was no leader, and with how many votes it was won', () => {
  const first = event('1', -5, 'role', { role: 'leader', term: 6, reason: 'won election' });
  const elections = electionsOf([first, ...MARKS]);
  expect(elections.map(({ term, nodeId, withoutMs }) => [term, nodeId, withoutMs])).toEqual([
    [6, '1', null],
    [7, '2', 62],
  ]);
  const words = elections.map(electionWords);
  expect(words[1]).toBe('node-2 elected after 62\u00A0ms without a leader, 2 of 2 votes needed');
});

test('a vote leans by the time that it took', () => {
  expect(voteCurvesOf(MARKS)).toEqual([
    { from: '2', fromMs: 156, to: '3', toMs: 158, granted: true },
  ]);
});

test('a fault lasts from when it was in force to when it was not', () => {
  const about = { id: 'f1', kind: 'link-delay', description: 'delay to node-3' };
  const marks = [
    event('2', 10, 'fault', { ...about, state: 'in force' }),
    event('2', 90, 'fault', { ...about, state: 'healed' }),
    event('3', 95, 'fault', { ...about, state: 'in force' }),
  ];
  expect(faultSpansOf(marks).map(({ nodeId, fromMs, toMs }) => [nodeId, fromMs, toMs])).toEqual([
    ['2', 10, 90],
    ['3', 95, null],
  ]);
});

test('a fault ends with its process, and the first of the next process is another one', () => {
  const about = { id: 'f1', kind: 'link-cut', description: 'cut' };
  const marks = [
    event('2', 10, 'fault', { ...about, state: 'in force' }),
    event('3', 20, 'fault', { ...about, state: 'in force' }),
    event('2', 50, 'process-exited', { reason: 'SIGKILL', asked: 'kill' }),
    event('2', 60, 'process-started', { pid: 8 }),
    event('2', 80, 'fault', { ...about, state: 'in force' }),
  ];
  expect(faultSpansOf(marks).map(({ nodeId, fromMs, toMs }) => [nodeId, fromMs, toMs])).toEqual([
    ['2', 10, 50],
    ['3', 20, null],
    ['2', 80, null],
  ]);
});

test('every event is a sentence, also one that this version does not know', () => {
  expect(MARKS.map(describeEvent)).toEqual([
    'node-1 ended: killed by you',
    'node-2 is pre-candidate in term 6: election timeout',
    'node-2 is candidate in term 7: won pre-vote',
    'node-2 asks node-3 for its vote in term 7',
    'node-3 grants node-2 its vote in term 7',
    'node-2 has the vote of node-3: 2 of 2 needed',
    'node-2 is leader in term 7: won election',
    'node-1 was started',
    'node-1 is follower in term 7: heard the leader',
  ]);
  expect(describeEvent(event('4', 0, 'some-new-thing'))).toBe('node-4: some new thing');
});

test('the ruler has full times now and then and seconds alone between them', () => {
  const clock = (timeMs: number): string => new Date(timeMs).toISOString().slice(11, 19);
  const labels = ticksOf(0, 60_000, clock).flatMap(({ label }) => (label === null ? [] : [label]));
  expect(labels.slice(0, 5)).toEqual(['00:00:00', ':05', ':10', '00:00:15', ':20']);
  expect(ticksOf(0, 300_000, clock)).toHaveLength(31);
  // In a narrow window, or a large one at 200 %, a full time takes the room of the next label.
  const shown = (width: number): readonly string[] =>
    legible(ticksOf(0, 60_000, clock), (timeMs) => (timeMs / 60_000) * width).flatMap(
      ({ label }) => label ?? [],
    );
  expect(shown(1_000)).toEqual(labels);
  expect(shown(420).slice(0, 4)).toEqual(['00:00:00', ':10', '00:00:15', ':25']);
});

test('the window holds the moment that is shown, and moves no more than it must', () => {
  expect(windowEnd(100_000, 70_000, 60_000, 100_000)).toBe(100_000);
  expect(windowEnd(100_000, 41_000, 60_000, 100_000)).toBe(71_000);
  expect(windowEnd(71_000, 70_000, 60_000, 100_000)).toBe(100_000);
  expect(windowEnd(100_000, 99_000, 60_000, 100_000)).toBe(100_000);
});
