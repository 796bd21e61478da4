import { type JSX, useEffect, useState } from 'react';

import type { ClusterView } from '../../../main/contract/model.ts';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { useActReason, useApp, useBusy } from '../app-context.tsx';
import type { ActiveFault, Effect } from './active-faults.ts';
import { FAULT_ICONS } from './fault-icons.ts';
import { extendOne, healOne } from './heal.ts';
import { LeaseClock } from './lease-clock.ts';

interface FaultTableProps {
  readonly view: ClusterView;
  readonly faults: readonly ActiveFault[];
  /** The lease that an extension gives. */
  readonly leaseMs: number;
}

/** What is broken now: for how long still, and what it has been seen to do. */
export function FaultTable({ view, faults, leaseMs }: FaultTableProps): JSX.Element {
  const [clock] = useState(() => new LeaseClock());
  useEffect(() => clock.keep(faults), [clock, faults]);
  if (faults.length === 0) {
    return (
      <p className="chaos-quiet muted">
        Nothing is broken on purpose. Every fault is listed here, with what it is measured to do.
      </p>
    );
  }
  return (
    <table className="fault-table" aria-label="Active faults">
      <thead>
        <tr>
          <th scope="col">Active faults</th>
          <th scope="col">Lease</th>
          <th scope="col">Measured effect</th>
          <th scope="col">
            <span className="visually-hidden">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {faults.map((row) => (
          <FaultRow
            key={row.key}
            view={view}
            row={row}
            wholeMs={clock.whole(row)}
            leaseMs={leaseMs}
          />
        ))}
      </tbody>
    </table>
  );
}

function FaultRow({
  view,
  row,
  wholeMs,
  leaseMs,
}: {
  readonly view: ClusterView;
  readonly row: ActiveFault;
  readonly wholeMs: number | null;
  readonly leaseMs: number;
}): JSX.Element {
  const app = useApp();
  const reason = useActReason();
  const healing = useBusy(`heal/${view.id}/${row.key}`);
  const extending = useBusy(`extend/${view.id}/${row.key}`);
  const back = row.sign === 'freeze' ? 'Resume' : row.sign === 'kill' ? 'Start' : 'Heal';
  return (
    <tr>
      <th scope="row">
        <span className="fault-name">
          <Icon name={FAULT_ICONS[row.sign]} />
          <span className="truncate" title={row.title}>
            {row.title}
          </span>
        </span>
      </th>
      <td>
        {row.leftMs === null || wholeMs === null ? (
          <span className="muted">until healed</span>
        ) : (
          <Lease leftMs={row.leftMs} wholeMs={wholeMs} title={row.title} />
        )}
      </td>
      <td>
        <EffectCell effect={row.effect} />
      </td>
      <td>
        <span className="fault-actions">
          {row.leftMs !== null && (
            <Button
              size="small"
              busy={extending}
              disabledReason={reason}
              onClick={() => extendOne(app, view, row, leaseMs)}
            >
              Extend<span className="visually-hidden"> {row.title}</span>
            </Button>
          )}
          <Button
            size="small"
            busy={healing}
            disabledReason={reason}
            onClick={() => healOne(app, view, row)}
          >
            {back}
            <span className="visually-hidden"> {row.title}</span>
          </Button>
        </span>
      </td>
    </tr>
  );
}

function Lease({
  leftMs,
  wholeMs,
  title,
}: {
  readonly leftMs: number;
  readonly wholeMs: number;
  readonly title: string;
}): JSX.Element {
  const left = Math.ceil(leftMs / 1000);
  const whole = Math.round(wholeMs / 1000);
  const share = Math.max(0, Math.min(1, leftMs / wholeMs));
  return (
    <span className="lease">
      <svg
        className="lease-bar"
        viewBox="0 0 100 6"
        preserveAspectRatio="none"
        role="meter"
        aria-label={`Lease of ${title}`}
        aria-valuemin={0}
        aria-valuemax={whole}
        aria-valuenow={Math.min(left, whole)}
        aria-valuetext={`${String(left)} of ${String(whole)} seconds left`}
      >
        <rect className="lease-whole" width={100} height={6} />
        <rect className="lease-left" width={100 * share} height={6} />
      </svg>
      <span className="lease-words">
        <strong>{left} s</strong> of {whole}
      </span>
    </span>
  );
}

const EFFECT_MARKS: Readonly<Record<Effect['state'], JSX.Element>> = {
  seen: <Icon name="check" />,
  waiting: <span className="dot dot-hollow" />,
  unlike: <Icon name="warning" />,
};
const EFFECT_WORDS = { seen: 'Works:', waiting: 'Not seen yet:', unlike: 'Not as asked:' } as const;

function EffectCell({ effect: { state, text } }: { readonly effect: Effect }): JSX.Element {
  return (
    <span className={`effect effect-${state}`}>
      {EFFECT_MARKS[state]}
      <span className="visually-hidden">{EFFECT_WORDS[state]}</span>
      <span className="truncate" title={text}>
        {text}
      </span>
    </span>
  );
}
