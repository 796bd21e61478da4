import { type JSX, useState } from 'react';

import type { ClusterView, NodeView } from '../../../main/contract/model.ts';
import type { AppState } from '../../state/app-state.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { formatCount, formatPlural } from '../../ui/format.ts';
import { Menu } from '../../ui/menu.tsx';
import { StepList } from '../../ui/step-list.tsx';
import { act } from '../act.ts';
import { useActReason, useApp } from '../app-context.tsx';
import { shownStep } from '../clusters/creation-steps.ts';
import { copyAndSay } from '../copy-and-say.ts';
import { DiskBars } from '../logs/disk-bars.tsx';
import { logNodes } from '../logs/log-rows.ts';
import '../logs/logs.css';
import { ShrinkSheet } from '../logs/shrink-sheet.tsx';
import { snapshotCommand } from '../nodes/commands.ts';
import { ClusterScreen } from '../shell/cluster-screen.tsx';
import { RestoreSheet } from './restore-sheet.tsx';
import { type SnapshotRow, snapshotRows } from './snapshot-rows.ts';
import { SnapshotTable } from './snapshot-table.tsx';
import './snapshots.css';

/** The states that the nodes keep as files, and what they make of the logs. */
export function SnapshotsScreen(): JSX.Element {
  return <ClusterScreen>{(view) => <Snapshots key={view.id} view={view} />}</ClusterScreen>;
}

function Snapshots({ view }: { readonly view: ClusterView }): JSX.Element {
  const app = useApp();
  const nodes = logNodes(view);
  const rows = snapshotRows(nodes);
  const [restores, setRestores] = useState<SnapshotRow | null>(null);
  const [shrinks, setShrinks] = useState(false);
  const verify = (row: SnapshotRow): void => {
    for (const [nodeId, { id }] of row.copies) {
      const name = nodes.find((node) => node.id === nodeId)?.name ?? `node-${nodeId}`;
      const copy = { clusterId: view.id, nodeId, snapshotId: id };
      void app.snapshotChecks.verify(copy).then((check) => {
        // Its row may be gone with it.
        if (check.state === 'damaged')
          app.toasts.show(damagedWords(name, row.index, check.message));
      });
    }
  };
  return (
    <div className="snapshots">
      <SnapshotsToolbar
        {...{ view, nodes, rows }}
        onVerifyAll={() => {
          for (const row of rows) verify(row);
        }}
        onShrink={() => setShrinks(true)}
      />
      {rows.length === 0 ? (
        <div className="snapshots-none">
          <h2>No snapshots yet</h2>
          <p className="muted">
            A snapshot holds a node’s whole state at one entry. With it the entries before can leave
            the log, and a cluster can be made of it.
          </p>
          <TakeOnAll view={view} nodes={nodes} label="Take one on every node" primary />
        </div>
      ) : (
        <SnapshotTable {...{ view, nodes, rows }} onVerify={verify} onRestore={setRestores} />
      )}
      <Replacing view={view} />
      <section className="logs-disk" aria-label="Log on disk" tabIndex={0}>
        <DiskBars nodes={nodes} />
      </section>
      {restores !== null && (
        <RestoreSheet {...{ view, nodes }} row={restores} onClose={() => setRestores(null)} />
      )}
      {shrinks && <ShrinkSheet view={view} nodes={nodes} onClose={() => setShrinks(false)} />}
    </div>
  );
}

function damagedWords(name: string, index: number, message: string) {
  const text = `Snapshot ${formatCount(index)} of ${name} is damaged and not used any more: ${message}.`;
  return { tone: 'error', text } as const;
}

/** How far a replacement is, and its report, until it is put away. */
function Replacing({ view }: { readonly view: ClusterView }): JSX.Element | null {
  const { operation } = view;
  const [hidden, setHidden] = useState<string | null>(null);
  if (operation?.kind !== 'replace') return null;
  const identity = JSON.stringify(operation.steps);
  if (operation.state !== 'running' && hidden === identity) return null;
  const titles = {
    running: 'Replacing the state',
    done: 'The state was replaced',
    failed: 'The state was not replaced',
  };
  return (
    <section className="replacing" aria-label="Replacing the state">
      <header>
        <h2>{titles[operation.state]}</h2>
        {operation.state !== 'running' && (
          <IconButton icon="close" label="Put away" onClick={() => setHidden(identity)} />
        )}
      </header>
      <StepList label="Steps of replacing the state" steps={operation.steps.map(shownStep)} />
    </section>
  );
}

function SnapshotsToolbar({
  view,
  nodes,
  rows,
  onVerifyAll,
  onShrink,
}: {
  readonly view: ClusterView;
  readonly nodes: readonly NodeView[];
  readonly rows: readonly SnapshotRow[];
  readonly onVerifyAll: () => void;
  readonly onShrink: () => void;
}): JSX.Element {
  const reason = useActReason();
  const none = rows.length === 0 ? 'There are no snapshots yet.' : null;
  const making = nodes.filter(({ status }) => status?.snapshotInProgress === true);
  const newest = rows[0];
  return (
    <div className="toolbar">
      <h1 className="toolbar-title">Snapshots</h1>
      <span className="muted truncate" role="status">
        {making.length > 0
          ? `${making.map(({ name }) => name).join(', ')} ${making.length === 1 ? 'is' : 'are'} making one`
          : newest === undefined
            ? ''
            : `newest at entry ${formatCount(newest.index)}, on ${formatPlural(newest.copies.size, 'node')}`}
      </span>
      <span className="toolbar-end">
        <Button disabledReason={reason ?? none} onClick={onVerifyAll}>
          Verify all
        </Button>
        <Button disabledReason={reason} onClick={onShrink}>
          Shrink log…
        </Button>
        <TakeButton view={view} nodes={nodes} primary={rows.length > 0} />
      </span>
    </div>
  );
}

/** Has a node write its state to a file. */
function takeSnapshot(app: AppState, view: ClusterView, node: NodeView): void {
  void act(app, {
    key: `snapshot/${view.id}/${node.id}`,
    what: `Snapshot of ${node.name}`,
    call: () => app.api.takeSnapshot({ clusterId: view.id, nodeId: node.id }),
    done: () => ({ text: `${node.name} made a snapshot.` }),
  });
}

function TakeOnAll({
  view,
  nodes,
  label,
  primary,
}: {
  readonly view: ClusterView;
  readonly nodes: readonly NodeView[];
  readonly label: string;
  readonly primary: boolean;
}): JSX.Element {
  const app = useApp();
  const reason = useActReason();
  const able = nodes.filter(({ connected }) => connected);
  return (
    <Button
      kind={primary ? 'primary' : 'normal'}
      disabledReason={reason ?? (able.length === 0 ? 'No node answers.' : null)}
      onClick={() => {
        for (const node of able) takeSnapshot(app, view, node);
      }}
    >
      {label}
    </Button>
  );
}

/** On every node that answers, or on one of them. */
function TakeButton({
  view,
  nodes,
  primary,
}: {
  readonly view: ClusterView;
  readonly nodes: readonly NodeView[];
  /** False while the screen offers the same in its middle. */
  readonly primary: boolean;
}): JSX.Element {
  const app = useApp();
  const reason = useActReason();
  return (
    <span className="snapshots-take">
      <TakeOnAll {...{ view, nodes, primary }} label="Snapshot now" />
      <Menu
        label="Snapshot of one node"
        items={[
          ...nodes.map((node) => ({
            id: node.id,
            label: `Snapshot of ${node.name}`,
            disabledReason: reason ?? (node.connected ? null : `${node.name} does not answer.`),
            run: () => takeSnapshot(app, view, node),
          })),
          ...nodes.map((node, at) => ({
            id: `copy-${node.id}`,
            label: `Copy as command for ${node.name}`,
            icon: 'copy' as const,
            startsGroup: at === 0,
            run: () => copyAndSay(app, snapshotCommand(node)),
          })),
        ]}
      />
    </span>
  );
}
