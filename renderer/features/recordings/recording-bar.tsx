import type { JSX } from 'react';

import type { OpenedRecording } from '../../../main/contract/recording-file.ts';
import { Button } from '../../ui/button.tsx';
import { formatClock, formatDate } from '../../ui/format.ts';
import { Icon } from '../../ui/icon.tsx';
import { useApp, useBusy } from '../app-context.tsx';
import { closeRecording } from './close-recording.ts';
import './recordings.css';

/** Says over every screen of a recording that it is one, and where it is from. */
export function RecordingBar({ recording }: { readonly recording: OpenedRecording }): JSX.Element {
  const app = useApp();
  const { id, clusterName, host, fromMs, toMs, version, fileName } = recording;
  return (
    <div className="recording-bar">
      <Icon name="clock" />
      <p className="truncate" title={`${fileName}, saved by Raftdeck ${version}`}>
        <strong>Recording</strong> of {clusterName} from {host}, {formatDate(toMs)},{' '}
        {formatClock(fromMs)}–{formatClock(toMs)}.{' '}
        <span className="muted">Nothing can be done to it.</span>
      </p>
      <Button
        size="small"
        busy={useBusy(`close/${id}`)}
        onClick={() => closeRecording(app, recording)}
      >
        Close<span className="visually-hidden"> the recording</span>
      </Button>
    </div>
  );
}
