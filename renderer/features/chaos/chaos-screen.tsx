import { type JSX, type RefObject, useEffect, useRef, useState } from 'react';
import { useStore } from 'zustand';

import type { ClusterView } from '../../../main/contract/model.ts';
import { ErrorBoundary } from '../../ui/error-boundary.tsx';
import { useApp, useNow } from '../app-context.tsx';
import { factsOf, membersOf, type NodeFacts } from '../overview/node-facts.ts';
import { Sheets, useSheets } from '../overview/sheets.tsx';
import { useNodeKeys } from '../overview/use-node-keys.ts';
import { ClusterScreen } from '../shell/cluster-screen.tsx';
import { activeFaultsOf } from './active-faults.ts';
import { ChaosRing } from './chaos-ring.tsx';
import './chaos.css';
import { Composer } from './composer.tsx';
import { type Draft, FIRST_DRAFT } from './draft.ts';
import { FaultTable } from './fault-table.tsx';
import { leaderAlone } from './fault-plan.ts';
import { LoadPanel } from './load-panel.tsx';
import { Palette } from './palette.tsx';

/** Break it on purpose, see that it is broken, and heal it. */
export function ChaosScreen(): JSX.Element {
  return <ClusterScreen>{(view) => <ChaosLab key={view.id} view={view} />}</ClusterScreen>;
}

function ChaosLab({ view }: { readonly view: ClusterView }): JSX.Element {
  const app = useApp();
  const nowMs = useNow();
  const facts = membersOf(factsOf(view, nowMs));
  const routed = useStore(app.route.store, ({ nodeId }) => nodeId);
  const find = (id: string | null): NodeFacts | undefined =>
    facts.find(({ node }) => node.id === id);
  const selected = find(routed) ?? find(view.health.leaderId) ?? facts[0] ?? null;
  const [draft, setDraft] = useState<Draft>(() => firstDraft(view, routed));
  const onDraft = (change: Partial<Draft>): void =>
    setDraft((before) => ({ ...before, ...change }));
  const sheets = useSheets(view, selected);
  const faults = activeFaultsOf(view, nowMs);
  const form = useComposerFocus();
  const select = (nodeId: string): void => {
    app.route.go({ nodeId });
    onDraft({ from: nodeId, to: draft.to === nodeId ? null : draft.to, nodeIds: [nodeId] });
  };
  const onKeyDown = useNodeKeys({
    view,
    selected,
    facts,
    onAction: sheets.act,
    onAddPeer: () => app.route.go({ screen: 'overview' }),
    onRemove: (nodeId) => sheets.open({ kind: 'remove', nodeId }),
    onToggleInspector: () => undefined,
  });
  return (
    <div className="chaos" onKeyDown={onKeyDown}>
      <Head />
      <Palette />
      <div className="chaos-main">
        <ErrorBoundary panel="The ring">
          <ChaosRing
            view={view}
            facts={facts}
            faults={faults}
            draft={draft}
            selectedId={selected?.node.id ?? null}
            onSelect={select}
            onSides={(sides) => onDraft({ sides })}
          />
        </ErrorBoundary>
        <div ref={form}>
          <Composer
            view={view}
            draft={draft}
            onDraft={onDraft}
            selected={selected}
            onSelect={select}
            onAction={sheets.act}
          />
        </div>
        <div className="chaos-faults">
          <ErrorBoundary panel="The table of faults">
            <FaultTable view={view} faults={faults} leaseMs={draft.leaseMs} />
          </ErrorBoundary>
        </div>
      </div>
      <ErrorBoundary panel="The load">
        <LoadPanel view={view} />
      </ErrorBoundary>
      <Sheets view={view} facts={facts} sheets={sheets} />
    </div>
  );
}

function Head(): JSX.Element {
  return (
    <div className="toolbar chaos-head">
      <h1 className="toolbar-title">Chaos lab</h1>
      <p className="muted truncate">
        Only nodes that this app started. Faults heal by themselves when their lease ends.
      </p>
    </div>
  );
}

function firstDraft(view: ClusterView, routed: string | null): Draft {
  const leaderId = view.health.leaderId ?? view.nodes[0]?.id ?? null;
  const from = routed ?? leaderId;
  return { ...FIRST_DRAFT, sides: leaderAlone(view), from, nodeIds: from === null ? [] : [from] };
}

/** A fault that was chosen by its key is set up next: the focus goes to its form. */
function useComposerFocus(): RefObject<HTMLDivElement | null> {
  const app = useApp();
  const { tool, byKey } = useStore(app.chaos.store);
  const form = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!byKey) return;
    const find = (selector: string) => form.current?.querySelector<HTMLElement>(selector);
    (find('select') ?? find('input:checked') ?? find('input'))?.focus();
    app.chaos.focused();
  }, [app, tool, byKey]);
  return form;
}
