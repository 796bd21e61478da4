import type { JSX } from 'react';
import { useStore } from 'zustand';

import type { ClusterView } from '../../../main/contract/model.ts';
import { Button } from '../../ui/button.tsx';
import { act } from '../act.ts';
import { useActReason, useApp, useBusy } from '../app-context.tsx';
import './cluster-screen.css';
import { screenBlock } from './screens.ts';

/** A screen about one cluster: what it shows, or why there is nothing to show. */
export function ClusterScreen({
  children,
}: {
  readonly children: (view: ClusterView) => JSX.Element;
}): JSX.Element {
  const app = useApp();
  const { clusterId, screen } = useStore(app.route.store);
  const { view } = useStore(app.cluster.store);
  const list = useStore(app.clusters, (clusters) => clusters.list);
  const opened = useStore(app.opened.store);
  const known = [list, opened.list].some(
    (some) => some?.some(({ id }) => id === clusterId) ?? true,
  );
  if (!known) return <Gone />;
  const block = screenBlock(screen, { clusterId, inRecording: opened.shown !== null });
  if (block !== null) return <NotRecorded />;
  if (view === null || view.id !== clusterId) return <Waiting />;
  if (view.health.level === 'stopped' && view.operation?.state !== 'running') {
    return <Stopped name={view.name} clusterId={view.id} />;
  }
  return children(view);
}

function Gone(): JSX.Element {
  const app = useApp();
  return (
    <div className="screen-message">
      <h1>This cluster does not exist</h1>
      <p className="muted">
        It was deleted, or the address was mistyped; or it was a recording, and that was closed.
      </p>
      <Button kind="primary" onClick={() => app.route.go({ screen: 'clusters', clusterId: null })}>
        Show all clusters
      </Button>
    </div>
  );
}

/** A link into a recording, to a screen that asks the nodes themselves. */
function NotRecorded(): JSX.Element {
  const app = useApp();
  return (
    <div className="screen-message">
      <h1>A recording does not hold this</h1>
      <p className="muted">It holds what the nodes said and did: no keys, logs or snapshots.</p>
      <Button kind="primary" onClick={() => app.route.go({ screen: 'overview' })}>
        Show the overview
      </Button>
    </div>
  );
}

function Waiting(): JSX.Element {
  return (
    <div className="screen-message" role="status">
      <p className="muted screen-late">Waiting for the host to say how the cluster is.</p>
    </div>
  );
}

function Stopped({
  name,
  clusterId,
}: {
  readonly name: string;
  readonly clusterId: string;
}): JSX.Element {
  const app = useApp();
  const key = `start/${clusterId}`;
  const busy = useBusy(key);
  return (
    <div className="screen-message">
      <h1 className="screen-name">{name} is stopped</h1>
      <p className="muted">Nothing runs. Its logs, snapshots and keys are on disk.</p>
      <Button
        kind="primary"
        size="large"
        icon="start"
        busy={busy}
        disabledReason={useActReason()}
        onClick={() => {
          void act(app, {
            key,
            what: `Start ${name}`,
            call: () => app.api.startCluster({ clusterId }),
          });
        }}
      >
        Start it
      </Button>
    </div>
  );
}
