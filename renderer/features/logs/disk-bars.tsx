import type { JSX } from 'react';

import type { NodeView } from '../../../main/contract/model.ts';
import { formatBytes, formatCount, formatPlural } from '../../ui/format.ts';
import { coveredTo } from './shrink-plan.ts';

/** What of a node's log is gone, what a snapshot covers, and what is needed. */
export function DiskBars({ nodes }: { readonly nodes: readonly NodeView[] }): JSX.Element {
  return (
    <ul className="disk-bars">
      {nodes.map((node) => (
        <DiskBar key={node.id} node={node} />
      ))}
    </ul>
  );
}

/** `1–30`, or `31` alone. */
export function rangeWords(from: number, to: number): string {
  return from === to ? formatCount(to) : `${formatCount(from)}–${formatCount(to)}`;
}

const WIDTH = 200;

function DiskBar({ node: { name, status } }: { readonly node: NodeView }): JSX.Element | null {
  if (status === null) return null;
  const { firstIndex, lastIndex, logBytes } = status;
  const snapshotIndex = coveredTo(status);
  const x = (index: number): number => (lastIndex === 0 ? 0 : (index / lastIndex) * WIDTH);
  const covered = Math.max(0, snapshotIndex - firstIndex + 1);
  const held = Math.max(0, lastIndex - firstIndex + 1);
  const words = [
    ...(firstIndex > 1 ? [`${rangeWords(1, firstIndex - 1)} gone`] : []),
    ...(covered > 0 ? [`${rangeWords(firstIndex, snapshotIndex)} covered`] : []),
    ...(lastIndex > snapshotIndex
      ? [`${rangeWords(Math.max(firstIndex, snapshotIndex + 1), lastIndex)} needed`]
      : []),
  ];
  return (
    <li>
      <strong>{name}</strong> {formatPlural(held, 'entry', 'entries')}, {formatBytes(logBytes)}
      <svg viewBox={`0 0 ${String(WIDTH)} 12`} preserveAspectRatio="none" aria-hidden="true">
        <rect className="disk-gone" x="0.5" y="0.5" width={WIDTH - 1} height="11" />
        {covered > 0 && (
          <rect
            className="disk-covered"
            x={x(firstIndex - 1)}
            y="0.5"
            width={Math.max(1, x(snapshotIndex) - x(firstIndex - 1))}
            height="11"
          />
        )}
        <rect
          className="disk-needed"
          x={x(Math.max(firstIndex - 1, snapshotIndex))}
          y="0.5"
          width={Math.max(1, WIDTH - x(Math.max(firstIndex - 1, snapshotIndex)))}
          height="11"
        />
      </svg>
      <span className="muted">{words.join(' · ')}</span>
    </li>
  );
}
