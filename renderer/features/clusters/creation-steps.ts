import type { OperationView, StepView } from '../../../main/contract/model.ts';
import { formatDuration, formatPlural } from '../../ui/format.ts';
import type { Step } from '../../ui/step-list.tsx';
import { portRange } from './create-form.ts';

/** The host's steps while there are some; before that, what they are going to be. */
export function creationSteps(
  nodes: number,
  ports: readonly [first: number, last: number] | null,
  operation: OperationView | null,
): readonly Step[] {
  if (operation !== null) return mergeStarts(operation.steps).map(shownStep);
  const waiting = (name: string, detail: string): Step => ({
    name,
    state: 'waiting',
    detail,
    time: null,
  });
  return [
    waiting('Choose ports', ports === null ? 'the next free ones' : portRange(ports[0], ports[1])),
    waiting(startName(nodes), nodes === 1 ? 'a process with its own log' : 'each with its own log'),
    waiting('Elect a leader', 'a first vote, 0.4 to 0.8 s'),
    waiting('Add the voters', 'then a redis-cli line to reach them'),
  ];
}

export function shownStep({ name, state, detail, elapsedMs }: StepView): Step {
  return { name, state, detail, time: elapsedMs === null ? null : formatDuration(elapsedMs) };
}

const START = /^Start node-/;

function startName(count: number): string {
  return `Start ${formatPlural(count, 'node')}`;
}

/** Nodes start side by side, so their steps are one row: nine of them would push the rest away. */
function mergeStarts(steps: readonly StepView[]): readonly StepView[] {
  const starts = steps.filter(({ name }) => START.test(name));
  const at = steps.findIndex(({ name }) => START.test(name));
  if (at < 0) return steps;
  const others = steps.filter(({ name }) => !START.test(name));
  return [...others.slice(0, at), mergedStart(starts), ...others.slice(at)];
}

function mergedStart(starts: readonly StepView[]): StepView {
  const done = starts.filter(({ state }) => state === 'done').length;
  const failed = starts.find(({ state }) => state === 'failed');
  const begun = starts.some(({ state }) => state !== 'waiting');
  const times = starts.flatMap(({ elapsedMs }) => (elapsedMs === null ? [] : [elapsedMs]));
  return {
    name: startName(starts.length),
    state:
      failed !== undefined
        ? 'failed'
        : done === starts.length
          ? 'done'
          : begun
            ? 'running'
            : 'waiting',
    detail:
      failed === undefined
        ? begun
          ? `${String(done)} of ${String(starts.length)} answer`
          : null
        : failureOf(failed),
    elapsedMs: times.length === 0 ? null : Math.max(...times),
  };
}

/** Which node it was, where the reason does not begin with that. */
function failureOf({ name, detail }: StepView): string {
  const node = name.replace(/^Start /, '');
  const reason = detail ?? 'no reason known';
  return reason.startsWith(`${node} `) ? reason : `${node}: ${reason}`;
}
