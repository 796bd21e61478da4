import type { JSX } from 'react';

import type { ClusterView, NodeView } from '../../../main/contract/model.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { formatBytes, formatCount, formatPlural } from '../../ui/format.ts';
import { act } from '../act.ts';
import { useActReason, useApp } from '../app-context.tsx';
import { removableOf } from './disk-bars.tsx';

interface ShrinkSheetProps {
  readonly view: ClusterView;
  readonly nodes: readonly NodeView[];
  readonly onClose: () => void;
}

/** What would be freed, and who would then need a snapshot, before it is done. */
export function ShrinkSheet({ view, nodes, onClose }: ShrinkSheetProps): JSX.Element {
  const app = useApp();
  const reason = useActReason();
  const able = nodes.filter((node) => node.connected && removableOf(node) > 0);
  const behind = needSnapshot(nodes, able);
  const shrink = (): void => {
    for (const node of able) {
      const ref = { clusterId: view.id, nodeId: node.id };
      void act(app, {
        key: `shrink/${view.id}/${node.id}`,
        what: `Shrink the log of ${node.name}`,
        call: () => app.api.shrinkLog(ref),
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
          <Button
            kind="primary"
            focusFirst
            disabledReason={able.length === 0 ? 'No snapshot covers anything in a log.' : reason}
            onClick={shrink}
          >
            {able.length === 0 ? 'Shrink' : `Shrink ${formatPlural(able.length, 'log')}`}
          </Button>
        </>
      }
    >
      <ul className="shrink-list">
        {nodes.map((node) => (
          <li key={node.id}>
            <strong>{node.name}</strong> {freedWords(node)}
          </li>
        ))}
      </ul>
      <p>
        {behind.length === 0
          ? 'Nobody needs what is removed: every node holds all of it.'
          : `${behind.map(({ name }) => name).join(', ')} would then have to be sent a snapshot, because the entries that are missing there are removed.`}
      </p>
    </Dialog>
  );
}

function freedWords(node: NodeView): string {
  const { status } = node;
  const count = removableOf(node);
  if (status === null || !node.connected) return 'does not answer and stays as it is.';
  if (count === 0) return 'has nothing that a snapshot covers.';
  const held = Math.max(1, status.lastIndex - status.firstIndex + 1);
  // Entries differ in size: this is their share by number, and said to be no more.
  const bytes = (status.logBytes * count) / held;
  return `frees entries ${formatCount(status.firstIndex)}–${formatCount(status.snapshotIndex)}, about ${formatBytes(bytes)} of ${formatBytes(status.logBytes)}.`;
}

/** The nodes that lack entries which every node that could send them is about to remove. */
export function needSnapshot(
  nodes: readonly NodeView[],
  shrinking: readonly NodeView[],
): readonly NodeView[] {
  const leader = nodes.find(({ status }) => status?.role === 'leader');
  if (leader?.status === undefined || leader.status === null) return [];
  if (!shrinking.includes(leader)) return [];
  const { snapshotIndex } = leader.status;
  return nodes.filter(
    ({ id, status }) => id !== leader.id && status !== null && status.lastIndex < snapshotIndex,
  );
}
