import type { JSX } from 'react';

import './step-list.css';
import { Icon } from './icon.tsx';

export interface Step {
  readonly name: string;
  readonly state: 'waiting' | 'running' | 'done' | 'failed';
  readonly detail: string | null;
  /** 'took 0.3 s', at the end of the row. */
  readonly time: string | null;
}

const WORDS: Readonly<Record<Step['state'], string>> = {
  waiting: 'not yet',
  running: 'under way',
  done: 'done',
  failed: 'failed',
};

/** What happens in which order, and how far it is. */
export function StepList({
  steps,
  label,
}: {
  readonly steps: readonly Step[];
  readonly label: string;
}): JSX.Element {
  return (
    <ol className="steps" aria-label={label}>
      {steps.map(({ name, state, detail, time }) => (
        <li key={name} className={`step step-${state}`}>
          <span className="step-mark" aria-hidden="true">
            {state === 'done' && <Icon name="check" size={12} />}
            {state === 'failed' && <Icon name="close" size={12} />}
          </span>
          <span className="step-text">
            <span className="step-name">{name}</span>
            <span className="visually-hidden">, {WORDS[state]}. </span>
            {detail !== null && <span className="step-detail">{detail}</span>}
          </span>
          {time !== null && <span className="step-time">{time}</span>}
        </li>
      ))}
    </ol>
  );
}
