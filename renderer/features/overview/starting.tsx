import type { JSX } from 'react';

import type { ClusterView, OperationView } from '../../../main/contract/model.ts';
import { StepList } from '../../ui/step-list.tsx';
import { shownStep } from '../clusters/creation-steps.ts';
import { SlowStarts } from '../nodes/slow-starts.tsx';

/** How far a cluster or a peer is that is being started, or where that failed; nothing once it runs. */
export function Starting({
  view,
  nodeId,
}: {
  readonly view: ClusterView;
  /** The node that is shown: of a peer that joins only its own inspector tells. */
  readonly nodeId: string;
}): JSX.Element | null {
  const { operation } = view;
  if (operation === null || operation.kind === 'replace') return null;
  if (operation.kind === 'add-peer') {
    return operation.nodeId === nodeId && operation.state !== 'done' ? (
      <Steps view={view} operation={operation} label="Adding the node" />
    ) : null;
  }
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
  return <Steps view={view} operation={operation} label="Starting the cluster" />;
}

function Steps({
  view,
  operation,
  label,
}: {
  readonly view: ClusterView;
  readonly operation: OperationView;
  readonly label: string;
}): JSX.Element {
  return (
    <section className="inspector-part" aria-label={label}>
      <h2>{titleOf(operation)}</h2>
      <StepList
        label={`Steps of ${label.charAt(0).toLowerCase()}${label.slice(1)}`}
        steps={operation.steps.map(shownStep)}
      />
      {operation.state === 'running' && <SlowStarts view={view} />}
    </section>
  );
}

function titleOf({ kind, state }: OperationView): string {
  if (kind === 'add-peer') return state === 'running' ? 'Adding it' : 'Not added';
  if (kind === 'restore') return state === 'running' ? 'Restoring' : 'Not restored';
  return state === 'running' ? 'Starting' : 'Not started';
}
