import { type JSX, useEffect, useState } from 'react';

import { Button } from './button.tsx';
import './waiting.css';

/** What is said of something that takes long: nothing, that it comes, what is awaited, how to leave. */
const STAGES_MS = [150, 1_000, 10_000] as const;

interface WaitingProps {
  /** 'Reading the keys of the leader': said once it takes longer than a glance. */
  readonly what: string;
  /** Lines that stand where the rows will; 0 where nobody knows the shape of what comes. */
  readonly rows?: number;
  /** What to do instead of waiting on, offered after ten seconds. */
  readonly leave?: { readonly label: string; readonly run: () => void };
}

/** Stands where something will be that has been asked for, and tells the more the longer it takes. */
export function Waiting({ what, rows = 4, leave }: WaitingProps): JSX.Element {
  const stage = useStage();
  return (
    <div className="waiting" role="status">
      {stage > 0 && rows > 0 && (
        <div className="waiting-rows" aria-hidden="true">
          {Array.from({ length: rows }, (_, at) => (
            <span key={at} className="waiting-row" />
          ))}
        </div>
      )}
      {stage > 1 && (
        <p className="muted">
          {what}
          {stage > 2 && '. This takes longer than it should.'}
        </p>
      )}
      {stage > 2 && leave !== undefined && (
        <p>
          <Button onClick={leave.run}>{leave.label}</Button>
        </p>
      )}
    </div>
  );
}

/** How many of the stages have passed since it was first shown. */
function useStage(): number {
  const [stage, setStage] = useState(0);
  useEffect(() => {
    const timers = STAGES_MS.map((ms, at) => setTimeout(() => setStage(at + 1), ms));
    return () => {
      for (const timer of timers) clearTimeout(timer);
    };
  }, []);
  return stage;
}
