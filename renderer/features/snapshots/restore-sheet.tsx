import { type JSX, type ReactNode, useId, useState } from 'react';
import { useStore } from 'zustand';

import type { ClusterView, NodeView } from '../../../main/contract/model.ts';
import { copyKey } from '../../state/snapshot-checks.ts';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { formatBytes, formatClock, formatCount, formatPlural } from '../../ui/format.ts';
import { SelectField } from '../../ui/select-field.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { act } from '../act.ts';
import { useActReason, useApp, useBusy } from '../app-context.tsx';
import { replaceCommand, restoreCommand, restoredName } from './snapshot-commands.ts';
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

/** Where the state of a snapshot is to go. */
type Target = 'new' | 'replace';

/** A new cluster with the state of a snapshot, or the same cluster with what it was then. */
export function RestoreSheet({ view, nodes, row, onClose }: RestoreSheetProps): JSX.Element {
  const reason = useActReason();
  const busy = useBusy(restoreKey(view));
  const copies = useCopies(view, nodes, row);
  const [target, setTarget] = useState<Target>('new');
  const [nodeId, setNodeId] = useState(bestOf(copies)?.node.id ?? '');
  const [size, setSize] = useState(sizeLike(view.health.voters));
  const [name, setName] = useState(() => restoredName(view, row.index));
  const [typed, setTyped] = useState('');
  const [fault, setFault] = useState<string | null>(null);
  const copy = copies.find(({ node }) => node.id === nodeId) ?? bestOf(copies);
  const isNew = target === 'new';
  const whyNot = whyNotFrom(copy) ?? (isNew ? null : whyNotReplace(view, typed));
  const given = { view, row, copy, size, name, typed, onClose, failed: setFault };
  const restore = useRestore({ ...given, target, whyNot });
  return (
    <Dialog
      title={`Restore snapshot ${formatCount(row.index)}`}
      subtitle={`The state at entry ${formatCount(row.index)} of term ${formatCount(row.term)}, taken ${formatClock(takenAtMs(row))}.`}
      wide
      onClose={onClose}
      footer={
        <>
          <CopyCommand {...{ view, copy, target }} />
          <Button onClick={onClose}>Cancel</Button>
          <Button
            kind={isNew ? 'primary' : 'danger-filled'}
            busy={busy}
            disabledReason={reason ?? whyNot}
            onClick={restore}
          >
            {isNew ? 'Make the cluster' : 'Replace the data'}
          </Button>
        </>
      }
    >
      <div className="restore">
        <div className="restore-form">
          <TargetChoice {...{ view, target }} onChange={setTarget} />
          <TextField
            label={isNew ? 'Name of the new cluster' : `Type ${view.name} to replace its data`}
            value={isNew ? name : typed}
            maxLength={60}
            error={fault}
            onChange={(next) => {
              if (isNew) setName(next);
              else setTyped(next);
              setFault(null);
            }}
            onEnter={restore}
          />
          {isNew && <SelectField label="Nodes" options={SIZES} value={size} onChange={setSize} />}
          <CopyField {...{ copies, copy }} onChange={setNodeId} />
        </div>
        {isNew ? (
          <NewSteps size={Number(size)} from={copy?.node.name ?? 'the node'} />
        ) : (
          <ReplaceSteps view={view} row={row} copy={copy} />
        )}
      </div>
    </Dialog>
  );
}

function CopyField({
  copies,
  copy,
  onChange,
}: {
  readonly copies: readonly Copy[];
  readonly copy: Copy | undefined;
  readonly onChange: (nodeId: string) => void;
}): JSX.Element {
  return (
    <SelectField
      label="Copy"
      options={copies.map(({ node, sizeBytes, state }) => ({
        value: node.id,
        label: `${node.name}, ${formatBytes(sizeBytes)}, ${WORDS[state]}`,
      }))}
      value={copy?.node.id ?? ''}
      onChange={onChange}
      hint={whyNotFrom(copy) ?? undefined}
    />
  );
}

function TargetChoice({
  view,
  target,
  onChange,
}: {
  readonly view: ClusterView;
  readonly target: Target;
  readonly onChange: (target: Target) => void;
}): JSX.Element {
  const choices = [
    { value: 'new', label: 'Into a new cluster', note: `${view.name} goes on untouched` },
    { value: 'replace', label: 'Replace this cluster’s data', note: 'on every node, at one entry' },
  ] as const;
  return (
    <div role="radiogroup" aria-label="Restore" className="restore-choice">
      {choices.map(({ value, label, note }) => (
        <label key={value}>
          <input
            type="radio"
            name="restore-target"
            checked={target === value}
            data-focus-first={value === 'new' || undefined}
            onChange={() => onChange(value)}
          />
          <span>
            <strong>{label}</strong>
            <br />
            <span className="muted">{note}</span>
          </span>
        </label>
      ))}
    </div>
  );
}

function CopyCommand({
  view,
  copy,
  target,
}: {
  readonly view: ClusterView;
  readonly copy: Copy | undefined;
  readonly target: Target;
}): JSX.Element | null {
  if (copy === undefined) return null;
  const leads = copy.node.id === view.health.leaderId;
  // A file of another node has to be brought to the leader first: no single line does that.
  if (target === 'replace' && !leads) return null;
  const text =
    target === 'new'
      ? restoreCommand(copy.node, copy.snapshotId, './restored-1')
      : replaceCommand(copy.node, copy.snapshotId);
  return (
    <span className="dialog-foot-start">
      <CopyButton text={text} what="the command" label="Copy as command" />
    </span>
  );
}

function bestOf(copies: readonly Copy[]): Copy | undefined {
  return (
    copies.find(({ node, state }) => node.connected && state === 'whole') ??
    copies.find(({ node, state }) => node.connected && state !== 'damaged') ??
    copies[0]
  );
}

function whyNotReplace({ name, health }: ClusterView, typed: string): string | null {
  if (health.leaderId === null) return 'No leader is known.';
  return typed === name ? null : 'Type the name of the cluster first.';
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
  typed,
  target,
  whyNot,
  onClose,
  failed,
}: {
  readonly view: ClusterView;
  readonly row: SnapshotRow;
  readonly copy: Copy | undefined;
  readonly size: string;
  readonly name: string;
  readonly typed: string;
  readonly target: Target;
  readonly whyNot: string | null;
  readonly onClose: () => void;
  readonly failed: (message: string) => void;
}): () => void {
  const app = useApp();
  return () => {
    if (copy === undefined || whyNot !== null) return;
    const { node, snapshotId } = copy;
    const from = { clusterId: view.id, nodeId: node.id, snapshotId };
    const common = { key: restoreKey(view), what: 'Restore', failed };
    if (target === 'replace') {
      void act(app, {
        ...common,
        call: () => app.api.replaceState({ ...from, confirmName: typed }),
        done: () => {
          onClose();
          return { text: `The state of ${view.name} is being replaced.` };
        },
      });
      return;
    }
    void act(app, {
      ...common,
      call: () => app.api.restoreToNewCluster({ ...from, nodes: Number(size), name: name.trim() }),
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

function NewSteps({ size, from }: { readonly size: number; readonly from: string }): JSX.Element {
  const others = size === 1 ? [] : ['The other nodes join it, empty, and get the state from it'];
  const steps = [
    `Read the file from ${from}`,
    'Check every byte of it, and make the folder of node-1 (raftdeck restore)',
    'Start node-1: a cluster of one, with an id of its own',
    ...others,
    size === 1 ? 'Compute the hash of the state' : 'Compare the hash of the state on every node',
  ];
  return (
    <WhatWillBeDone steps={steps}>
      Nothing is begun before the file is known to be whole. What was written after the entry of the
      snapshot is not in it.
    </WhatWillBeDone>
  );
}

function ReplaceSteps({
  view,
  row,
  copy,
}: {
  readonly view: ClusterView;
  readonly row: SnapshotRow;
  readonly copy: Copy | undefined;
}): JSX.Element {
  const leader = view.nodes.find(({ id }) => id === view.health.leaderId);
  const leads = copy?.node.id === leader?.id;
  const keys = leader?.status?.keys;
  const applied = leader?.status?.appliedIndex ?? 0;
  const to = leader?.name ?? 'the leader';
  const steps = [
    ...(leads ? [] : [`Bring the file from ${copy?.node.name ?? 'the node'} to ${to}`]),
    'Check every byte of it',
    `Keep the present state as a file in the folder import of ${to}`,
    'Send the state through the log; one last entry puts it in force on every node',
    'Compare the hash of the state on every node',
  ];
  return (
    <WhatWillBeDone steps={steps}>
      {keys !== undefined &&
        `Now there are ${formatPlural(keys, 'key')}, at entry ${formatCount(applied)}. `}
      {`What was written since entry ${formatCount(row.index)} leaves the live data: ${formatPlural(Math.max(0, applied - row.index), 'entry', 'entries')} in all. Clients stay connected.`}
    </WhatWillBeDone>
  );
}

function WhatWillBeDone({
  steps,
  children,
}: {
  readonly steps: readonly string[];
  readonly children: ReactNode;
}): JSX.Element {
  const id = useId();
  return (
    <section className="restore-steps" aria-labelledby={id}>
      <h3 id={id}>What will be done</h3>
      <ol>
        {steps.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
      <p className="muted">{children}</p>
    </section>
  );
}

function sizeLike(voters: number): '1' | '3' | '5' {
  return voters <= 1 ? '1' : voters <= 3 ? '3' : '5';
}
