import type { Result } from '../../../main/contract/errors.ts';
import type { HostApi, HostCall } from '../../../main/contract/host-api.ts';
import type {
  LoadOperation,
  LoadRequest,
  LoadVerdict,
  LoadView,
} from '../../../main/contract/load.ts';
import { failed } from '../calls.ts';
import type { FakeCluster } from './fake-cluster.ts';

/** The load of a scripted cluster: its figures are given, not measured. */
export interface FakeLoad {
  readonly request: LoadRequest;
  readonly startedAtMs: number;
  endedAtMs: number | null;
  /** A stretch in which nothing was done, milliseconds after its beginning; null for none. */
  readonly gap: { readonly fromMs: number; readonly lengthMs: number } | null;
  readonly verdict: LoadVerdict['verdict'];
}

/** What the scripted host answers about loads; undefined for a call that is not about them. */
export function answerLoadCall(
  cluster: FakeCluster,
  name: HostCall,
  request: unknown,
  nowMs: number,
): Result<unknown> | undefined {
  switch (name) {
    case 'startLoad': {
      const { clusterId: _, ...figures } = request as Parameters<HostApi['startLoad']>[0];
      const rest = { endedAtMs: null, gap: null, verdict: 'linearizable' } as const;
      cluster.load = { request: figures, startedAtMs: nowMs, ...rest };
      return { ok: true, value: null };
    }
    case 'stopLoad':
      if (cluster.load === null) return failed('E_STATE', `No load runs in ${cluster.name}.`);
      cluster.load.endedAtMs ??= nowMs;
      return { ok: true, value: null };
    case 'saveLoadHistory': {
      const path = `/var/lib/raftdeck/clusters/${cluster.id}/loads/5f2c.jsonl`;
      return { ok: true, value: { path, operations: 3_420, bytes: 461_700 } };
    }
    default:
      return undefined;
  }
}

/** The load as the contract shows it. */
export function fakeLoadView({ id, load }: FakeCluster, nowMs: number): LoadView | null {
  if (load === null) return null;
  const { request, startedAtMs, gap } = load;
  const endMs = startedAtMs + request.durationMs;
  const endedAtMs = load.endedAtMs ?? (nowMs >= endMs ? endMs : null);
  const untilMs = endedAtMs ?? nowMs;
  const whole = Math.floor((untilMs - startedAtMs) / 1000);
  const rate = request.opsPerSecond;
  const all = Array.from({ length: whole }, (_, at) => {
    const inGap =
      gap !== null && at >= gap.fromMs / 1000 && at < (gap.fromMs + gap.lengthMs) / 1000;
    const done = inGap ? 0 : Math.round(rate * (0.985 + 0.015 * Math.sin(at * 1.7)));
    return {
      timeMs: startedAtMs + at * 1000,
      done,
      notDone: inGap ? 14 : 0,
      unknown: inGap ? 1 : 0,
      p50Ms: inGap ? null : 1.4 + 0.2 * Math.sin(at),
      p99Ms: inGap ? null : 4.8 + 0.9 * Math.sin(at / 2),
    };
  });
  const sum = (pick: (second: (typeof all)[number]) => number): number =>
    all.reduce((total, second) => total + pick(second), 0);
  const counts = {
    done: sum(({ done }) => done),
    notDone: sum(({ notDone }) => notDone),
    unknown: sum(({ unknown }) => unknown),
  };
  return {
    clusterId: id,
    runId: '5f2c',
    request,
    state: endedAtMs === null ? 'running' : 'ended',
    startedAtMs,
    endedAtMs,
    endReason:
      endedAtMs === null ? null : endedAtMs === endMs ? 'its time was over' : 'it was stopped',
    counts,
    donePerSecond: all.at(-1)?.done ?? 0,
    p50Ms: 1.4,
    p99Ms: 4.9,
    longestGapMs: gap?.lengthMs ?? 21,
    longestGapAtMs: startedAtMs + (gap?.fromMs ?? 0),
    errors:
      counts.notDone === 0
        ? []
        : [
            { kind: 'CLUSTERDOWN', outcome: 'not done', count: counts.notDone },
            { kind: 'no answer within 1.5 s', outcome: 'unknown', count: counts.unknown },
          ],
    seconds: all.slice(-60),
    verdict: endedAtMs === null ? null : fakeVerdict(load, counts.done),
    keysDeleted: endedAtMs !== null && load.verdict === 'linearizable',
    soFar:
      endedAtMs !== null
        ? null
        : {
            verdict: load.verdict,
            operations: counts.done + counts.unknown,
            upToMs: nowMs - 1_400,
          },
    problem: null,
  };
}

function fakeVerdict({ verdict, startedAtMs, request }: FakeLoad, done: number): LoadVerdict {
  const operation = (
    number: number,
    action: 'read' | 'write',
    value: string,
    [fromMs, toMs]: readonly [number, number],
  ): LoadOperation => ({
    id: number,
    client: number % request.clients,
    action,
    value,
    fromMs: startedAtMs + fromMs,
    toMs: startedAtMs + toMs,
    outcome: 'done',
  });
  return {
    verdict,
    keys: request.keys,
    undecidedKeys: verdict === 'undecided' ? 3 : 0,
    unreadKeys: 0,
    operations: done,
    elapsedMs: 212,
    violations:
      verdict !== 'not linearizable'
        ? []
        : [
            {
              key: 'raftdeck:load:5f2c:17',
              operations: 188,
              after: [
                operation(1_201, 'write', '611', [8_101.2, 8_102.9]),
                operation(1_208, 'write', '618', [8_131.4, 8_133.1]),
              ],
              stuckOn: [operation(1_214, 'read', '611', [8_160.3, 8_161.6])],
            },
          ],
  };
}
