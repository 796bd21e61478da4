import type { JSX } from 'react';

import type { ClusterView } from '../../../main/contract/model.ts';
import { formatDuration } from '../../ui/format.ts';
import { Icon } from '../../ui/icon.tsx';

interface FaultBarProps {
  readonly view: ClusterView;
  readonly nowMs: number;
}

/** The faults in force, as the nodes report them, with what is left of each lease. */
export function FaultBar({ view, nowMs }: FaultBarProps): JSX.Element | null {
  const faults = view.nodes.flatMap(({ id, name, heardAtMs, status }) =>
    (status?.faults ?? []).map((fault) => ({
      key: `${id}/${fault.id}`,
      name,
      description: fault.description,
      leftMs: fault.leaseMs - (nowMs - (heardAtMs ?? nowMs)),
    })),
  );
  if (faults.length === 0) return null;
  return (
    <ul className="fault-bar" aria-label="Faults in force">
      {faults.map(({ key, name, description, leftMs }) => (
        <li key={key}>
          <Icon name="fault" />
          <strong>{name}</strong>
          <span className="truncate">{description}</span>
          <span className="fault-lease">{formatDuration(leftMs)} left</span>
        </li>
      ))}
    </ul>
  );
}
