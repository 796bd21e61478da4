import {
  type CSSProperties,
  type JSX,
  type KeyboardEvent,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';

import type { ClusterView, NodeView } from '../../../main/contract/model.ts';
import { formatBytes, formatCount } from '../../ui/format.ts';
import { rowWindow, scrollFor } from '../../ui/row-window.ts';
import { faceOf } from '../nodes/face.ts';
import { RoleGlyph } from '../nodes/role-glyph.tsx';
import { useSize } from '../../ui/use-size.ts';
import { entryText, progressOf } from './log-entry.ts';
import type { LogPages } from './log-pages.ts';
import { compareToLeader } from './log-rows.ts';

/** Height of a row, in units. */
const ROW = 24;
/** Height of the head, which stays in sight. */
const HEAD = 32;

/** More does not fit into a cell, however wide; a command may have megabytes. */
const CELL_CHARS_MAX = 400;

export interface Cell {
  readonly nodeId: string;
  readonly index: number;
}

interface LogGridProps {
  readonly view: ClusterView;
  readonly nodes: readonly NodeView[];
  readonly first: number;
  readonly last: number;
  readonly pages: LogPages;
  readonly selected: Cell | null;
  readonly onSelect: (cell: Cell) => void;
  /** Brings an index into sight; a new object each time. */
  readonly jump: { readonly index: number } | null;
}

/** Entries side by side, one row per index, drawn only where they are seen. */
export function LogGrid(props: LogGridProps): JSX.Element {
  const { view, nodes, first, last, pages, selected, onSelect, jump } = props;
  const frame = useRef<HTMLDivElement>(null);
  const size = useSize(frame);
  const [scrollTop, setScrollTop] = useState(0);
  const atEnd = useRef(true);
  const rowHeight = ROW * (size?.scale ?? 1);
  const viewHeight = Math.max(0, (size?.height ?? 0) - HEAD) * (size?.scale ?? 1);
  const rows = last - first + 1;
  const shown = rowWindow({ rows, rowHeight, viewHeight, scrollTop });
  const from = first + shown.from;
  const to = Math.min(last, from + shown.count - 1);
  useEffect(() => {
    for (const node of nodes) pages.want(node, from, to);
  });
  useLayoutEffect(() => {
    // What is being written stays in sight while the end is looked at.
    const element = frame.current;
    if (element !== null && atEnd.current) element.scrollTop = element.scrollHeight;
  }, [rows, viewHeight]);
  useLayoutEffect(() => {
    const element = frame.current;
    if (element === null || jump === null) return;
    atEnd.current = false;
    element.scrollTop = scrollFor(jump.index - first, { rows, rowHeight, viewHeight });
    // Only when somebody asks for it, not whenever the log grows.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [jump]);

  const onKeyDown = (event: KeyboardEvent): void => {
    const next = moved(event.key, selected ?? { nodeId: nodes[0]?.id ?? '', index: to }, props);
    if (next === null) return;
    event.preventDefault();
    onSelect(next);
    const element = frame.current;
    if (element === null || (next.index > from && next.index < to)) return;
    atEnd.current = next.index === last;
    element.scrollTop = scrollFor(next.index - first, { rows, rowHeight, viewHeight });
  };
  return (
    <div
      ref={frame}
      className="log-grid"
      style={widthsOf(last, nodes.length)}
      role="grid"
      tabIndex={0}
      aria-label="Log entries"
      aria-rowcount={rows + 1}
      aria-colcount={nodes.length + 1}
      aria-activedescendant={selected === null ? undefined : cellId(selected)}
      onKeyDown={onKeyDown}
      onScroll={(event) => {
        const element = event.currentTarget;
        setScrollTop(element.scrollTop);
        atEnd.current = element.scrollTop + element.clientHeight >= element.scrollHeight - 2;
      }}
    >
      <Head nodes={nodes} view={view} />
      <div className="log-space" role="rowgroup" style={{ height: shown.height }}>
        <div
          className="log-rows"
          role="presentation"
          style={{ transform: `translateY(${String(shown.offset)}px)` }}
        >
          {Array.from({ length: shown.count }, (_, at) => (
            <Row key={at} {...props} index={from + at} />
          ))}
        </div>
      </div>
    </div>
  );
}

/** What the widths of the columns are made from. */
function widthsOf(last: number, nodes: number): CSSProperties {
  return { '--index-chars': formatCount(last).length, '--nodes': nodes } as CSSProperties;
}

function cellId({ nodeId, index }: Cell): string {
  return `entry-${nodeId}-${String(index)}`;
}

function moved(key: string, from: Cell, { nodes, first, last }: LogGridProps): Cell | null {
  const at = nodes.findIndex(({ id }) => id === from.nodeId);
  const beside = (step: number): Cell => ({ ...from, nodeId: nodes[at + step]?.id ?? from.nodeId });
  const along = (step: number): Cell => ({
    ...from,
    index: Math.min(last, Math.max(first, from.index + step)),
  });
  const moves: Readonly<Record<string, (() => Cell) | undefined>> = {
    ArrowUp: () => along(-1),
    ArrowDown: () => along(1),
    ArrowLeft: () => beside(-1),
    ArrowRight: () => beside(1),
    PageUp: () => along(-20),
    PageDown: () => along(20),
    Home: () => along(-Infinity),
    End: () => along(Infinity),
  };
  return moves[key]?.() ?? null;
}

function Head({
  nodes,
  view,
}: {
  readonly nodes: readonly NodeView[];
  readonly view: ClusterView;
}): JSX.Element {
  return (
    <div className="log-head" role="row" aria-rowindex={1}>
      <span role="columnheader" className="log-index">
        Index
      </span>
      {nodes.map((node) => {
        const face = faceOf(node, view.timeMs);
        return (
          <span key={node.id} role="columnheader" className="log-node">
            <RoleGlyph kind={face.kind} />
            <strong className="truncate">{node.name}</strong>
            <span className="muted truncate log-role">
              {face.word}, term {formatCount(node.status?.term ?? 0)}
            </span>
            <span className="muted log-last">last {formatCount(node.status?.lastIndex ?? 0)}</span>
          </span>
        );
      })}
    </div>
  );
}

function Row(props: LogGridProps & { readonly index: number }): JSX.Element {
  const { nodes, index, first } = props;
  return (
    <div className="log-row" role="row" aria-rowindex={index - first + 2}>
      <span role="rowheader" className="log-index">
        {formatCount(index)}
      </span>
      {nodes.map((node) => (
        <EntryCell key={node.id} {...props} node={node} />
      ))}
    </div>
  );
}

const PROGRESS = {
  stored: { sign: '○', word: 'stored' },
  committed: { sign: '✓', word: 'committed' },
  applied: { sign: '✓✓', word: 'applied' },
} as const;

/** What stands where an entry was not read: nothing while it may come in a moment. */
export function unreadWords({ connected }: NodeView, problem: string | null): string {
  if (!connected) return 'no answer';
  return problem === null ? '' : 'cannot be read';
}

function EntryCell({
  view,
  node,
  index,
  pages,
  selected,
  onSelect,
}: LogGridProps & { readonly node: NodeView; readonly index: number }): JSX.Element {
  const { status } = node;
  const cell = { nodeId: node.id, index };
  const isSelected = selected?.nodeId === node.id && selected.index === index;
  const entry = pages.entry(node.id, index);
  const common = {
    role: 'gridcell',
    id: cellId(cell),
    'aria-selected': isSelected,
    onClick: () => onSelect(cell),
  } as const;
  if (status === null || index > status.lastIndex || index < status.firstIndex) {
    const gone = status !== null && index < status.firstIndex;
    return (
      <span {...common} className="log-cell log-absent">
        {gone ? 'in the snapshot' : '–'}
      </span>
    );
  }
  if (entry === undefined) {
    return (
      <span {...common} className="log-cell log-absent">
        {unreadWords(node, pages.problem(node.id, index))}
      </span>
    );
  }
  const leader = view.nodes.find(({ id }) => id === view.health.leaderId) ?? null;
  const differs = compareToLeader(entry, node, leader, pages) === 'differs';
  const { sign, word } = PROGRESS[progressOf(index, status)];
  return (
    <span {...common} className={differs ? 'log-cell log-differs' : 'log-cell'}>
      <span className="log-term">{entry.term}</span>
      <code className={entry.kind === 'command' ? 'truncate' : 'truncate muted'}>
        {entryText(entry).slice(0, CELL_CHARS_MAX)}
      </code>
      <span className="faint log-bytes">{formatBytes(entry.bytes)}</span>
      <span className={`log-progress log-${word}`} title={word}>
        <span aria-hidden="true">{sign}</span>
        <span className="visually-hidden">
          {word}
          {differs ? ', differs from the leader' : ''}
        </span>
      </span>
    </span>
  );
}
