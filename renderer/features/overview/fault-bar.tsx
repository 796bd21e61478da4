import type { JSX } from 'react';

import type { ClusterView } from '../../../main/contract/model.ts';
import { formatDuration } from '../../ui/format.ts';
import { Icon } from '../../ui/icon.tsx';
import { activeFaultsOf } from '../chaos/active-faults.ts';
import { FAULT_ICONS } from '../chaos/fault-icons.ts';

interface FaultBarProps {
  readonly view: ClusterView;
  readonly nowMs: number;
}

/** The faults in force, as the nodes report them, with what is left of each lease. */
export function FaultBar({ view, nowMs }: FaultBarProps): JSX.Element | null {
  // A stopped process is there to be seen on the ring already.
  const faults = activeFaultsOf(view, nowMs).filter(({ leftMs }) => leftMs !== null);
  if (faults.length === 0) return null;
  return (
    <ul className="fault-bar" aria-label="Faults in force" tabIndex={0}>
      {faults.map(({ key, sign, title, effect, leftMs }) => (
        <li key={key}>
          <Icon name={FAULT_ICONS[sign]} />
          <strong className="truncate">{title}</strong>
          <span className="truncate muted">{effect.text}</span>
          {leftMs !== null && <span className="fault-lease">{formatDuration(leftMs)} left</span>}
        </li>
      ))}
    </ul>
  );
}
