import type { JSX } from 'react';
import { useStore } from 'zustand';

import type { ClusterView, OperationView, StepView } from '../../../main/contract/model.ts';
import { Button } from '../../ui/button.tsx';
import { StepList } from '../../ui/step-list.tsx';
import { Waiting } from '../../ui/waiting.tsx';
import { act } from '../act.ts';
import { useActReason, useApp, useBusy } from '../app-context.tsx';
import { shownStep } from '../clusters/creation-steps.ts';
import './cluster-screen.css';
import { screenBlock } from './screens.ts';

/** A screen about one cluster: what it shows, or why there is nothing to show. */
export function ClusterScreen({
  children,
  evenStopped = false,
}: {
  readonly children: (view: ClusterView) => JSX.Element;
  /** It has something to show of a cluster of which no node runs. */
  readonly evenStopped?: boolean;
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
  if (view === null || view.id !== clusterId) return <NotYet />;
  if (!evenStopped && view.health.level === 'stopped' && view.operation?.state !== 'running') {
    return <Stopped view={view} />;
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

function NotYet(): JSX.Element {
  const app = useApp();
  return (
    <div className="screen-message">
      <Waiting
        what="Waiting for the host to say how the cluster is"
        rows={0}
        leave={{
          label: 'Show all clusters',
          run: () => app.route.go({ screen: 'clusters', clusterId: null }),
        }}
      />
    </div>
  );
}

/** No node runs: nobody wanted it to, or it was started and did not come up. */
function Stopped({ view }: { readonly view: ClusterView }): JSX.Element {
  const app = useApp();
  const { name, operation, id: clusterId } = view;
  const failed = operation?.state === 'failed' && STARTS.has(operation.kind) ? operation : null;
  const key = `start/${clusterId}`;
  const busy = useBusy(key);
  return (
    <div className="screen-message">
      <h1 className="screen-name">
        {name} {failed === null ? 'is stopped' : 'did not start'}
      </h1>
      <p className="muted">Nothing runs. Its logs, snapshots and keys are on disk.</p>
      {failed?.steps.some(isOverPort) === true && (
        <p className="muted screen-note">
          The members have agreed on their addresses, so they cannot be started on other ports. End
          the program that holds the port, then try again.
        </p>
      )}
      <p className="screen-ways">
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
          {failed === null ? 'Start it' : 'Try again'}
        </Button>
        {failed !== null && (
          <Button size="large" onClick={() => app.route.go({ screen: 'output' })}>
            Show the output
          </Button>
        )}
      </p>
      {failed !== null && (
        <div className="screen-steps">
          <StepList label="Steps of starting the cluster" steps={failed.steps.map(shownStep)} />
        </div>
      )}
    </div>
  );
}

/** Whether a node was not started because another program has its port. */
function isOverPort({ state, detail }: StepView): boolean {
  return state === 'failed' && /\bport \d+ is used by\b/i.test(detail ?? '');
}

/** Operations after which a cluster was to run. */
const STARTS: ReadonlySet<OperationView['kind']> = new Set(['create', 'start', 'restore']);
