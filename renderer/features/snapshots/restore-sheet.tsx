import { type JSX, useId, useState } from 'react';
import { useStore } from 'zustand';

import type { ClusterView, NodeView } from '../../../main/contract/model.ts';
import { copyKey } from '../../state/snapshot-checks.ts';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { formatBytes, formatClock, formatCount } from '../../ui/format.ts';
import { SelectField } from '../../ui/select-field.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { act } from '../act.ts';
import { useActReason, useApp, useBusy } from '../app-context.tsx';
import { restoreCommand, restoredName } from './snapshot-commands.ts';
import { type SnapshotRow, takenAtMs } from './snapshot-rows.ts';

interface RestoreSheetProps {
  readonly view: ClusterView;
  readonly nodes: readonly NodeView[];
  readonly row: SnapshotRow;
  readonly onClose: () => void;
}

const SIZES = [
  { value: '1', label: '1 node' },
  { value: '3', label: '3 nodes' },
  { value: '5', label: '5 nodes' },
] as const;

/** A new cluster with the state of a snapshot; the one it comes from goes on untouched. */
export function RestoreSheet({ view, nodes, row, onClose }: RestoreSheetProps): JSX.Element {
  const reason = useActReason();
  const busy = useBusy(restoreKey(view));
  const copies = useCopies(view, nodes, row);
  const best =
    copies.find(({ node, state }) => node.connected && state === 'whole') ??
    copies.find(({ node, state }) => node.connected && state !== 'damaged') ??
    copies[0];
  const [nodeId, setNodeId] = useState(best?.node.id ?? '');
  const [size, setSize] = useState(sizeLike(view.health.voters));
  const [name, setName] = useState(() => restoredName(view, row.index));
  const [fault, setFault] = useState<string | null>(null);
  const copy = copies.find(({ node }) => node.id === nodeId) ?? best;
  const whyNot = whyNotFrom(copy);
  const restore = useRestore({ view, row, copy, size, name, onClose, failed: setFault });
  return (
    <Dialog
      title={`Restore snapshot ${formatCount(row.index)}`}
      subtitle={`Taken ${formatClock(takenAtMs(row))} in term ${formatCount(row.term)}, into a new cluster. ${view.name} goes on untouched.`}
      wide
      onClose={onClose}
      footer={
        <>
          {copy !== undefined && (
            <span className="dialog-foot-start">
              <CopyButton
                text={restoreCommand(copy.node, copy.snapshotId, './restored-1')}
                what="the command"
                label="Copy as command"
              />
            </span>
          )}
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" busy={busy} disabledReason={reason ?? whyNot} onClick={restore}>
            Make the cluster
          </Button>
        </>
      }
    >
      <div className="restore">
        <div className="restore-form">
          <TextField
            label="Name of the new cluster"
            value={name}
            maxLength={60}
            focusFirst
            error={fault}
            onChange={(next) => {
              setName(next);
              setFault(null);
            }}
            onEnter={restore}
          />
          <SelectField label="Nodes" options={SIZES} value={size} onChange={setSize} />
          <SelectField
            label="Copy"
            options={copies.map(({ node, sizeBytes, state }) => ({
              value: node.id,
              label: `${node.name}, ${formatBytes(sizeBytes)}, ${WORDS[state]}`,
            }))}
            value={copy?.node.id ?? ''}
            onChange={setNodeId}
            hint={whyNot ?? undefined}
          />
        </div>
        <WhatWillBeDone size={Number(size)} from={copy?.node.name ?? 'the node'} />
      </div>
    </Dialog>
  );
}

/** A copy that can be restored from, and what is known of it. */
interface Copy {
  readonly node: NodeView;
  readonly snapshotId: string;
  readonly sizeBytes: number;
  readonly state: keyof typeof WORDS;
}

const WORDS = { whole: 'verified', damaged: 'damaged', open: 'not verified' } as const;

function useCopies(
  view: ClusterView,
  nodes: readonly NodeView[],
  row: SnapshotRow,
): readonly Copy[] {
  const { checks } = useStore(useApp().snapshotChecks.store);
  return nodes.flatMap((node) => {
    const snapshot = row.copies.get(node.id);
    if (snapshot === undefined) return [];
    const { id: snapshotId, sizeBytes } = snapshot;
    const check = checks[copyKey({ clusterId: view.id, nodeId: node.id, snapshotId })];
    const isKnown = check?.state === 'whole' || check?.state === 'damaged';
    return [{ node, snapshotId, sizeBytes, state: isKnown ? check.state : 'open' }];
  });
}

function whyNotFrom(copy: Copy | undefined): string | null {
  if (copy?.node.connected !== true) return 'The node with this copy does not answer.';
  return copy.state === 'damaged' ? 'This copy is damaged. Choose the one of another node.' : null;
}

function useRestore({
  view,
  row,
  copy,
  size,
  name,
  onClose,
  failed,
}: {
  readonly view: ClusterView;
  readonly row: SnapshotRow;
  readonly copy: Copy | undefined;
  readonly size: string;
  readonly name: string;
  readonly onClose: () => void;
  readonly failed: (message: string) => void;
}): () => void {
  const app = useApp();
  return () => {
    if (copy === undefined || whyNotFrom(copy) !== null) return;
    const { node, snapshotId } = copy;
    const from = { clusterId: view.id, nodeId: node.id, snapshotId };
    void act(app, {
      key: restoreKey(view),
      what: 'Restore',
      call: () => app.api.restoreToNewCluster({ ...from, nodes: Number(size), name: name.trim() }),
      failed,
      done: ({ clusterId }) => {
        onClose();
        app.route.go({ screen: 'overview', clusterId, nodeId: null });
        return { text: `${name.trim()} is being made of snapshot ${formatCount(row.index)}.` };
      },
    });
  };
}

function restoreKey({ id }: ClusterView): string {
  return `restore/${id}`;
}

function WhatWillBeDone({
  size,
  from,
}: {
  readonly size: number;
  readonly from: string;
}): JSX.Element {
  const id = useId();
  const others = size === 1 ? [] : ['The other nodes join it, empty, and get the state from it'];
  const steps = [
    `Read the file from ${from}`,
    'Check every byte of it, and make the folder of node-1 (raftdeck restore)',
    'Start node-1: a cluster of one, with an id of its own',
    ...others,
    size === 1 ? 'Compute the hash of the state' : 'Compare the hash of the state on every node',
  ];
  return (
    <section className="restore-steps" aria-labelledby={id}>
      <h3 id={id}>What will be done</h3>
      <ol>
        {steps.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
      <p className="muted">
        Nothing is begun before the file is known to be whole. What was written after the entry of
        the snapshot is not in it.
      </p>
    </section>
  );
}

function sizeLike(voters: number): '1' | '3' | '5' {
  return voters <= 1 ? '1' : voters <= 3 ? '3' : '5';
}
