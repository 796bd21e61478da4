import { type JSX, useState } from 'react';

import type { ClusterSummary } from '../../../main/contract/model.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { act } from '../act.ts';
import { useActReason, useApp, useBusy } from '../app-context.tsx';

interface RenameDialogProps {
  readonly cluster: ClusterSummary;
  readonly onClose: () => void;
}

export function RenameDialog({ cluster, onClose }: RenameDialogProps): JSX.Element {
  const app = useApp();
  const { id: clusterId, name } = cluster;
  const [typed, setTyped] = useState(name);
  const [fault, setFault] = useState<string | null>(null);
  const key = `rename/${clusterId}`;
  const busy = useBusy(key);
  const actReason = useActReason();
  const wanted = typed.trim();
  const rename = (): void => {
    if (wanted === '') return;
    if (wanted === name) {
      onClose();
      return;
    }
    void act(app, {
      key,
      what: `Rename ${name}`,
      call: () => app.api.renameCluster({ clusterId, name: wanted }),
      failed: setFault,
      done: () => {
        onClose();
        return { text: `${name} is now ${wanted}.` };
      },
    });
  };
  return (
    <Dialog
      title={`Rename ${name}`}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            kind="primary"
            busy={busy}
            disabledReason={actReason ?? (wanted === '' ? 'A cluster needs a name.' : null)}
            onClick={rename}
          >
            Rename
          </Button>
        </>
      }
    >
      <TextField
        label="Name"
        value={typed}
        focusFirst
        maxLength={60}
        error={fault}
        onChange={(value) => {
          setTyped(value);
          setFault(null);
        }}
        onEnter={rename}
      />
    </Dialog>
  );
}
