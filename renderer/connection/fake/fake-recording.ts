import type { Result } from '../../../main/contract/errors.ts';
import type { HostApi, HostCall } from '../../../main/contract/host-api.ts';
import type { LoadView } from '../../../main/contract/load.ts';
import { type LoadEvent, loadEvents } from '../../../main/contract/load-events.ts';
import {
  explainsMetrics,
  metricsPointOf,
  type MetricsPoint,
  thinnedPoints,
} from '../../../main/contract/metrics.ts';
import type { EventView } from '../../../main/contract/model.ts';
import type { BookmarkView, OutlineSlice, SampleView } from '../../../main/contract/recording.ts';
import { failed } from '../calls.ts';
import type { FakeCluster } from './fake-cluster.ts';
import { fakeFaultViews } from './fake-faults.ts';
import { fakeLoadView } from './fake-load.ts';
import { fakeView } from './fake-views.ts';

/** The recording of a scripted cluster is as long as this. */
const LENGTH_MS = 21 * 60_000;
const SLICES = 120;
/** How long the election took that made the present leader. */
const ELECTION_MS = 620;

type Request = Parameters<HostApi['readRecording']>[0] &
  Parameters<HostApi['readMoment']>[0] &
  Parameters<HostApi['findStep']>[0] &
  Parameters<HostApi['addBookmark']>[0];

const bookmarks: BookmarkView[] = [];

/** What the scripted host says of the past; undefined for a call that is not about it. */
export function answerRecordingCall(
  cluster: FakeCluster,
  name: HostCall,
  request: unknown,
  nowMs: number,
): Result<unknown> | undefined {
  const { fromMs, toMs, atMs, direction, label } = request as Request;
  const marks = fakeMarks(cluster, nowMs);
  switch (name) {
    case 'readRecording':
      return { ok: true, value: { ...fakeRecording(cluster, nowMs), fromMs, toMs, marks } };
    case 'readMetrics': {
      const points = fakeMetrics(
        cluster,
        Math.max(fromMs, nowMs - LENGTH_MS),
        Math.min(toMs, nowMs),
      );
      const shown = marks.filter((mark) => explainsMetrics(mark) && mark.timeMs >= fromMs);
      const about = { clusterId: cluster.id, fromMs, toMs };
      return { ok: true, value: { ...about, points: thinnedPoints(points, 600), marks: shown } };
    }
    case 'readMoment':
      if (atMs < nowMs - LENGTH_MS) {
        return failed('E_NOT_FOUND', `Nothing was recorded of ${cluster.name} up to that time.`);
      }
      return {
        ok: true,
        value: {
          view: fakeView(cluster, atMs),
          pictureMs: atMs,
          samples: fakeSamples(cluster, atMs - 60_000, atMs, nowMs),
          marks: marks.filter(({ timeMs }) => timeMs <= atMs),
        },
      };
    case 'findStep': {
      const found =
        direction === 'next'
          ? marks.find(({ timeMs }) => timeMs > atMs)
          : marks.findLast(({ timeMs }) => timeMs < atMs);
      const value = found === undefined ? null : { timeMs: found.timeMs, event: found };
      return { ok: true, value };
    }
    case 'addBookmark': {
      const bookmark = { id: `b${String(bookmarks.length)}`, timeMs: atMs, label };
      bookmarks.push(bookmark);
      return { ok: true, value: bookmark };
    }
    case 'removeBookmark':
      bookmarks.pop();
      return { ok: true, value: null };
    default:
      return undefined;
  }
}

/** A figure a second; the leader of before led until the present one was elected. */
function fakeMetrics(cluster: FakeCluster, fromMs: number, toMs: number): readonly MetricsPoint[] {
  const changedMs = cluster.leaderChangedAtMs ?? 0;
  const points: MetricsPoint[] = [];
  for (let timeMs = Math.floor(fromMs / 1000) * 1000; timeMs <= toMs; timeMs += 1000) {
    const isBefore = timeMs < changedMs;
    const isBetween = isBefore && timeMs > changedMs - 2_000;
    const leaderId = isBetween
      ? null
      : isBefore
        ? (previousLeader(cluster) ?? null)
        : cluster.leaderId;
    const wave = Math.sin(timeMs / 9_000) + Math.sin(timeMs / 2_300) / 2;
    const then = cluster.nodes.map((node) => {
      const ran = node.exitedAtMs !== null && node.exitedAtMs > timeMs;
      return ran ? { ...node, process: 'running' as const, exitedAtMs: null } : node;
    });
    const point = metricsPointOf(fakeView({ ...cluster, nodes: then, leaderId }, timeMs));
    const nodes = Object.entries(point.nodes).map(([id, node], at) => {
      const drift = Math.sin(timeMs / (4_000 + at * 700)) * (at + 1);
      const lag = node.lag === null ? null : Math.max(0, Math.round(node.lag + drift));
      const residentBytes = Math.round(node.residentBytes + drift * 600_000);
      const fsyncP99Ms = Math.max(0.2, (node.fsyncP99Ms ?? 1) + drift / 9);
      return [id, { ...node, lag, residentBytes, fsyncP99Ms }] as const;
    });
    const term = isBefore ? cluster.term - 1 : cluster.term;
    const operationsPerSecond =
      point.operationsPerSecond === null ? null : point.operationsPerSecond + 9 * wave;
    points.push({ ...point, term, operationsPerSecond, nodes: Object.fromEntries(nodes) });
  }
  return points;
}

function fakeRecording(cluster: FakeCluster, nowMs: number) {
  const startMs = nowMs - LENGTH_MS;
  const before = cluster.nodes.map(({ id, voter }) => ({
    nodeId: id,
    process: 'running',
    connected: true,
    role: id === previousLeader(cluster) ? 'leader' : 'follower',
    voter,
    term: cluster.term - 1,
  }));
  return {
    clusterId: cluster.id,
    startMs,
    endMs: nowMs,
    eventsFromMs: startMs,
    before,
    marksLeftOut: 0,
    samples: fakeSamples(cluster, nowMs - 10 * 60_000, nowMs, nowMs),
    gaps: [],
    bookmarks,
    outline: fakeOutline(startMs),
    problem: null,
  };
}

function previousLeader({ nodes, leaderId }: FakeCluster): string | undefined {
  return nodes.find(({ id }) => id !== leaderId)?.id;
}

function fakeSamples(
  cluster: FakeCluster,
  fromMs: number,
  toMs: number,
  nowMs: number,
): readonly SampleView[] {
  const samples: SampleView[] = [];
  for (let timeMs = Math.ceil(fromMs / 500) * 500; timeMs <= toMs; timeMs += 500) {
    // A little up and down, the same each time it is drawn.
    const jitter = Math.round(8 * Math.sin(timeMs / 1_700));
    const behindMs = nowMs - timeMs;
    const written = Math.round((cluster.writesPerSecond * behindMs) / 1000);
    samples.push({
      timeMs,
      leaderId: cluster.leaderId,
      term: cluster.term,
      commitIndex: Math.max(0, cluster.commitIndex - written + jitter),
      commitP99Ms: 3.4,
      lagById: Object.fromEntries(
        cluster.nodes
          .filter(({ id }) => id !== cluster.leaderId)
          .map(({ id, lag }) => [id, behindMs < 5_000 ? lag : 0]),
      ),
    });
  }
  return samples;
}

function fakeMarks(cluster: FakeCluster, nowMs: number): readonly EventView[] {
  const events: (readonly [string, number, string, Record<string, unknown>, boolean])[] = [];
  const { leaderId, term } = cluster;
  const wonMs = cluster.leaderChangedAtMs;
  if (leaderId !== null && wonMs !== null) {
    const old = previousLeader(cluster);
    if (old !== undefined) {
      const lostMs = wonMs - ELECTION_MS;
      events.push([old, lostMs, 'process-exited', { reason: 'SIGKILL', asked: 'kill' }, true]);
      events.push([old, lostMs + 13_400, 'process-started', { pid: 4_711 }, true]);
      const role = { role: 'follower', term, reason: 'heard the leader' };
      events.push([old, lostMs + 13_900, 'role', role, false]);
    }
    const asks = { role: 'candidate', term, leaderId: null, reason: 'election timeout' };
    events.push([leaderId, wonMs - 40, 'role', asks, false]);
    for (const { id } of cluster.nodes) {
      if (id === leaderId || id === old) continue;
      const vote = { term, preVote: false, from: leaderId, to: id };
      events.push([leaderId, wonMs - 39, 'vote-requested', vote, false]);
      const answer = { term, preVote: false, candidate: leaderId, granted: true };
      events.push([id, wonMs - 20, 'vote-answered', { ...answer, reason: 'granted' }, false]);
    }
    const won = { role: 'leader', term, leaderId, reason: 'won election' };
    events.push([leaderId, wonMs, 'role', won, false]);
  }
  for (const node of cluster.nodes) {
    const { id, exitedAtMs, exitReason } = node;
    if (exitedAtMs !== null) {
      events.push([id, exitedAtMs, 'process-exited', { reason: exitReason, asked: 'kill' }, true]);
    }
    for (const { id: faultId, kind, description } of fakeFaultViews(node, nowMs)) {
      const sinceMs = node.faults.find((one) => one.id === faultId)?.sinceMs ?? nowMs;
      const fault = { id: faultId, kind, description, state: 'in force' };
      events.push([id, sinceMs, 'fault', fault, false]);
    }
  }
  for (const { type, fields, timeMs } of fakeLoadEvents(cluster, nowMs)) {
    events.push([leaderId ?? '1', timeMs, type, { ...fields }, true]);
  }
  const snapshot = { index: cluster.commitIndex - 2_000 };
  events.push([cluster.nodes[0]?.id ?? '1', nowMs - 18_500, 'snapshot-taken', snapshot, false]);
  return events
    .sort((left, right) => left[1] - right[1])
    .map(([nodeId, timeMs, type, fields, byHost], at) => ({
      sequence: at + 1,
      clusterId: cluster.id,
      nodeId,
      nodeSequence: byHost ? null : at + 1,
      timeMs,
      type,
      fields,
    }));
}

/** What its load has told so far: all that it would have, had it been watched. */
function fakeLoadEvents(cluster: FakeCluster, nowMs: number): readonly LoadEvent[] {
  const load = fakeLoadView(cluster, nowMs);
  if (load === null) return [];
  const states: readonly LoadView['state'][] =
    load.state === 'ended' ? ['running', 'checking', 'ended'] : ['running'];
  return states.flatMap((state) => {
    return loadEvents({ ...load, state }, (load.endedAtMs ?? nowMs) + 400);
  });
}

function fakeOutline(startMs: number): readonly OutlineSlice[] {
  const lengthMs = LENGTH_MS / SLICES;
  return Array.from({ length: SLICES }, (_, at) => ({
    fromMs: startMs + at * lengthMs,
    toMs: startMs + (at + 1) * lengthMs,
    led: at === 47 ? 0.2 : 1,
    mark: at === 47 ? 'crash' : at === 48 ? 'election' : at === 80 ? 'snapshot' : null,
  }));
}
