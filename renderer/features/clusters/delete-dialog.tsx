import { type JSX, useState } from 'react';

import type { ClusterSummary } from '../../../main/contract/model.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { formatPlural } from '../../ui/format.ts';
import { TextField } from '../../ui/text-field.tsx';
import { act } from '../act.ts';
import { useActReason, useApp, useBusy } from '../app-context.tsx';

interface DeleteDialogProps {
  readonly cluster: ClusterSummary;
  readonly onClose: () => void;
}

/** Data is lost here, so the name has to be typed; the host checks it once more. */
export function DeleteDialog({ cluster, onClose }: DeleteDialogProps): JSX.Element {
  const app = useApp();
  const { id: clusterId, name } = cluster;
  const [typed, setTyped] = useState('');
  const [fault, setFault] = useState<string | null>(null);
  const key = `delete/${clusterId}`;
  const busy = useBusy(key);
  const actReason = useActReason();
  const matches = typed === name;
  const remove = (): void => {
    if (!matches) return;
    void act(app, {
      key,
      what: `Delete ${name}`,
      call: () => app.api.deleteCluster({ clusterId, confirmName: typed }),
      failed: setFault,
      done: () => {
        onClose();
        return { text: `${name} is deleted.` };
      },
    });
  };
  return (
    <Dialog
      title={`Delete ${name}?`}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            kind="danger-filled"
            busy={busy}
            disabledReason={actReason ?? (matches ? null : 'Type the name of the cluster first.')}
            onClick={remove}
          >
            Delete cluster
          </Button>
        </>
      }
    >
      <p>
        Its {formatPlural(cluster.nodes, 'node')} are stopped and everything they hold is removed
        from this machine: logs, snapshots and keys. This cannot be undone.
      </p>
      <br />
      <TextField
        label={`Type ${name} to delete it`}
        value={typed}
        focusFirst
        error={fault}
        onChange={setTyped}
        onEnter={remove}
      />
    </Dialog>
  );
}
