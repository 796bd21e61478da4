import { CommandError } from '../../machine/command-errors.ts';
import { defineMachine } from '../../machine/define-machine.ts';
import { OK } from '../../resp/value.ts';
import { formatGoDuration, parseGoDuration } from '../../machine/go-duration.ts';
import { Series, type Point } from './series.ts';

const RETAIN_DEFAULT_NS = 7n * 24n * 3600n * 1_000_000_000n;
const TIME_MAX_NS = 2n ** 64n - 1n;
/** Old points that one write drops, so that none takes long. */
const DROPPED_PER_WRITE = 256;

/** Everything there is to know. Points that are too old count as gone, dropped or not. */
interface State {
  readonly series: Map<string, Series>;
  retainNs: bigint;
  /** Points ever written, repetitions not counted. */
  totalSets: number;
  /** Time of the newest write. */
  appliedNs: bigint;
}

function initial(): State {
  return { series: new Map(), retainNs: RETAIN_DEFAULT_NS, totalSets: 0, appliedNs: 0n };
}

/** What lies at or before it is gone. */
function cutoff(state: Readonly<State>, nowNs: bigint): bigint {
  return nowNs - state.retainNs;
}

function write(state: State, args: readonly string[], nowNs: bigint): typeof OK {
  const [measurement = '', time = '', fields = ''] = args;
  if (/\s/.test(measurement) || /\s/.test(fields)) throw new CommandError('ERR syntax error');
  const point: Point = { timeNs: parseTime(time, nowNs), fields };
  state.appliedNs = nowNs;
  const cutNs = cutoff(state, nowNs);
  const series = state.series.get(measurement) ?? new Series();
  if (point.timeNs <= cutNs) {
    // Too old to be kept: it counts as written and dropped.
    state.totalSets++;
  } else if (series.add(point)) {
    state.totalSets++;
    state.series.set(measurement, series);
  }
  dropOld(state, measurement, cutNs);
  return OK;
}

/** Drops old points of the measurement just written, and of the one that has waited longest. */
function dropOld(state: State, written: string, cutNs: bigint): void {
  const [waiting = written] = state.series.keys();
  for (const measurement of new Set([written, waiting])) {
    const series = state.series.get(measurement);
    if (series === undefined) continue;
    series.dropUpTo(cutNs, DROPPED_PER_WRITE);
    state.series.delete(measurement);
    // At the end of the map: it now waits behind all others.
    if (series.size > 0) state.series.set(measurement, series);
  }
}

function query(state: Readonly<State>, args: readonly string[], nowNs: bigint): readonly string[] {
  const [measurement = '', start = '', end = '', limitText = ''] = args;
  const startNs = parseTime(start, nowNs);
  const endNs = parseTime(end, nowNs);
  const limit = limitText === 'all' ? Infinity : parseLimit(limitText);
  const oldestNs = cutoff(state, nowNs) + 1n;
  const fromNs = startNs < oldestNs ? oldestNs : startNs;
  const points = state.series.get(measurement)?.between(fromNs, endNs, limit) ?? [];
  return points.map(({ timeNs, fields }) => `${measurement} ${timeNs} ${fields}`);
}

function retain(state: State, args: readonly string[], nowNs: bigint): typeof OK | string {
  const [text] = args;
  if (text === undefined) return formatGoDuration(state.retainNs);
  const retainNs = parseGoDuration(text);
  if (retainNs === null || retainNs < 0n) throw new CommandError('ERR syntax error');
  // What is gone by the old rule must not come back by the new one.
  for (const [measurement, series] of state.series) {
    series.dropUpTo(cutoff(state, nowNs));
    if (series.size === 0) state.series.delete(measurement);
  }
  state.appliedNs = nowNs;
  state.retainNs = retainNs;
  return OK;
}

function stats(state: Readonly<State>, nowNs: bigint): ReadonlyMap<string, string> {
  const cutNs = cutoff(state, nowNs);
  const counts = [...state.series.values()].map((series) => series.countAfter(cutNs));
  const points = counts.reduce((sum, count) => sum + count, 0);
  return new Map([
    ['num_measurements', String(counts.filter((count) => count > 0).length)],
    ['num_points', String(points)],
    ['retain', formatGoDuration(state.retainNs)],
    ['total_dels', String(state.totalSets - points)],
    ['total_sets', String(state.totalSets)],
  ]);
}

/** `now`, nanoseconds since 1970, or a duration from now. */
function parseTime(text: string, nowNs: bigint): bigint {
  if (text === 'now') return nowNs;
  if (/^[0-9]{1,20}$/.test(text) && BigInt(text) <= TIME_MAX_NS) return BigInt(text);
  const duration = parseGoDuration(text);
  if (duration === null) throw new CommandError(`ERR time: invalid duration ${quoted(text)}`);
  return nowNs + duration;
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 128));
}

function parseLimit(text: string): number {
  const limit = /^[0-9]{1,15}$/.test(text) ? Number(text) : -1;
  if (limit < 0) throw new CommandError('ERR value is not an integer or out of range');
  return limit;
}

/** One line of JSON for everything but the points, then one for each. */
function* save(state: Readonly<State>): Generator<string> {
  const { retainNs, totalSets, appliedNs, series } = state;
  const head = { retainNs: String(retainNs), totalSets, appliedNs: String(appliedNs) };
  yield `${JSON.stringify(head)}\n`;
  const fromNs = cutoff(state, appliedNs) + 1n;
  for (const measurement of [...series.keys()].sort()) {
    const points = series.get(measurement)?.between(fromNs, TIME_MAX_NS * 2n, Infinity) ?? [];
    for (const { timeNs, fields } of points) {
      yield `${JSON.stringify([measurement, String(timeNs), fields])}\n`;
    }
  }
}

function load(bytes: Uint8Array): State {
  const [head = '', ...lines] = Buffer.from(bytes).toString('utf8').split('\n');
  const { retainNs, totalSets, appliedNs } = JSON.parse(head) as SavedHead;
  const state: State = {
    series: new Map(),
    retainNs: BigInt(retainNs),
    totalSets,
    appliedNs: BigInt(appliedNs),
  };
  for (const line of lines) {
    if (line === '') continue;
    const [measurement, timeNs, fields] = JSON.parse(line) as [string, string, string];
    const series = state.series.get(measurement) ?? new Series();
    series.add({ timeNs: BigInt(timeNs), fields });
    state.series.set(measurement, series);
  }
  return state;
}

interface SavedHead {
  readonly retainNs: string;
  readonly totalSets: number;
  readonly appliedNs: string;
}

/** Measurements over time, kept for a while. */
export const timeseries = defineMachine({
  name: 'timeseries',
  version: '1.0.0',
  initial,
  commands: {
    WRITE: {
      kind: 'write',
      arity: 4,
      summary: 'Adds a point to a measurement.',
      complexity: 'O(log N)',
      arguments: [
        { name: 'measurement', type: 'string' },
        { name: 'time', type: 'string' },
        { name: 'fields', type: 'string' },
      ],
      run: ({ state, args, nowNs }) => write(state, args, nowNs()),
    },
    QUERY: {
      kind: 'read',
      arity: 5,
      summary: 'Returns the points of a measurement from start up to end.',
      complexity: 'O(log N + M) for M points',
      arguments: [
        { name: 'measurement', type: 'string' },
        { name: 'start', type: 'string' },
        { name: 'end', type: 'string' },
        { name: 'limit', type: 'string' },
      ],
      run: ({ state, args, nowNs }) => query(state, args, nowNs()),
    },
    RETAIN: {
      kind: 'write',
      arity: -1,
      summary: 'Returns or sets how long points are kept.',
      arguments: [{ name: 'duration', type: 'string', optional: true }],
      run: ({ state, args, nowNs }) => {
        if (args.length > 1) throw new CommandError('ERR syntax error');
        return retain(state, args, nowNs());
      },
    },
    STATS: {
      kind: 'read',
      arity: 1,
      summary: 'Returns counters as a map.',
      run: ({ state, nowNs }) => stats(state, nowNs()),
    },
  },
  snapshot: { write: save, read: load },
  size: (state) => state.series.size,
});
