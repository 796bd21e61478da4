import type { JSX } from 'react';

import type { ClusterView, NodeView } from '../../../main/contract/model.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { formatBytes, formatPlural } from '../../ui/format.ts';
import { act } from '../act.ts';
import { useActReason, useApp } from '../app-context.tsx';
import { rangeWords } from './disk-bars.tsx';
import { planShrink, type ShrinkPlan, type Shrinking } from './shrink-plan.ts';

interface ShrinkSheetProps {
  readonly view: ClusterView;
  readonly nodes: readonly NodeView[];
  readonly onClose: () => void;
}

/** What would be freed, and who would then need a snapshot, before it is done. */
export function ShrinkSheet({ view, nodes, onClose }: ShrinkSheetProps): JSX.Element {
  const app = useApp();
  const reason = useActReason();
  const plan = planShrink(nodes);
  const { all, behind, spared } = plan;
  const shrink = (chosen: readonly Shrinking[]): void => {
    for (const { node, upTo } of chosen) {
      void act(app, {
        key: `shrink/${view.id}/${node.id}`,
        what: `Shrink the log of ${node.name}`,
        // What the sheet says is what goes: a snapshot made since then covers more.
        call: () => app.api.shrinkLog({ clusterId: view.id, nodeId: node.id, upTo }),
        done: () => ({ text: `The log of ${node.name} was shrunk.` }),
      });
    }
    onClose();
  };
  return (
    <Dialog
      title="Shrink the logs"
      subtitle="Removes the entries that a snapshot covers."
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          {behind.length > 0 && (
            <Button
              disabledReason={spared.length === 0 ? nothingSpared(plan) : reason}
              onClick={() => shrink(spared)}
            >
              Keep what {namesOf(behind)} {behind.length === 1 ? 'needs' : 'need'}
            </Button>
          )}
          <Button
            kind="primary"
            focusFirst
            disabledReason={all.length === 0 ? 'No snapshot covers anything in a log.' : reason}
            onClick={() => shrink(all)}
          >
            {all.length === 0 ? 'Shrink' : `Shrink ${formatPlural(all.length, 'log')}`}
          </Button>
        </>
      }
    >
      <ul className="shrink-list">
        {nodes.map((node) => (
          <li key={node.id}>
            <strong>{node.name}</strong> {freedWords(node, all)}
          </li>
        ))}
      </ul>
      <p>
        {all.length === 0
          ? 'Nothing can go before a snapshot covers it: take one first.'
          : behindWords(plan)}
      </p>
    </Dialog>
  );
}

function namesOf(nodes: readonly NodeView[]): string {
  return nodes.map(({ name }) => name).join(', ');
}

function nothingSpared({ behind }: ShrinkPlan): string {
  return `${namesOf(behind)} ${behind.length === 1 ? 'needs' : 'need'} all of it.`;
}

function behindWords({ behind, snapshotBytes, spared }: ShrinkPlan): string {
  if (behind.length === 0) return 'Nobody needs what is removed: every node holds all of it.';
  const size = snapshotBytes === null ? '' : ` (${formatBytes(snapshotBytes)})`;
  const count = spared.reduce((sum, shrinking) => sum + shrinking.count, 0);
  const kept =
    count === 0
      ? ''
      : ` ${formatPlural(count, 'entry', 'entries')} can go without that: the rest would be kept.`;
  return `${namesOf(behind)} would then have to be sent a snapshot${size}, because the entries that are missing there are removed.${kept}`;
}

function freedWords(node: NodeView, all: readonly Shrinking[]): string {
  const { status, connected } = node;
  if (status === null || !connected) return 'does not answer and stays as it is.';
  const freed = all.find((shrinking) => shrinking.node === node);
  if (freed === undefined) return 'has nothing that a snapshot covers.';
  // Entries differ in size: this is their share by number, and said to be no more.
  const range = rangeWords(status.firstIndex, freed.upTo);
  return `frees ${freed.count === 1 ? 'entry' : 'entries'} ${range}, about ${formatBytes(freed.bytes)} of ${formatBytes(status.logBytes)}.`;
}
