import type { JSX } from 'react';
import { useStore } from 'zustand';

import type { ClusterView, NodeView } from '../../../main/contract/model.ts';
import { copyKey, damagedCopy } from '../../state/snapshot-checks.ts';
import { Button } from '../../ui/button.tsx';
import { formatBytes, formatClock, formatCount } from '../../ui/format.ts';
import { Menu } from '../../ui/menu.tsx';
import { useActReason, useApp } from '../app-context.tsx';
import { copyAndSay } from '../copy-and-say.ts';
import { faceOf } from '../nodes/face.ts';
import { RoleGlyph } from '../nodes/role-glyph.tsx';
import { saveFile } from '../save-file.ts';
import { snapshotPath, verifyCommand } from './snapshot-commands.ts';
import { largestBytes, type SnapshotRow, takenAtMs } from './snapshot-rows.ts';

interface SnapshotTableProps {
  readonly view: ClusterView;
  readonly nodes: readonly NodeView[];
  readonly rows: readonly SnapshotRow[];
  readonly onVerify: (row: SnapshotRow) => void;
  readonly onRestore: (row: SnapshotRow) => void;
}

/** Every snapshot, and which node has it whole. */
export function SnapshotTable(props: SnapshotTableProps): JSX.Element {
  const { view, nodes, rows } = props;
  return (
    <div className="snapshots-frame" role="region" aria-label="Snapshots" tabIndex={0}>
      <table className="snapshots-table">
        <thead>
          <tr>
            <th scope="col" className="num">
              Index
            </th>
            <th scope="col" className="num">
              Term
            </th>
            <th scope="col">Taken</th>
            <th scope="col" className="num">
              Size
            </th>
            {nodes.map((node) => (
              <th key={node.id} scope="col">
                <span className="snapshots-node">
                  <RoleGlyph kind={faceOf(node, view.timeMs).kind} />
                  {node.name}
                </span>
              </th>
            ))}
            <th scope="col">
              <span className="visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row key={`${String(row.index)}-${String(row.term)}`} {...props} row={row} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({
  view,
  nodes,
  row,
  onVerify,
  onRestore,
}: SnapshotTableProps & { readonly row: SnapshotRow }): JSX.Element {
  const reason = useActReason();
  return (
    <tr>
      <th scope="row" className="num">
        {formatCount(row.index)}
      </th>
      <td className="num">{formatCount(row.term)}</td>
      <td>{formatClock(takenAtMs(row))}</td>
      <td className="num">{formatBytes(largestBytes(row))}</td>
      {nodes.map((node) => (
        <td key={node.id}>
          <Copy {...{ view, node, row }} />
        </td>
      ))}
      <td>
        <span className="snapshots-actions">
          <Button size="small" disabledReason={reason} onClick={() => onVerify(row)}>
            Verify<span className="visually-hidden"> snapshot {formatCount(row.index)}</span>
          </Button>
          <Button size="small" disabledReason={reason} onClick={() => onRestore(row)}>
            Restore…<span className="visually-hidden"> snapshot {formatCount(row.index)}</span>
          </Button>
          <RowMenu {...{ view, nodes, row }} />
        </span>
      </td>
    </tr>
  );
}

function Copy({
  view,
  node,
  row,
}: {
  readonly view: ClusterView;
  readonly node: NodeView;
  readonly row: SnapshotRow;
}): JSX.Element {
  const app = useApp();
  const snapshot = row.copies.get(node.id);
  const copy = { clusterId: view.id, nodeId: node.id };
  const check = useStore(app.snapshotChecks.store, ({ checks }) => {
    if (snapshot === undefined) return damagedCopy(checks, { ...copy, ...row });
    return checks[copyKey({ ...copy, snapshotId: snapshot.id })];
  });
  switch (check?.state) {
    case undefined:
      if (snapshot === undefined) return <span className="faint">–</span>;
      return <span className="muted">not verified</span>;
    case 'checking':
      return <span className="muted">reading…</span>;
    case 'whole':
      return (
        <>
          <span className="snapshots-whole">✓</span> verified{' '}
          <span className="muted snapshots-time">{formatClock(check.atMs)}</span>
        </>
      );
    case 'damaged':
      return (
        <span className="snapshots-cell" title={check.message}>
          <span className="snapshots-damaged">✕ damaged</span>{' '}
          <span className="muted truncate">{check.message}</span>
        </span>
      );
    case 'unknown':
      return (
        <span className="muted truncate" title={check.message}>
          no answer<span className="visually-hidden">: {check.message}</span>
        </span>
      );
  }
}

function RowMenu({
  view,
  nodes,
  row,
}: {
  readonly view: ClusterView;
  readonly nodes: readonly NodeView[];
  readonly row: SnapshotRow;
}): JSX.Element {
  const app = useApp();
  const reason = useActReason();
  const copies = nodes.flatMap((node) => {
    const snapshot = row.copies.get(node.id);
    return snapshot === undefined ? [] : [{ node, snapshot }];
  });
  const silent = (node: NodeView): string | null =>
    node.connected ? null : `${node.name} does not answer.`;
  return (
    <Menu
      small
      label={`More for snapshot ${formatCount(row.index)}`}
      items={[
        ...copies.map(({ node, snapshot }) => ({
          id: `download-${node.id}`,
          label: `Download from ${node.name}`,
          icon: 'download' as const,
          disabledReason: reason ?? silent(node),
          run: () => {
            const source = { type: 'snapshot', nodeId: node.id, snapshotId: snapshot.id } as const;
            saveFile(app, view.id, source);
          },
        })),
        ...copies.map(({ node, snapshot }, at) => ({
          id: `verify-${node.id}`,
          label: `Copy VERIFY on ${node.name} as command`,
          icon: 'copy' as const,
          startsGroup: at === 0,
          run: () => copyAndSay(app, verifyCommand(node, snapshot.id)),
        })),
        ...copies.map(({ node, snapshot }, at) => ({
          id: `path-${node.id}`,
          label: `Copy the path on ${node.name}`,
          icon: 'copy' as const,
          startsGroup: at === 0,
          run: () => copyAndSay(app, snapshotPath(node, snapshot.id)),
        })),
      ]}
    />
  );
}
