import type { JSX } from 'react';

import type { ClusterView, NodeView } from '../../../main/contract/model.ts';
import { CopyBox } from '../../ui/copy-box.tsx';
import { formatBytes, formatCount, formatMoment } from '../../ui/format.ts';
import { entryText, type LogEntry, progressOf } from './log-entry.ts';
import type { Cell } from './log-grid.tsx';
import type { LogPages } from './log-pages.ts';
import { compareToLeader } from './log-rows.ts';

interface EntryInspectorProps {
  readonly view: ClusterView;
  readonly nodes: readonly NodeView[];
  readonly pages: LogPages;
  readonly cell: Cell;
}

/** What an entry is, who has it, and what will become of it. */
export function EntryInspector({ view, nodes, pages, cell }: EntryInspectorProps): JSX.Element {
  const node = nodes.find(({ id }) => id === cell.nodeId);
  const entry = pages.entry(cell.nodeId, cell.index);
  return (
    <>
      <header className="inspector-part inspector-head">
        <h2>Entry {formatCount(cell.index)}</h2>
        <p className="muted">on {node?.name ?? `node-${cell.nodeId}`}</p>
      </header>
      {entry === undefined || node === undefined ? (
        <section className="inspector-part">
          <p className="muted">This node does not hold it, or it has not been read yet.</p>
        </section>
      ) : (
        <Facts {...{ view, nodes, pages, entry, node }} />
      )}
    </>
  );
}

function Facts({
  view,
  nodes,
  pages,
  entry,
  node,
}: Omit<EntryInspectorProps, 'cell'> & {
  readonly entry: LogEntry;
  readonly node: NodeView;
}): JSX.Element {
  const leader = view.nodes.find(({ id }) => id === view.health.leaderId) ?? null;
  const comparison = compareToLeader(entry, node, leader, pages);
  const holders = nodes.filter((one) => pages.entry(one.id, entry.index)?.term === entry.term);
  const committed = nodes.some(
    ({ id, status }) =>
      status !== null &&
      entry.index <= status.commitIndex &&
      pages.entry(id, entry.index)?.term === entry.term,
  );
  const progress = node.status === null ? null : progressOf(entry.index, node.status);
  return (
    <>
      <section className="inspector-part entry-words">
        <CopyBox text={entryText(entry)} what="the entry" />
        {entry.cut && <p className="muted">A node tells the first 4 KiB of an argument.</p>}
      </section>
      <section className="inspector-part">
        <dl className="inspector-facts">
          <Fact name="Term">{formatCount(entry.term)}</Fact>
          <Fact name="Kind">{entry.kind}</Fact>
          <Fact name="Size">{formatBytes(entry.bytes)}</Fact>
          {entry.timeMs !== null && entry.timeMs > 0 && (
            <Fact name="Written">{formatMoment(entry.timeMs)}</Fact>
          )}
          <Fact name="Seen on">
            {`${String(holders.length)} of ${String(nodes.length)}: ${holders.map(({ name }) => name).join(', ')}`}
          </Fact>
          <Fact name="Committed">{committed ? 'yes' : 'not that any node knows'}</Fact>
          <Fact name="Here">{progress ?? 'unknown'}</Fact>
        </dl>
      </section>
      {comparison === 'differs' && leader !== null && (
        <section className="inspector-part">
          <h3>What will happen</h3>
          <p>
            {`It will be replaced by what ${leader.name} holds. A follower removes what conflicts with its leader and all that follows (Raft paper §5.3).`}
          </p>
        </section>
      )}
    </>
  );
}

function Fact({
  name,
  children,
}: {
  readonly name: string;
  readonly children: string;
}): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
