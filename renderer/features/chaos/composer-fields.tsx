import type { JSX } from 'react';

import type { ClusterView } from '../../../main/contract/model.ts';
import type { ChaosTool } from '../../state/chaos.ts';
import { Button } from '../../ui/button.tsx';
import { Segmented } from '../../ui/segmented.tsx';
import { SelectField } from '../../ui/select-field.tsx';
import { TextField } from '../../ui/text-field.tsx';
import type { ComposerProps } from './composer.tsx';
import { type Draft, linkEndsOf } from './draft.ts';
import { leaderAlone, type PartitionWay, targetsOf } from './fault-plan.ts';

const SIDES = [
  { value: 'A', label: 'A' },
  { value: 'B', label: 'B' },
] as const;

const WAYS: readonly { readonly value: PartitionWay; readonly label: string }[] = [
  { value: 'both', label: 'Both ways' },
  { value: 'a-to-b', label: 'A → B' },
  { value: 'b-to-a', label: 'B → A' },
];

/** A side for each node: what the line across the ring says, for whoever does not draw. */
export function PartitionFields({ view, draft, onDraft }: ComposerProps): JSX.Element {
  return (
    <>
      <div className="composer-sides">
        {targetsOf(view).map(({ id, name }) => (
          <span key={id} className="composer-side">
            <span aria-hidden="true">{name}</span>
            <Segmented
              label={`Side of ${name}`}
              options={SIDES}
              value={draft.sides.get(id) ?? 'B'}
              onChange={(side) => onDraft({ sides: new Map(draft.sides).set(id, side) })}
            />
          </span>
        ))}
      </div>
      <Segmented
        label="What is cut"
        options={WAYS}
        value={draft.way}
        onChange={(way) => onDraft({ way })}
      />
      <Button onClick={() => onDraft({ sides: leaderAlone(view), way: 'both' })}>
        Isolate the leader
      </Button>
    </>
  );
}

const ONE_OR_BOTH = [
  { value: 'one', label: 'One way' },
  { value: 'both', label: 'Both ways' },
] as const;

/** Stands for all links of a node. */
const ALL = '';

interface FigureFieldsProps {
  readonly draft: Draft;
  readonly onDraft: (change: Partial<Draft>) => void;
  readonly tool: ChaosTool;
}

export function LinkFields({
  view,
  draft,
  onDraft,
  tool,
}: ComposerProps & { readonly tool: ChaosTool }): JSX.Element {
  const nodes = targetsOf(view);
  const ends = linkEndsOf(view, draft);
  const from = ends.from ?? '';
  const others = nodes.filter(({ id }) => id !== from);
  const to = ends.to ?? ALL;
  return (
    <>
      <SelectField
        label="From"
        options={nodes.map(({ id, name }) => ({ value: id, label: name }))}
        value={from}
        onChange={(id) => onDraft({ from: id, to: draft.to === id ? null : draft.to })}
      />
      <SelectField
        label="To"
        options={[
          { value: ALL, label: 'all others' },
          ...others.map(({ id, name }) => ({ value: id, label: name })),
        ]}
        value={to}
        onChange={(id) => onDraft({ to: id === ALL ? null : id })}
      />
      <Segmented
        label="Direction"
        options={ONE_OR_BOTH}
        value={draft.bothWays ? 'both' : 'one'}
        onChange={(way) => onDraft({ bothWays: way === 'both' })}
      />
      <LinkFigures draft={draft} onDraft={onDraft} tool={tool} />
    </>
  );
}

function LinkFigures({ draft, onDraft, tool }: FigureFieldsProps): JSX.Element | null {
  switch (tool) {
    case 'link-delay':
      return (
        <>
          <TextField
            label="Delay, ms"
            numeric
            value={draft.delayMs}
            onChange={(delayMs) => onDraft({ delayMs })}
          />
          <TextField
            label="± jitter, ms"
            numeric
            value={draft.jitterMs}
            onChange={(jitterMs) => onDraft({ jitterMs })}
          />
        </>
      );
    case 'link-drop':
      return (
        <TextField
          label="Lost, %"
          numeric
          value={draft.percent}
          onChange={(percent) => onDraft({ percent })}
        />
      );
    case 'link-rate':
      return (
        <TextField
          label="At most, KiB/s"
          numeric
          value={draft.kilobytes}
          onChange={(kilobytes) => onDraft({ kilobytes })}
        />
      );
    default:
      return null;
  }
}

export function NodeFields({
  view,
  draft,
  onDraft,
  tool,
}: ComposerProps & { readonly tool: ChaosTool }): JSX.Element {
  return (
    <>
      <fieldset className="composer-nodes">
        <legend className="visually-hidden">On</legend>
        {targetsOf(view).map(({ id, name }) => (
          <label key={id}>
            <input
              type="checkbox"
              checked={draft.nodeIds.includes(id)}
              onChange={({ target }) => {
                const others = draft.nodeIds.filter((other) => other !== id);
                onDraft({ nodeIds: target.checked ? [...others, id] : others });
              }}
            />
            {name}
          </label>
        ))}
      </fieldset>
      {tool === 'disk-slow' && (
        <TextField
          label="Late by, ms"
          numeric
          value={draft.diskMs}
          onChange={(diskMs) => onDraft({ diskMs })}
        />
      )}
      {tool === 'clock-offset' && (
        <TextField
          label="Off by, s (− is behind)"
          value={draft.offsetS}
          onChange={(offsetS) => onDraft({ offsetS })}
        />
      )}
    </>
  );
}

export function ProcessFields({
  view,
  selected,
  onSelect,
}: Pick<ComposerProps, 'selected' | 'onSelect'> & { readonly view: ClusterView }): JSX.Element {
  return (
    <Segmented
      label="Node"
      options={targetsOf(view).map(({ id, name }) => ({ value: id, label: name }))}
      value={selected?.node.id ?? null}
      onChange={onSelect}
    />
  );
}
