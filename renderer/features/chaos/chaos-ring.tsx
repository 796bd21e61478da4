import type { JSX } from 'react';
import { useStore } from 'zustand';

import type { ClusterView } from '../../../main/contract/model.ts';
import { useApp, useNow } from '../app-context.tsx';
import type { NodeFacts } from '../overview/node-facts.ts';
import { Ring } from '../overview/ring.tsx';
import { ringModel, withoutCutEdges } from '../overview/ring-model.ts';
import { useMotion } from '../shell/theme.ts';
import { type ActiveFault, cutBetween, type Way } from './active-faults.ts';
import { CutLayer } from './cut-layer.tsx';
import type { Draft } from './draft.ts';
import { linkWays, partitionWays, type Side } from './fault-plan.ts';
import { LinkFaultLayer } from './link-fault-layer.tsx';
import { toolOf } from './tools.ts';

interface ChaosRingProps {
  readonly view: ClusterView;
  readonly facts: readonly NodeFacts[];
  readonly faults: readonly ActiveFault[];
  readonly draft: Draft;
  readonly selectedId: string | null;
  readonly onSelect: (nodeId: string) => void;
  readonly onSides: (sides: ReadonlyMap<string, Side>) => void;
}

/** The ring of the overview with what is broken in it, and what is about to be. */
export function ChaosRing(props: ChaosRingProps): JSX.Element {
  const { view, facts, faults, draft, selectedId, onSelect, onSides } = props;
  const app = useApp();
  const nowMs = useNow();
  const motion = useMotion();
  const { history, campaigns } = useStore(app.cluster.store);
  const atMs = useStore(app.time.store, (time) => time.atMs);
  const tool = toolOf(useStore(app.chaos.store, (chaos) => chaos.tool));
  const whole = ringModel(facts, { view, history, campaigns }, nowMs);
  const model = withoutCutEdges(whole, cutBetween(faults));
  const nodeIds = facts.map(({ node }) => node.id);
  return (
    <section
      className={nodeIds.length > 3 ? 'chaos-ring chaos-ring-many' : 'chaos-ring'}
      aria-label="Ring"
    >
      <Ring
        view={view}
        model={model}
        history={history}
        selectedId={selectedId}
        onSelect={onSelect}
        insetLeft={0}
        drawsMessages={motion === 'full' && atMs === null}
        overlay={(layout) => (
          <>
            {tool.form === 'partition' && (
              <CutLayer layout={layout} nodeIds={nodeIds} sides={draft.sides} onSides={onSides} />
            )}
            <LinkFaultLayer
              layout={layout}
              nodeIds={nodeIds}
              faults={faults}
              planned={plannedWays(view, draft, tool.form)}
            />
          </>
        )}
      />
      {tool.form === 'partition' && (
        <p className="chaos-hint" aria-hidden="true">
          drag a line across the ring
        </p>
      )}
    </section>
  );
}

function plannedWays(view: ClusterView, draft: Draft, form: string): readonly Way[] {
  if (form === 'partition') return partitionWays(view, draft.sides, draft.way);
  if (form !== 'link' || draft.from === null) return [];
  return linkWays(view, draft.from, draft.to, draft.bothWays);
}
