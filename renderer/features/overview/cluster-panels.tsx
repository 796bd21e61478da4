import { type JSX, useState } from 'react';
import { useStore } from 'zustand';

import type { ClusterView } from '../../../main/contract/model.ts';
import { ErrorBoundary } from '../../ui/error-boundary.tsx';
import { useApp, useNow } from '../app-context.tsx';
import { AddPeerPanel } from '../membership/add-peer-panel.tsx';
import { Why } from '../why/why.tsx';
import { BeliefMatrix } from './belief-matrix.tsx';
import { FaultBar } from './fault-bar.tsx';
import { FirstSteps } from './first-steps.tsx';
import { Inspector } from './inspector.tsx';
import { factsOf, type NodeFacts } from './node-facts.ts';
import { NodeTable } from './node-table.tsx';
import { OverviewToolbar } from './overview-toolbar.tsx';
import { RingPanel } from './ring-panel.tsx';
import { Starting } from './starting.tsx';
import { Sheets, useSheets, type SheetControl } from './sheets.tsx';
import { useNodeKeys } from './use-node-keys.ts';
import { useWishes } from './use-wishes.ts';

type Side = 'inspector' | 'add-peer' | 'why' | 'none';

/** The parts of the overview, all about one set of facts. */
export function ClusterPanels({ view }: { readonly view: ClusterView }): JSX.Element {
  const app = useApp();
  const facts = factsOf(view, useNow());
  const nodeId = useStore(app.route.store, (route) => route.nodeId);
  const [chosenSide, setSide] = useState<Side>('inspector');
  const whyOpen = useStore(app.why, (why) => why.open);
  const side = whyOpen ? 'why' : chosenSide;
  const selected = selectedOf(facts, nodeId, view.health.leaderId);
  const sheets = useSheets(view, selected);
  const show = (next: Side): void => {
    app.why.setState({ open: false });
    setSide(next);
  };
  // Asked for again, it begins anew; what it shows of an addition is over, or goes on in the picture.
  const [additions, setAdditions] = useState(0);
  const addPeer = (): void => {
    setAdditions(additions + 1);
    show('add-peer');
  };
  const toggleInspector = (): void => show(side === 'none' ? 'inspector' : 'none');
  const onKeyDown = useNodeKeys({
    view,
    selected,
    facts,
    onAction: sheets.act,
    onAddPeer: addPeer,
    onRemove: (id) => sheets.open({ kind: 'remove', nodeId: id }),
    onToggleInspector: toggleInspector,
  });
  useWishes((wish) => {
    if (wish.kind === 'add-peer') addPeer();
    // Who wished it has selected the node.
    else if (wish.kind === 'act') sheets.actById(wish.actionId);
    else sheets.open({ kind: wish.kind, nodeId: wish.nodeId });
  });
  const select = (id: string): void => {
    app.route.go({ nodeId: id });
    const isBusy = side === 'add-peer' && isAdding(view);
    if (side !== 'none' && !isBusy) show('inspector');
  };
  const panels = { view, facts, selected };
  return (
    <div className={side === 'none' ? 'overview overview-wide' : 'overview'} onKeyDown={onKeyDown}>
      <div className="overview-main">
        <OverviewToolbar
          view={view}
          onAddPeer={addPeer}
          inspectorShown={side !== 'none'}
          onToggleInspector={toggleInspector}
        />
        <Picture {...panels} onSelect={select} />
      </div>
      {side !== 'none' && (
        <aside className="inspector" aria-label="Inspector" tabIndex={0} data-pane>
          <ErrorBoundary panel="The inspector">
            {side === 'why' ? (
              <Why />
            ) : side === 'add-peer' ? (
              <AddPeerPanel key={additions} {...panels} onClose={() => show('inspector')} />
            ) : (
              <SelectedNode {...panels} sheets={sheets} />
            )}
          </ErrorBoundary>
        </aside>
      )}
      <Sheets view={view} facts={facts} sheets={sheets} />
    </div>
  );
}

function isAdding({ operation }: ClusterView): boolean {
  return operation?.kind === 'add-peer' && operation.state === 'running';
}

interface PanelProps {
  readonly view: ClusterView;
  readonly facts: readonly NodeFacts[];
  readonly selected: NodeFacts | null;
}

function Picture({
  view,
  facts,
  selected,
  onSelect,
}: PanelProps & { readonly onSelect: (nodeId: string) => void }): JSX.Element {
  const app = useApp();
  const nowMs = useNow();
  const mode = useStore(app.route.store, (route) => route.mode);
  const history = useStore(app.cluster.store, (cluster) => cluster.history);
  const shared = { facts, history, nowMs, selectedId: selected?.node.id ?? null, onSelect };
  return (
    <>
      <FirstSteps key={view.id} view={view} nowMs={nowMs} />
      {mode === 'ring' && (
        <ErrorBoundary panel="The ring">
          <RingPanel view={view} {...shared} />
        </ErrorBoundary>
      )}
      <ErrorBoundary panel="The faults">
        <FaultBar view={view} nowMs={nowMs} />
      </ErrorBoundary>
      {mode === 'matrix' ? (
        <ErrorBoundary panel="The matrix">
          <BeliefMatrix {...shared} />
        </ErrorBoundary>
      ) : (
        <ErrorBoundary panel="The table">
          <NodeTable full={mode === 'table'} {...shared} />
        </ErrorBoundary>
      )}
    </>
  );
}

function SelectedNode({
  view,
  facts,
  selected,
  sheets,
}: PanelProps & { readonly sheets: SheetControl }): JSX.Element | null {
  const nowMs = useNow();
  if (selected === null) return null;
  const { id } = selected.node;
  return (
    <>
      <Starting view={view} nodeId={id} />
      <Inspector
        view={view}
        facts={facts}
        selected={selected}
        nowMs={nowMs}
        onAction={sheets.act}
        onRemove={() => sheets.open({ kind: 'remove', nodeId: id })}
        onShowOutput={() => sheets.open({ kind: 'output', nodeId: id })}
        onShowCommands={() => sheets.open({ kind: 'commands', nodeId: id })}
      />
    </>
  );
}

/** The node that the inspector is about: the chosen one, else the leader, else the first. */
function selectedOf(
  facts: readonly NodeFacts[],
  nodeId: string | null,
  leaderId: string | null,
): NodeFacts | null {
  const find = (id: string | null): NodeFacts | undefined =>
    facts.find(({ node }) => node.id === id);
  return find(nodeId) ?? find(leaderId) ?? facts[0] ?? null;
}
