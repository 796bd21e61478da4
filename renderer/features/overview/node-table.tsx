import type { JSX, ReactNode } from 'react';

import { HISTORY_SECONDS, type History } from '../../state/history.ts';
import { formatBytes, formatCount, formatDuration, NONE } from '../../ui/format.ts';
import { Sparkline } from '../../ui/sparkline.tsx';
import { RoleGlyph } from '../nodes/role-glyph.tsx';
import type { NodeFacts } from './node-facts.ts';
import './node-table.css';

interface NodeTableProps {
  readonly facts: readonly NodeFacts[];
  readonly history: History;
  readonly nowMs: number;
  readonly selectedId: string | null;
  /** Every column, for when the table has the whole screen. */
  readonly full: boolean;
  readonly onSelect: (nodeId: string) => void;
}

/** The same as the ring in figures, and complete: what the ring shows can all be read here. */
export function NodeTable(props: NodeTableProps): JSX.Element {
  const { facts, full, selectedId } = props;
  const columns = COLUMNS.filter((column) => full || column.brief);
  const reachable = facts.some(({ node }) => node.id === selectedId)
    ? selectedId
    : facts[0]?.node.id;
  return (
    <div className="nodes-frame">
      <table role="grid" className="nodes-table" aria-label="Nodes in figures" data-keys="nodes">
        <thead>
          <tr>
            {columns.map(({ id, title, numeric, spare }) => (
              <th
                key={id}
                scope="col"
                className={[numeric ? 'num' : '', spare ? 'nodes-spare' : ''].join(' ')}
              >
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {facts.map((one) => (
            <tr
              key={one.node.id}
              tabIndex={one.node.id === reachable ? 0 : -1}
              aria-selected={one.node.id === selectedId}
              data-node={one.node.id}
              onClick={() => props.onSelect(one.node.id)}
              onFocus={() => props.onSelect(one.node.id)}
            >
              {columns.map(({ id, numeric, spare, cell }) => (
                <td
                  key={id}
                  className={[numeric ? 'num' : '', spare ? 'nodes-spare' : ''].join(' ')}
                >
                  {cell(one, props)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface Column {
  readonly id: string;
  readonly title: string;
  readonly numeric: boolean;
  /** Shown under the ring too. */
  readonly brief: boolean;
  /** The first to go where there is little room. */
  readonly spare: boolean;
  readonly cell: (facts: NodeFacts, props: NodeTableProps) => ReactNode;
}

const COLUMNS: readonly Column[] = [
  column('Node', false, ({ node }) => <strong className="truncate">{node.name}</strong>),
  column('Role', false, ({ node, face }) => (
    <span className={`nodes-role nodes-role-${face.kind}`}>
      <RoleGlyph kind={face.kind} />
      {node.removed ? 'Removed' : face.word}
    </span>
  )),
  full('Term', ({ node }) => count(node.status?.term)),
  column('Match', true, ({ matchIndex }) => count(matchIndex)),
  column('Next', true, ({ progress, face }) =>
    face.kind === 'down' ? NONE : count(progress?.nextIndex),
  ),
  column('In flight', true, ({ progress, face }) =>
    face.kind === 'down' ? NONE : count(progress?.appendsInFlight),
  ),
  column('Lag', true, ({ lag, lags }) => (
    <span className={lags ? 'nodes-alarming' : undefined}>{count(lag)}</span>
  )),
  column('Round trip', true, ({ roundTripMs, lags }) => (
    <span className={lags ? 'nodes-alarming' : undefined}>
      {roundTripMs === null ? NONE : formatDuration(roundTripMs)}
    </span>
  )),
  column('Lag, 60 s', false, (facts, { history }) => <LagTrend facts={facts} history={history} />),
  column('Last contact', true, contactText),
  full('Commit', ({ node }) => count(node.status?.commitIndex)),
  full('Applied', ({ node }) => count(node.status?.appliedIndex)),
  full('First', ({ node }) => count(node.status?.firstIndex)),
  full('Last', ({ node }) => count(node.status?.lastIndex)),
  full('Snapshot', ({ node }) => count(node.status?.snapshotIndex)),
  {
    ...column('fsync p99', true, ({ node }) => {
      const ms = node.connected ? (node.status?.fsyncP99Ms ?? null) : null;
      return ms === null ? NONE : formatDuration(ms);
    }),
    spare: true,
  },
  column('Log', true, ({ node }) =>
    node.status === null ? NONE : formatBytes(node.status.logBytes),
  ),
  full('Memory', ({ node }) =>
    node.connected && node.status !== null ? formatBytes(node.status.residentBytes) : NONE,
  ),
  full('Process', ({ node }) => (node.pid === null ? node.process : `pid ${String(node.pid)}`)),
];

function column(title: string, numeric: boolean, cell: Column['cell']): Column {
  return { id: title, title, numeric, brief: true, spare: false, cell };
}

function full(title: string, cell: Column['cell']): Column {
  return { ...column(title, true, cell), brief: false };
}

function count(value: number | null | undefined): string {
  return value === null || value === undefined ? NONE : formatCount(value);
}

/** When the leader last heard it, or the host where nobody leads. */
function contactText({ node, face, progress }: NodeFacts, { nowMs }: NodeTableProps): string {
  if (face.kind === 'leader') return NONE;
  const gone = face.kind === 'down' || face.kind === 'frozen' || face.kind === 'unknown';
  if (gone) return node.heardAtMs === null ? NONE : formatDuration(nowMs - node.heardAtMs);
  const contact = progress?.lastContactMs ?? node.status?.leaderContactMs ?? null;
  return contact === null ? NONE : formatDuration(contact);
}

function LagTrend({
  facts: { node, face, lags },
  history,
}: {
  readonly facts: NodeFacts;
  readonly history: History;
}): JSX.Element | null {
  if (face.kind === 'leader') return null;
  const values = history.samples.map(({ lagById }) => lagById[node.id] ?? null);
  const known = values.filter((value) => value !== null);
  if (known.length < 2) return null;
  return (
    <span className="nodes-trend">
      <Sparkline
        values={values}
        span={HISTORY_SECONDS}
        width={60}
        height={18}
        tone={lags ? 'danger' : face.kind === 'non-voter' ? 'non-voter' : 'normal'}
        label={`Lag of ${node.name} in the last minute, at most ${String(Math.max(...known))}`}
      />
      <span className="faint">{formatCount(Math.max(...known))}</span>
    </span>
  );
}
