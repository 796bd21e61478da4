import type { JSX } from 'react';

import type { ClusterView } from '../../../main/contract/model.ts';
import { StepList } from '../../ui/step-list.tsx';
import { shownStep } from '../clusters/creation-steps.ts';

/** How far a cluster is that is being started, or where that failed; nothing once it runs. */
export function Starting({ view }: { readonly view: ClusterView }): JSX.Element | null {
  const { operation } = view;
  if (operation === null || operation.kind === 'add-peer' || operation.state === 'done')
    return null;
  return (
    <section className="inspector-part" aria-label="Starting the cluster">
      <h2>{operation.state === 'running' ? 'Starting' : 'Not started'}</h2>
      <StepList label="Steps of starting the cluster" steps={operation.steps.map(shownStep)} />
    </section>
  );
}
