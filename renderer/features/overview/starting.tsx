import type { JSX } from 'react';

import type { ClusterView, OperationView } from '../../../main/contract/model.ts';
import { StepList } from '../../ui/step-list.tsx';
import { shownStep } from '../clusters/creation-steps.ts';
import { SlowStarts } from '../nodes/slow-starts.tsx';

/** How far a cluster is that is being started, or where that failed; nothing once it runs. */
export function Starting({ view }: { readonly view: ClusterView }): JSX.Element | null {
  const { operation } = view;
  if (operation === null || operation.kind === 'add-peer' || operation.kind === 'replace')
    return null;
  if (operation.state === 'done') {
    const report = operation.kind === 'restore' ? operation.steps.at(-1)?.detail : null;
    return typeof report !== 'string' ? null : (
      <section className="inspector-part" aria-label="Restored from a snapshot">
        <h2>Restored from a snapshot</h2>
        <p>
          <span className="ok-sign">✓</span> {report}
        </p>
      </section>
    );
  }
  return (
    <section className="inspector-part" aria-label="Starting the cluster">
      <h2>{titleOf(operation)}</h2>
      <StepList label="Steps of starting the cluster" steps={operation.steps.map(shownStep)} />
      {operation.state === 'running' && <SlowStarts view={view} />}
    </section>
  );
}

function titleOf({ kind, state }: OperationView): string {
  if (kind === 'restore') return state === 'running' ? 'Restoring' : 'Not restored';
  return state === 'running' ? 'Starting' : 'Not started';
}
