import type { JSX } from 'react';
import { useStore } from 'zustand';

import type { OpenedRecording } from '../../../main/contract/recording-file.ts';
import { Button } from '../../ui/button.tsx';
import { formatBytes, formatDate, formatClock, formatDuration } from '../../ui/format.ts';
import { useApp, useBusy } from '../app-context.tsx';
import { closeRecording, showRecording } from './close-recording.ts';
import './recordings.css';

/** The recordings that were opened from files; nothing while there are none. */
export function RecordingTable(): JSX.Element | null {
  const app = useApp();
  const list = useStore(app.opened.store, (opened) => opened.list) ?? [];
  if (list.length === 0) return null;
  return (
    <section className="saved" aria-label="Recordings">
      <div className="saved-head">
        <h2>
          Recordings
          <span className="saved-count">{list.length}</span>
        </h2>
      </div>
      <div className="saved-frame">
        <table className="saved-table">
          <thead>
            <tr>
              <th scope="col">Cluster</th>
              <th scope="col">Recorded on</th>
              <th scope="col">Until</th>
              <th scope="col" className="num">
                Length
              </th>
              <th scope="col" className="num">
                Nodes
              </th>
              <th scope="col" className="num saved-spare">
                Size
              </th>
              <th scope="col">
                <span className="visually-hidden">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {list.map((recording) => (
              <RecordingRow key={recording.id} recording={recording} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function RecordingRow({ recording }: { readonly recording: OpenedRecording }): JSX.Element {
  const app = useApp();
  const { id, clusterName, host, fromMs, toMs, nodes, fileName, sizeBytes } = recording;
  return (
    <tr>
      <td>
        <button
          type="button"
          className="saved-name truncate"
          title={fileName}
          onClick={() => showRecording(app, recording)}
        >
          {clusterName}
        </button>
      </td>
      <td>
        <span className="recording-host truncate" title={host}>
          {host}
        </span>
      </td>
      <td>
        {formatDate(toMs)}, {formatClock(toMs)}
      </td>
      <td className="num">{formatDuration(toMs - fromMs)}</td>
      <td className="num">{nodes}</td>
      <td className="num saved-spare">{formatBytes(sizeBytes)}</td>
      <td>
        <span className="saved-actions">
          <Button size="small" onClick={() => showRecording(app, recording)}>
            Open<span className="visually-hidden"> the recording of {clusterName}</span>
          </Button>
          <Button
            size="small"
            busy={useBusy(`close/${id}`)}
            onClick={() => closeRecording(app, recording)}
          >
            Close<span className="visually-hidden"> the recording of {clusterName}</span>
          </Button>
        </span>
      </td>
    </tr>
  );
}
