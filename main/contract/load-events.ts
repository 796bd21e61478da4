import type { LoadCounts, LoadOperation, LoadVerdict, LoadView, LoadViolation } from './load.ts';
import type { EventView } from './model.ts';

/*
 * A run of the workload among the events of its cluster: when it began and ended, the verdict, and what no
 * order explains. So a recording holds it, and whoever opens that without the cluster can read it there.
 */

/** An event as the host notes it. */
export type LoadEvent = Pick<EventView, 'type' | 'fields' | 'timeMs'>;

/**
 * What a run tells when it begins, when its last operation has ended, and when it was checked.
 *
 * @param nowMs when it was checked, Unix ms
 */
export function loadEvents(view: LoadView, nowMs: number): readonly LoadEvent[] {
  const { runId, request, counts, endReason, startedAtMs, endedAtMs, verdict, problem } = view;
  if (view.state === 'running') {
    return [{ type: 'load-started', fields: { runId, ...request }, timeMs: startedAtMs }];
  }
  if (view.state === 'checking') {
    const fields = { runId, reason: endReason, ...counts };
    return [{ type: 'load-ended', fields, timeMs: endedAtMs ?? nowMs }];
  }
  if (verdict === null) {
    return [{ type: 'load-verdict', fields: { runId, verdict: null, problem }, timeMs: nowMs }];
  }
  const { violations, ...figures } = verdict;
  const said = { runId, ...figures, violations: violations.length, problem };
  return [
    ...violations.map((violation) => violationEvent(runId, violation, startedAtMs)),
    { type: 'load-verdict', fields: said, timeMs: nowMs },
  ];
}

/** It stands where the first of the operations began that cannot come next. */
function violationEvent(runId: string, violation: LoadViolation, startedAtMs: number): LoadEvent {
  const { key, operations, after, stuckOn } = violation;
  const [first] = stuckOn;
  const { id, action, value, client } = first ?? { id: 0, action: 'read', value: null, client: 0 };
  return {
    type: 'load-violation',
    fields: { runId, key, id, action, value, client, operations, after, stuckOn },
    timeMs: first?.fromMs ?? startedAtMs,
  };
}

/** A run as its events tell it; null for what is not among them. */
export interface LoadStory {
  readonly runId: string;
  readonly startedAtMs: number | null;
  readonly endedAtMs: number | null;
  /** What was asked of it. */
  readonly clients: number | null;
  readonly opsPerSecond: number | null;
  readonly counts: LoadCounts | null;
  readonly verdict: LoadVerdict | null;
  /** Whether it was checked; without a verdict then `problem` says why. */
  readonly isChecked: boolean;
  readonly problem: string | null;
}

/** The runs that these events tell of, in the order of their first one. They may be another machine's. */
export function loadStories(events: readonly EventView[]): readonly LoadStory[] {
  const runs = new Map<string, EventView[]>();
  for (const event of events) {
    const { runId } = event.fields;
    if (!TYPES.has(event.type) || typeof runId !== 'string') continue;
    runs.set(runId, [...(runs.get(runId) ?? []), event]);
  }
  return [...runs].map(([runId, told]) => storyOf(runId, told));
}

const TYPES: ReadonlySet<string> = new Set([
  'load-started',
  'load-ended',
  'load-violation',
  'load-verdict',
]);

function storyOf(runId: string, told: readonly EventView[]): LoadStory {
  const find = (type: string): EventView | undefined => told.find((event) => event.type === type);
  const [started, ended, checked] = ['load-started', 'load-ended', 'load-verdict'].map(find);
  const violations = told.filter(({ type }) => type === 'load-violation').map(violationOf);
  const problem = checked?.fields['problem'];
  return {
    runId,
    startedAtMs: started?.timeMs ?? null,
    endedAtMs: ended?.timeMs ?? null,
    clients: started === undefined ? null : count(started.fields['clients']),
    opsPerSecond: started === undefined ? null : count(started.fields['opsPerSecond']),
    counts: ended === undefined ? null : countsOf(ended.fields),
    verdict: checked === undefined ? null : verdictOf(checked.fields, violations),
    isChecked: checked !== undefined,
    problem: typeof problem === 'string' ? problem : null,
  };
}

type Fields = EventView['fields'];

function countsOf(fields: Fields): LoadCounts {
  const [done, notDone, unknown] = [fields['done'], fields['notDone'], fields['unknown']];
  return { done: count(done), notDone: count(notDone), unknown: count(unknown) };
}

function verdictOf(fields: Fields, violations: readonly LoadViolation[]): LoadVerdict | null {
  const { verdict } = fields;
  if (verdict !== 'linearizable' && verdict !== 'not linearizable' && verdict !== 'undecided') {
    return null;
  }
  return {
    verdict,
    keys: count(fields['keys']),
    undecidedKeys: count(fields['undecidedKeys']),
    unreadKeys: count(fields['unreadKeys']),
    operations: count(fields['operations']),
    elapsedMs: count(fields['elapsedMs']),
    violations,
  };
}

function violationOf({ fields }: EventView): LoadViolation {
  return {
    key: text(fields['key']) ?? '',
    operations: count(fields['operations']),
    after: operationsOf(fields['after']),
    stuckOn: operationsOf(fields['stuckOn']),
  };
}

function operationsOf(value: unknown): readonly LoadOperation[] {
  if (!Array.isArray(value)) return [];
  return (value as readonly unknown[]).flatMap((one) =>
    typeof one === 'object' && one !== null ? [operationOf(one as Fields)] : [],
  );
}

function operationOf(fields: Fields): LoadOperation {
  const { toMs } = fields;
  return {
    id: count(fields['id']),
    client: count(fields['client']),
    action: fields['action'] === 'write' ? 'write' : 'read',
    value: text(fields['value']),
    fromMs: count(fields['fromMs']),
    toMs: typeof toMs === 'number' ? toMs : null,
    outcome: fields['outcome'] === 'done' ? 'done' : 'unknown',
  };
}

function count(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
