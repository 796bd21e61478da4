import { type JSX, type ReactNode, useMemo, useRef } from 'react';

import type { ClusterView } from '../../../main/contract/model.ts';
import { lanesBetween } from '../../canvas/lanes.ts';
import { layOutRing, orbitArc, type RingLayout } from '../../canvas/ring-layout.ts';
import type { History } from '../../state/history.ts';
import { formatCount, formatRate } from '../../ui/format.ts';
import { ParticleLayer } from './particle-layer.tsx';
import './ring.css';
import { EdgeHatch, RingEdgeShape } from './ring-edge.tsx';
import { RingNodeShape } from './ring-node.tsx';
import type { RingModel } from './ring-model.ts';
import { useSize } from '../../ui/use-size.ts';

interface RingProps {
  readonly view: ClusterView;
  readonly model: RingModel;
  readonly history: History;
  readonly selectedId: string | null;
  readonly onSelect: (nodeId: string) => void;
  /** Kept free at the left, in units. */
  readonly insetLeft: number;
  readonly drawsMessages: boolean;
  /** Drawn over the lanes and under the nodes: faults, and what is about to be one. */
  readonly overlay?: (layout: RingLayout) => ReactNode;
}

/** The cluster as a ring: who is what, and what flows between them. */
export function Ring(props: RingProps): JSX.Element {
  const frame = useRef<HTMLDivElement>(null);
  const size = useSize(frame);
  const count = props.model.nodes.length;
  const layout = useMemo(
    () =>
      size === null
        ? null
        : layOutRing({
            width: size.width,
            height: size.height,
            count,
            insetLeft: size.width < 720 ? 0 : props.insetLeft,
          }),
    [size, count, props.insetLeft],
  );
  return (
    <div ref={frame} className="ring">
      {layout !== null && size !== null && (
        <>
          <RingPicture {...props} layout={layout} />
          {props.drawsMessages && (
            <ParticleLayer
              layout={layout}
              scale={size.scale}
              nodeIds={props.model.nodes.map(({ facts }) => facts.node.id)}
              leaderId={props.view.health.leaderId}
              selectedId={props.selectedId}
            />
          )}
        </>
      )}
    </div>
  );
}

function RingPicture({
  view,
  model,
  history,
  selectedId,
  onSelect,
  layout,
  overlay,
}: RingProps & { readonly layout: RingLayout }): JSX.Element {
  const { nodes, edges } = model;
  const reachable = selectedId ?? nodes[0]?.facts.node.id;
  return (
    <svg
      className="ring-picture"
      viewBox={`0 0 ${String(layout.width)} ${String(layout.height)}`}
      role="group"
      aria-label="Nodes"
      data-keys="nodes"
    >
      <EdgeHatch />
      {layout.hasOrbit && <Orbit layout={layout} solid={model.orbitSolid} />}
      {edges.map((edge) => {
        const leader = nodes[edge.from]?.facts.node.id;
        const lanes = lanesBetween(layout, edge.from, edge.to, leader === selectedId);
        if (lanes === null) return null;
        const id = nodes[edge.to]?.facts.node.id;
        return <RingEdgeShape key={id} edge={edge} lanes={lanes} layout={layout} />;
      })}
      {overlay?.(layout)}
      {layout.hasCentre && <Centre layout={layout} view={view} history={history} />}
      {nodes.map((node, at) => {
        const place = layout.places[at];
        const { id } = node.facts.node;
        if (place === undefined) return null;
        return (
          <RingNodeShape
            key={id}
            node={node}
            place={place}
            radius={layout.nodeRadius}
            selected={id === selectedId}
            reachable={id === reachable}
            onSelect={() => onSelect(id)}
          />
        );
      })}
    </svg>
  );
}

function Orbit({
  layout,
  solid,
}: {
  readonly layout: RingLayout;
  readonly solid: readonly boolean[];
}): JSX.Element {
  const { rx, ry } = layout;
  return (
    <g aria-hidden="true">
      {layout.places.map((_, at) => {
        const arc = orbitArc(layout, at);
        if (arc === null) return null;
        const [from, to] = arc;
        return (
          <path
            key={at}
            className={solid[at] === true ? 'orbit' : 'orbit orbit-open'}
            d={
              `M${from.x.toFixed(1)} ${from.y.toFixed(1)} ` +
              `A${rx.toFixed(1)} ${ry.toFixed(1)} 0 0 1 ${to.x.toFixed(1)} ${to.y.toFixed(1)}`
            }
          />
        );
      })}
    </g>
  );
}

function Centre({
  layout: { centre },
  view,
  history,
}: {
  readonly layout: RingLayout;
  readonly view: ClusterView;
  readonly history: History;
}): JSX.Element | null {
  const { commitIndex } = view.health;
  if (commitIndex === null) return null;
  const rate = history.commitsPerSecond;
  return (
    <g
      className="ring-centre"
      transform={`translate(${String(centre.x)} ${String(centre.y)})`}
      aria-hidden="true"
    >
      <text y={-22}>committed</text>
      <text className="ring-centre-figure" y={4}>
        {formatCount(commitIndex)}
      </text>
      <text y={24}>{rate === null ? '' : `${formatRate(rate)} entries per s`}</text>
    </g>
  );
}
