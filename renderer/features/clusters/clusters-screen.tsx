import type { JSX } from 'react';
import { useStore } from 'zustand';

import { Button } from '../../ui/button.tsx';
import { ErrorBoundary } from '../../ui/error-boundary.tsx';
import { formatPlural } from '../../ui/format.ts';
import { useApp } from '../app-context.tsx';
import { ClusterTable } from './cluster-table.tsx';
import './clusters.css';
import { pickRecording } from '../recordings/open-recording.ts';
import { RecordingTable } from '../recordings/recording-table.tsx';
import { CreateCard } from './create-card.tsx';

export function ClustersScreen(): JSX.Element {
  const app = useApp();
  return (
    <div className="clusters">
      <div className="clusters-body">
        <div className="clusters-head">
          <h1>Clusters</h1>
          <Button icon="clock" onClick={() => pickRecording(app)}>
            Open a recording…
          </Button>
        </div>
        <ErrorBoundary panel="Start a cluster">
          <CreateCard />
        </ErrorBoundary>
        <ErrorBoundary panel="Your clusters">
          <ClusterTable />
        </ErrorBoundary>
        <ErrorBoundary panel="Recordings">
          <RecordingTable />
        </ErrorBoundary>
      </div>
      <StatusBar />
    </div>
  );
}

function StatusBar(): JSX.Element {
  const app = useApp();
  const list = useStore(app.clusters, (clusters) => clusters.list);
  const info = useStore(app.info, (state) => state.info);
  const up = (list ?? []).reduce((sum, { nodesUp }) => sum + nodesUp, 0);
  return (
    <footer className="status-bar">
      <span>{up === 0 ? 'No nodes up' : `${formatPlural(up, 'node')} up`}</span>
      {info !== null && info.modeReason !== null && (
        <span className="truncate">In a browser: {info.modeReason}</span>
      )}
      <span className="status-bar-end">
        {info !== null && <span>Raftdeck {info.version}</span>}
        <span>No telemetry</span>
      </span>
    </footer>
  );
}
