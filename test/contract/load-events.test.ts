import { expect, test } from 'vitest';

import type { LoadVerdict, LoadView } from '../../main/contract/load.ts';
import { loadEvents, loadStories } from '../../main/contract/load-events.ts';
import type { EventView } from '../../main/contract/model.ts';

const BEGAN_MS = 1_700_000_000_000;
const CHECKED_MS = BEGAN_MS + 61_000;

const OPERATION = {
  ...({ id: 7, client: 3, action: 'read', value: '611', outcome: 'done' } as const),
  fromMs: BEGAN_MS + 8_160,
  toMs: BEGAN_MS + 8_162,
};

const VERDICT: LoadVerdict = {
  verdict: 'not linearizable',
  keys: 64,
  undecidedKeys: 0,
  unreadKeys: 2,
  operations: 3_420,
  elapsedMs: 212,
  violations: [
    {
      key: 'raftdeck:load:5f2c:17',
      operations: 188,
      after: [{ ...OPERATION, id: 6, action: 'write', value: '618' }],
      stuckOn: [OPERATION, { ...OPERATION, id: 8, toMs: null, outcome: 'unknown', value: null }],
    },
  ],
};

function viewOf(change: Partial<LoadView>): LoadView {
  return {
    clusterId: 'lab',
    runId: '5f2c',
    request: { clients: 24, readPercent: 50, keys: 64, opsPerSecond: 200, durationMs: 60_000 },
    state: 'ended',
    startedAtMs: BEGAN_MS,
    endedAtMs: BEGAN_MS + 60_000,
    endReason: 'its time was over',
    counts: { done: 3_400, notDone: 14, unknown: 6 },
    ...{ donePerSecond: 0, p50Ms: null, p99Ms: null, longestGapMs: 0, longestGapAtMs: null },
    ...{
      errors: [],
      seconds: [],
      verdict: VERDICT,
      soFar: null,
      problem: null,
      keysDeleted: false,
    },
    ...change,
  };
}

/** The events of these states of a run, as a recording gives them back: in order of time, through JSON. */
function recorded(...views: readonly LoadView[]): readonly EventView[] {
  const events = views
    .flatMap((view) => loadEvents(view, CHECKED_MS))
    .map((event, at) => {
      return { ...event, sequence: at, clusterId: 'lab', nodeId: '1', nodeSequence: null };
    })
    .sort((left, right) => left.timeMs - right.timeMs);
  return JSON.parse(JSON.stringify(events)) as readonly EventView[];
}

test.each([
  ['with what no order explains', VERDICT],
  ['linearizable', { ...VERDICT, verdict: 'linearizable', violations: [] } as const],
  ['undecided', { ...VERDICT, verdict: 'undecided', undecidedKeys: 3, violations: [] } as const],
])('a run that was checked is told whole by its events: %s', (_, verdict) => {
  const events = recorded(
    viewOf({ state: 'running' }),
    viewOf({ state: 'checking' }),
    viewOf({ verdict }),
  );
  expect(loadStories(events)).toEqual([
    {
      runId: '5f2c',
      startedAtMs: BEGAN_MS,
      endedAtMs: BEGAN_MS + 60_000,
      clients: 24,
      opsPerSecond: 200,
      counts: { done: 3_400, notDone: 14, unknown: 6 },
      verdict,
      isChecked: true,
      problem: null,
    },
  ]);
});

test('no event of a run is longer than one may be, however much no order explains', () => {
  const [violation] = VERDICT.violations;
  if (violation === undefined) throw new Error('a verdict with a violation');
  const worst = {
    ...violation,
    after: Array.from({ length: 4 }, () => OPERATION),
    stuckOn: Array.from({ length: 8 }, () => OPERATION),
  };
  const verdict = { ...VERDICT, violations: Array.from({ length: 10 }, () => worst) };
  const sizes = recorded(viewOf({ verdict })).map((event) => JSON.stringify(event).length);
  expect(sizes).toHaveLength(11);
  expect(Math.max(...sizes)).toBeLessThan(8 * 1024);
});

test('what a run had not told by the end of a stretch is not made up', () => {
  const running = recorded(viewOf({ state: 'running' }));
  const [open] = loadStories(running);
  expect(open).toMatchObject({ endedAtMs: null, counts: null, verdict: null, isChecked: false });
  const failed = recorded(viewOf({ verdict: null, problem: 'It took too long.' }));
  const [unchecked] = loadStories(failed);
  expect(unchecked).toMatchObject({ verdict: null, isChecked: true, problem: 'It took too long.' });
  expect(unchecked?.startedAtMs).toBeNull();
});

test('of events that are not those of a run nothing is believed', () => {
  const event = (type: string, fields: EventView['fields']): EventView => {
    return {
      sequence: 1,
      clusterId: 'x',
      nodeId: '1',
      nodeSequence: null,
      timeMs: 5,
      type,
      fields,
    };
  };
  expect(loadStories([event('role', { runId: 'a' }), event('load-verdict', { runId: 7 })])).toEqual(
    [],
  );
  const [story] = loadStories([
    event('load-verdict', { runId: 'a', verdict: 'splendid', operations: 'many' }),
    event('load-violation', { runId: 'a', key: {}, after: 'x', stuckOn: [null, 3, { id: '9' }] }),
  ]);
  expect(story).toMatchObject({ verdict: null, isChecked: true, counts: null });
});
