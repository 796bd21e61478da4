import type { JSX } from 'react';

import type { MetricsPoint } from '../../../main/contract/metrics.ts';
import {
  formatBytes,
  formatClock,
  formatCount,
  formatDuration,
  formatRate,
  NONE,
} from '../../ui/format.ts';

/** As many rows as anybody reads; the charts hold the rest. */
const ROWS_MAX = 60;

interface MetricsTableProps {
  readonly points: readonly MetricsPoint[];
  readonly nodes: readonly { readonly id: string; readonly name: string }[];
}

/** The figures of the charts as a table, the newest first. */
export function MetricsTable({ points, nodes }: MetricsTableProps): JSX.Element {
  const step = Math.max(1, Math.ceil(points.length / ROWS_MAX));
  const rows = points.toReversed().filter((_, at) => at % step === 0);
  const ms = (value: number | null): string => (value === null ? NONE : formatDuration(value));
  const name = (id: string | null): string => nodes.find((node) => node.id === id)?.name ?? 'none';
  return (
    <div className="metrics-table" tabIndex={0} role="region" aria-label="Metrics as a table">
      <table>
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col">Leader</th>
            <th scope="col">Term</th>
            <th scope="col">Operations</th>
            <th scope="col">Commit p50</th>
            <th scope="col">Commit p99</th>
            {nodes.map((node) => (
              <th key={node.id} scope="col">
                {node.name}: lag · fsync p99 · memory · log
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((point) => (
            <tr key={point.timeMs}>
              <th scope="row">{formatClock(point.timeMs)}</th>
              <td>{name(point.leaderId)}</td>
              <td>{point.term === null ? NONE : formatCount(point.term)}</td>
              <td>
                {point.operationsPerSecond === null
                  ? NONE
                  : `${formatRate(point.operationsPerSecond)}/s`}
              </td>
              <td>{ms(point.commitP50Ms)}</td>
              <td>{ms(point.commitP99Ms)}</td>
              {nodes.map(({ id }) => (
                <td key={id}>{nodeText(point.nodes[id], id === point.leaderId)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function nodeText(node: MetricsPoint['nodes'][string] | undefined, leads: boolean): string {
  if (node === undefined) return 'not heard';
  const lag = leads ? 'leads' : node.lag === null ? NONE : formatCount(node.lag);
  const fsync = node.fsyncP99Ms === null ? NONE : formatDuration(node.fsyncP99Ms);
  return [lag, fsync, formatBytes(node.residentBytes), formatBytes(node.logBytes)].join(' · ');
}
