import type { JSX } from 'react';

import type { ClusterView, NodeView } from '../../../main/contract/model.ts';
import { CopyBox } from '../../ui/copy-box.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { useApp } from '../app-context.tsx';
import { redisCli, removeCommand } from './commands.ts';
import './commands-dialog.css';
import { nodeActions } from './node-actions.ts';

interface CommandsDialogProps {
  readonly view: ClusterView;
  readonly node: NodeView;
  readonly onClose: () => void;
}

/** What each button does, to be typed in a terminal instead. */
export function CommandsDialog({ view, node, onClose }: CommandsDialogProps): JSX.Element {
  const app = useApp();
  const actions = nodeActions({ app, view, node, actReason: null });
  const lines = [
    ...actions.map(({ id, label, command }) => ({ id, label, command })),
    {
      id: 'remove',
      label: 'Remove from the cluster',
      command: node.removed ? null : removeCommand(view, node),
    },
    {
      id: 'status',
      label: 'All that it says of itself',
      command: redisCli(node.clientAddress, ['RAFT', 'STATUS']),
    },
  ];
  return (
    <Dialog
      title={`Commands for ${node.name}`}
      subtitle="Every button sends a signal or a command. These are the same, for a terminal."
      wide
      onClose={onClose}
    >
      <dl className="commands">
        {lines.map(
          ({ id, label, command }) =>
            command !== null && (
              <div key={id}>
                <dt>{label}</dt>
                <dd>
                  <CopyBox text={command} what={`the command for ${label}`} />
                </dd>
              </div>
            ),
        )}
      </dl>
    </Dialog>
  );
}
