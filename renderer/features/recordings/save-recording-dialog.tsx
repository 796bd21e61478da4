import { type JSX, useState } from 'react';
import { useStore } from 'zustand';

import type { ClusterView } from '../../../main/contract/model.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Segmented } from '../../ui/segmented.tsx';
import { useApp, useBusy } from '../app-context.tsx';
import { saveFile } from '../save-file.ts';
import './recordings.css';

const LENGTHS = [
  { value: '1', label: '1 minute' },
  { value: '5', label: '5 minutes' },
  { value: '30', label: '30 minutes' },
  { value: 'all', label: 'All of it' },
] as const;

const MINUTE_MS = 60_000;

/** Asks for how much of the recording is wanted as a file, and saves it. */
export function SaveRecordingDialog({
  view,
  onClose,
}: {
  readonly view: ClusterView;
  readonly onClose: () => void;
}): JSX.Element {
  const app = useApp();
  const [length, setLength] = useState<(typeof LENGTHS)[number]['value']>('5');
  const atMs = useStore(app.time.store, (time) => time.atMs);
  const save = (): void => {
    const toMs = atMs ?? app.clock.hostNow();
    const stretch =
      length === 'all'
        ? { fromMs: null, toMs: null }
        : { fromMs: toMs - Number(length) * MINUTE_MS, toMs };
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
        <div>
          <p className="field-label">
            {atMs === null ? 'The last' : 'Up to the moment shown, the last'}
          </p>
          <Segmented label="Length" options={LENGTHS} value={length} onChange={setLength} />
        </div>
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
