import type { OperationView } from '../../../main/contract/model.ts';
import { formatDuration, formatPlural } from '../../ui/format.ts';
import type { Step } from '../../ui/step-list.tsx';
import { portRange } from './create-form.ts';

/** The host's steps while there are some; before that, what they are going to be. */
export function creationSteps(
  nodes: number,
  ports: readonly [first: number, last: number] | null,
  operation: OperationView | null,
): readonly Step[] {
  if (operation !== null) {
    return operation.steps.map(({ name, state, detail, elapsedMs }) => ({
      name,
      state,
      detail,
      time: elapsedMs === null ? null : formatDuration(elapsedMs),
    }));
  }
  const waiting = (name: string, detail: string): Step => ({
    name,
    state: 'waiting',
    detail,
    time: null,
  });
  return [
    waiting('Ports', ports === null ? 'the next free ones' : portRange(ports[0], ports[1])),
    waiting('Processes', `${formatPlural(nodes, 'process', 'processes')}, each with its own log`),
    waiting('Election', 'a first vote, 0.4 to 0.8 s'),
    waiting('Leader', 'and a redis-cli line to reach it'),
  ];
}
