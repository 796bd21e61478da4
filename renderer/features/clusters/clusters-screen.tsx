import type { JSX } from 'react';
import { useStore } from 'zustand';

import { ErrorBoundary } from '../../ui/error-boundary.tsx';
import { formatPlural } from '../../ui/format.ts';
import { useApp } from '../app-context.tsx';
import { ClusterTable } from './cluster-table.tsx';
import './clusters.css';
import { CreateCard } from './create-card.tsx';

export function ClustersScreen(): JSX.Element {
  return (
    <div className="clusters">
      <div className="clusters-body">
        <h1>Clusters</h1>
        <ErrorBoundary panel="Start a cluster">
          <CreateCard />
        </ErrorBoundary>
        <ErrorBoundary panel="Your clusters">
          <ClusterTable />
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
  const running = (list ?? []).reduce((sum, { nodesUp }) => sum + nodesUp, 0);
  return (
    <footer className="status-bar">
      <span>{running === 0 ? 'No nodes running' : `${formatPlural(running, 'node')} running`}</span>
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
