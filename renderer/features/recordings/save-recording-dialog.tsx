import { type JSX, useState } from 'react';

import type { ClusterView } from '../../../main/contract/model.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { useApp, useBusy } from '../app-context.tsx';
import { saveFile } from '../save-file.ts';
import { StretchField, stretchMs } from './stretch-field.tsx';
import './recordings.css';

const LENGTHS = ['1', '5', '30', 'all'] as const;

/** Asks for how much of the recording is wanted as a file, and saves it. */
export function SaveRecordingDialog({
  view,
  onClose,
}: {
  readonly view: ClusterView;
  readonly onClose: () => void;
}): JSX.Element {
  const app = useApp();
  const [length, setLength] = useState<(typeof LENGTHS)[number]>('5');
  const save = (): void => {
    const toMs = app.time.store.getState().atMs ?? app.clock.hostNow();
    const stretch =
      length === 'all' ? { fromMs: null, toMs: null } : { fromMs: toMs - stretchMs(length), toMs };
    saveFile(app, view.id, { type: 'recording', stretch }, onClose);
  };
  return (
    <Dialog
      title="Save the recording"
      subtitle="One file that opens in any Raftdeck, without this cluster."
      onClose={onClose}
      footer={
        <Button kind="primary" busy={useBusy(`download/${view.id}`)} onClick={save}>
          Save the recording
        </Button>
      }
    >
      <div className="save-recording">
        <StretchField lengths={LENGTHS} value={length} onChange={setLength} />
        <dl className="save-recording-holds">
          <dt>It holds</dt>
          <dd>
            what the nodes traced (roles, votes, members, messages, snapshots, faults), their state
            and figures, and the lines that they printed
          </dd>
          <dt>With it go</dt>
          <dd>
            this machine’s name, the nodes’ names, addresses, folders and command lines, and
            whatever a node printed
          </dd>
          <dt>It does not hold</dt>
          <dd>keys, values, entries of the log, snapshots or passwords of the cluster</dd>
        </dl>
      </div>
    </Dialog>
  );
}
