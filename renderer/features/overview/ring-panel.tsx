import type { JSX } from 'react';
import { useStore } from 'zustand';

import type { ClusterView, Settings } from '../../../main/contract/model.ts';
import type { History } from '../../state/history.ts';
import { BUSY_NODES } from '../../canvas/particles.ts';
import { Icon } from '../../ui/icon.tsx';
import { Menu } from '../../ui/menu.tsx';
import { act } from '../act.ts';
import { useApp } from '../app-context.tsx';
import { activeFaultsOf, cutBetween } from '../chaos/active-faults.ts';
import { LinkFaultLayer } from '../chaos/link-fault-layer.tsx';
import { useMotion } from '../shell/theme.ts';
import { Figures } from './figures.tsx';
import type { NodeFacts } from './node-facts.ts';
import { Ring } from './ring.tsx';
import { motionCaption, ringModel, withoutCutEdges } from './ring-model.ts';

interface RingPanelProps {
  readonly view: ClusterView;
  readonly facts: readonly NodeFacts[];
  readonly history: History;
  readonly nowMs: number;
  readonly selectedId: string | null;
  readonly onSelect: (nodeId: string) => void;
}

/** The width of the figures beside the ring, in units; the ring keeps clear of it. */
const FIGURES_WIDTH = 160;

export function RingPanel(props: RingPanelProps): JSX.Element {
  const { view, facts, history, nowMs, selectedId, onSelect } = props;
  const motion = useMotion();
  const campaigns = useStore(useApp().cluster.store, (cluster) => cluster.campaigns);
  const faults = activeFaultsOf(view, nowMs);
  const whole = ringModel(facts, { view, history, campaigns }, nowMs);
  const model = withoutCutEdges(whole, cutBetween(faults));
  const nodeIds = model.nodes.map((one) => one.facts.node.id);
  const atMs = useStore(useApp().time.store, (time) => time.atMs);
  // What flies now does not belong into a picture of the past; among many nodes it would be a blur.
  const drawsMessages = motion === 'full' && atMs === null && nodeIds.length <= BUSY_NODES;
  return (
    <section className="ring-panel" aria-label="Ring">
      <Ring
        view={view}
        model={model}
        history={history}
        selectedId={selectedId}
        onSelect={onSelect}
        insetLeft={FIGURES_WIDTH}
        drawsMessages={drawsMessages}
        overlay={(layout) => <LinkFaultLayer layout={layout} nodeIds={nodeIds} faults={faults} />}
      />
      <Figures view={view} history={history} indexOnRing={model.nodes.length === 3} />
      <div className="ring-caption">
        <p className="truncate">{motionCaption(model, drawsMessages)}</p>
        <MotionMenu />
      </div>
    </section>
  );
}

const MOTIONS: readonly { readonly value: Settings['motion']; readonly label: string }[] = [
  { value: 'system', label: 'as the system says' },
  { value: 'full', label: 'full' },
  { value: 'calm', label: 'calm' },
  { value: 'none', label: 'none' },
];

function MotionMenu(): JSX.Element {
  const app = useApp();
  const settings = useStore(app.settings);
  const motion = useMotion();
  return (
    <Menu
      label="Motion"
      button={{
        className: 'button button-quiet button-small',
        content: (
          <>
            Motion: {motion}
            <Icon name="chevron-down" />
          </>
        ),
      }}
      items={MOTIONS.map(({ value, label }) => ({
        id: value,
        label,
        checked: settings.motion === value,
        run: () => {
          void act(app, {
            key: 'settings',
            what: 'Save settings',
            call: () => app.api.setSettings({ ...settings, motion: value }),
          });
        },
      }))}
    />
  );
}
