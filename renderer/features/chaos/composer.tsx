import type { JSX } from 'react';
import { useStore } from 'zustand';

import type { ClusterView } from '../../../main/contract/model.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { formatPlural } from '../../ui/format.ts';
import { SelectField } from '../../ui/select-field.tsx';
import { useActReason, useApp, useBusy } from '../app-context.tsx';
import { copyAndSay } from '../copy-and-say.ts';
import { nodeActions, type NodeAction, type NodeActionId } from '../nodes/node-actions.ts';
import type { NodeFacts } from '../overview/node-facts.ts';
import { applyPlan, strikeProcess } from './apply.ts';
import { LinkFields, NodeFields, PartitionFields, ProcessFields } from './composer-fields.tsx';
import { type Draft, LEASES, planOf } from './draft.ts';
import { partitionPreview, planCommands } from './fault-plan.ts';
import { toolOf } from './tools.ts';

export interface ComposerProps {
  readonly view: ClusterView;
  readonly draft: Draft;
  readonly onDraft: (change: Partial<Draft>) => void;
  /** Whose process is acted on. */
  readonly selected: NodeFacts | null;
  readonly onSelect: (nodeId: string) => void;
  readonly onAction: (action: NodeAction) => void;
}

/** The form of the chosen fault: where, how much, for how long, and what it will do. */
export function Composer(props: ComposerProps): JSX.Element {
  const tool = toolOf(useStore(useApp().chaos.store, (chaos) => chaos.tool));
  return (
    <form className="composer" aria-label={tool.label} onSubmit={(event) => event.preventDefault()}>
      {tool.form === 'process' ? <ProcessForm {...props} /> : <FaultForm {...props} />}
    </form>
  );
}

function FaultForm(props: ComposerProps): JSX.Element {
  const { view, draft, onDraft } = props;
  const app = useApp();
  const tool = toolOf(useStore(app.chaos.store, (chaos) => chaos.tool));
  const plan = planOf(view, tool.id, draft);
  const reason = useActReason();
  const busy = useBusy(`fault/${view.id}`);
  const said =
    tool.form === 'partition' ? partitionPreview(view, draft.sides, draft.way) : [tool.does];
  return (
    <>
      <div className="composer-fields">
        {tool.form === 'partition' && <PartitionFields {...props} />}
        {tool.form === 'link' && <LinkFields {...props} tool={tool.id} />}
        {tool.form === 'node' && <NodeFields {...props} tool={tool.id} />}
        <span className="composer-end">
          <LeaseField draft={draft} onDraft={onDraft} />
          <IconButton
            icon="copy"
            label="Copy as command"
            disabledReason={plan.problem}
            onClick={() => copyAndSay(app, planCommands(view, plan, draft.leaseMs).join('\n'))}
          />
          <Button
            kind="danger-filled"
            busy={busy}
            disabledReason={reason ?? plan.problem}
            onClick={() => applyPlan(app, view, plan, { what: tool.label, leaseMs: draft.leaseMs })}
          >
            Apply
          </Button>
        </span>
      </div>
      <Said said={said} problem={plan.problem} />
    </>
  );
}

/** What is done by the button of a process tool, best first: a frozen node can only be resumed. */
const PROCESS_ACTIONS: Readonly<Record<string, readonly NodeActionId[]>> = {
  kill: ['kill', 'start'],
  freeze: ['freeze', 'resume', 'start'],
  restart: ['restart', 'start'],
};

function ProcessForm(props: ComposerProps): JSX.Element {
  const { view, draft, onDraft, selected, onSelect, onAction } = props;
  const app = useApp();
  const tool = toolOf(useStore(app.chaos.store, (chaos) => chaos.tool));
  const reason = useActReason();
  const actions =
    selected === null ? [] : nodeActions({ app, view, node: selected.node, actReason: reason });
  const wanted = PROCESS_ACTIONS[tool.id] ?? [];
  const action = wanted.flatMap((id) => actions.find((one) => one.id === id) ?? [])[0];
  const command = action?.command ?? null;
  // What is begun here has a lease; what brings a node back needs none.
  const strike = action?.id === 'kill' || action?.id === 'freeze' ? action.id : null;
  return (
    <>
      <div className="composer-fields">
        <ProcessFields {...props} />
        <span className="composer-end">
          {strike !== null && <LeaseField draft={draft} onDraft={onDraft} />}
          <IconButton
            icon="copy"
            label="Copy as command"
            disabledReason={command === null ? 'There is no process to signal.' : null}
            onClick={() => {
              if (command !== null) copyAndSay(app, command);
            }}
          />
          <Button
            kind="danger-filled"
            disabledReason={action === undefined ? 'Choose a node.' : action.disabledReason}
            onClick={() => {
              if (action === undefined || selected === null) return;
              const { node } = selected;
              // From here on it is chosen by hand: with the next leader the button must not turn to that.
              onSelect(node.id);
              const run = (): void => {
                if (strike === null) action.run();
                else strikeProcess(app, view, node, { how: strike, leaseMs: draft.leaseMs });
              };
              onAction({ ...action, run });
            }}
          >
            {action === undefined ? tool.label : `${action.label} ${selected?.node.name ?? ''}`}
          </Button>
        </span>
      </div>
      <Said
        said={[action === undefined ? tool.does : (BACK[action.id] ?? tool.does)]}
        problem={action?.disabledReason ?? null}
      />
    </>
  );
}

/** What the actions do that bring a node back. */
const BACK: Readonly<Partial<Record<NodeActionId, string>>> = {
  start: 'Starts the process again from its disk; what it has missed, the leader sends.',
  resume: 'Lets the process go on where it was stopped (SIGCONT).',
};

/** What it will do, or why it cannot be done. */
function Said({
  said,
  problem,
}: {
  readonly said: readonly string[];
  readonly problem: string | null;
}): JSX.Element {
  return (
    <p className="composer-said" role="status">
      {problem === null || problem === '' ? (
        said.map((sentence) => <span key={sentence}>{sentence} </span>)
      ) : (
        <span className="composer-problem">{problem}</span>
      )}
    </p>
  );
}

function LeaseField({ draft, onDraft }: Pick<ComposerProps, 'draft' | 'onDraft'>): JSX.Element {
  return (
    <SelectField
      label="Lease"
      options={LEASES.map((ms) => ({ value: String(ms), label: leaseWords(ms) }))}
      value={String(draft.leaseMs)}
      onChange={(ms) => onDraft({ leaseMs: Number(ms) })}
    />
  );
}

function leaseWords(ms: number): string {
  return ms < 60_000 ? `${String(ms / 1000)} s` : formatPlural(ms / 60_000, 'minute');
}
