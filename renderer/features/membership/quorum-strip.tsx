import { Fragment, type JSX } from 'react';

import { Icon } from '../../ui/icon.tsx';
import type { QuorumStage } from './quorum.ts';
import './quorum-strip.css';

interface QuorumStripProps {
  readonly stages: readonly QuorumStage[];
  /** The stage that is the present; it gets a box. */
  readonly present: number;
}

/** Before, now and after, each as its voters: what a change of members does to the quorum. */
export function QuorumStrip({ stages, present }: QuorumStripProps): JSX.Element {
  return (
    <ol className="quorum" aria-label="What changes for the quorum">
      {stages.map((stage, at) => (
        <Fragment key={at}>
          {at > 0 && (
            <li className="quorum-arrow" aria-hidden="true">
              <Icon name="chevron-right" />
            </li>
          )}
          <li
            className={at === present ? 'quorum-stage quorum-present' : 'quorum-stage'}
            aria-current={at === present ? 'step' : undefined}
          >
            <Dots stage={stage} />
            <strong>{stage.title}</strong>
            <span>{stage.note}</span>
          </li>
        </Fragment>
      ))}
    </ol>
  );
}

const DOT = 10;
const STEP = 13;

function Dots({ stage: { at } }: { readonly stage: QuorumStage }): JSX.Element {
  const { voters, up, nonVoters } = at;
  const count = voters + nonVoters;
  const width = Math.max(1, count) * STEP;
  return (
    <svg
      className="quorum-dots"
      viewBox={`0 0 ${String(width)} ${String(STEP)}`}
      aria-hidden="true"
      height={`${String(STEP / 16)}rem`}
    >
      {Array.from({ length: count }, (_, index) => (
        <circle
          key={index}
          className={
            index >= voters ? 'quorum-non-voter' : index < up ? 'quorum-up' : 'quorum-down'
          }
          cx={index * STEP + STEP / 2}
          cy={STEP / 2}
          r={DOT / 2 - 0.25}
        />
      ))}
    </svg>
  );
}
