import { type JSX, type KeyboardEvent, useMemo } from 'react';

import { formatBytes, formatCount, NONE } from '../../ui/format.ts';
import { VirtualRows } from '../../ui/virtual-rows.tsx';
import { useNow } from '../app-context.tsx';
import { contentOf, decodeBase64, shownKey, visibleBytes } from './bytes.ts';
import { expiryWords, timeLeft } from './expiry-words.ts';
import type { KeyDetails } from './key-details.ts';
import type { KeyList } from './key-list.ts';

/** Height of a row and of the head, in units. */
export const ROW = 24;
export const HEAD = 28;
/** Rows before the end at which the next page is asked for. */
const AHEAD = 100;

interface KeyTableProps {
  readonly list: KeyList;
  readonly details: KeyDetails;
  readonly selected: { readonly key: string; readonly row: number } | null;
  readonly jump: { readonly row: number } | null;
  readonly onSelect: (key: string, row: number) => void;
}

/** The keys, as many as there may be; each with what its value looks like and when it expires. */
export function KeyTable(props: KeyTableProps): JSX.Element {
  const { list, details, selected, jump, onSelect } = props;
  const choose = (row: number): void => {
    const within = Math.max(0, Math.min(list.count - 1, row));
    onSelect(list.keyAt(within), within);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const at = selected?.row ?? -1;
    const moves: Readonly<Record<string, number | undefined>> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: at + 20,
      PageUp: at - 20,
      Home: 0,
      End: list.count - 1,
    };
    const to = moves[event.key];
    if (to === undefined || event.ctrlKey || event.metaKey || list.count === 0) return;
    choose(to);
    event.preventDefault();
  };
  return (
    <VirtualRows
      className="key-table"
      role="grid"
      label="Keys"
      rows={list.count}
      rowHeight={ROW}
      headHeight={HEAD}
      jump={jump}
      activeId={selected === null ? undefined : 'chosen-key'}
      onKeyDown={onKeyDown}
      onShown={(from, to) => {
        const keys = Array.from({ length: to - from + 1 }, (_, at) => list.keyAt(from + at));
        details.want(keys);
        if (to >= list.count - AHEAD && list.problem === null) void list.more();
      }}
      head={<KeyHead />}
      row={(row) => (
        <KeyRow
          key={row}
          name={list.keyAt(row)}
          row={row}
          details={details}
          isSelected={selected?.row === row && selected.key === list.keyAt(row)}
          onSelect={onSelect}
        />
      )}
    />
  );
}

/** What the columns are. */
export function KeyHead(): JSX.Element {
  return (
    <div className="key-row key-head" role="row" aria-rowindex={1}>
      <span role="columnheader">Key</span>
      <span role="columnheader">Value</span>
      <span role="columnheader" className="num">
        Size
      </span>
      <span role="columnheader" className="num">
        Expires
      </span>
    </div>
  );
}

/** A key and what is known of it; in a tree only the part of its name that its folders do not say. */
export function KeyRow({
  name,
  shown = null,
  row,
  details,
  isSelected,
  onSelect,
}: Pick<KeyTableProps, 'details' | 'onSelect'> & {
  readonly name: string;
  readonly shown?: { readonly label: string; readonly depth: number } | null;
  readonly row: number;
  readonly isSelected: boolean;
}): JSX.Element {
  const facts = details.of(name);
  const text = useMemo(() => shownKey(name), [name]);
  const common = {
    role: 'row',
    id: isSelected ? 'chosen-key' : undefined,
    className: 'key-row',
    'aria-rowindex': row + 2,
    'aria-level': shown === null ? undefined : shown.depth + 1,
    'aria-selected': isSelected,
    onClick: () => onSelect(name, row),
  } as const;
  const key = <KeyName text={text} shown={shown} />;
  if (facts === undefined || facts === null || !facts.exists) {
    const word = facts === undefined ? '' : facts === null ? 'cannot be read' : 'gone';
    return (
      <div {...common}>
        {key}
        <span role="gridcell" className="muted">
          {word}
        </span>
        <span role="gridcell" />
        <span role="gridcell" />
      </div>
    );
  }
  const start = decodeBase64(facts.start);
  const content = contentOf(start, facts.sizeBytes);
  return (
    <div {...common}>
      {key}
      <span role="gridcell" className="key-value muted truncate">
        {content === 'empty' ? (
          'empty'
        ) : (
          <>
            <span className="key-content">{content}</span>
            <code>{visibleBytes(start, start.length < facts.sizeBytes)}</code>
          </>
        )}
      </span>
      <span role="gridcell" className="num">
        {formatBytes(facts.sizeBytes)}
      </span>
      <span role="gridcell" className="num">
        <Expiry atMs={facts.expiresAtMs} />
      </span>
    </div>
  );
}

function KeyName({
  text,
  shown,
}: {
  readonly text: string;
  readonly shown: { readonly label: string; readonly depth: number } | null;
}): JSX.Element {
  return (
    <span
      role="gridcell"
      className="key-name truncate"
      style={shown === null ? undefined : { paddingInlineStart: `${String(shown.depth + 1)}rem` }}
      title={text}
    >
      {shown?.label ?? text}
    </span>
  );
}

/** How long a key has left, on the host's clock: in a column of such, or among other facts. */
export function Expiry({
  atMs,
  among = false,
}: {
  readonly atMs: number | null;
  readonly among?: boolean;
}): JSX.Element {
  const nowMs = useNow();
  if (atMs === null) return <span className="faint">{NONE}</span>;
  if (among) return <>{expiryWords(atMs, nowMs)}</>;
  return <>{timeLeft(atMs, nowMs) ?? <span className="muted">expired</span>}</>;
}

/** What the list is, below it: how much of what, who said so, and at which entry. */
export function listWords(list: KeyList, name: (nodeId: string) => string): string {
  const { reader } = list;
  if (reader === null) return 'Reading';
  const of = list.complete && list.count === list.total ? '' : ` of ${formatCount(list.total)}`;
  const shown = `${formatCount(list.count)}${of} keys`;
  // What SCAN looks at is about what it was asked for: it may find a little more than that.
  const asked =
    list.complete || list.asked <= list.count ? '' : `, ${formatCount(list.asked)} looked at`;
  return `${shown}${asked} · ${name(reader.nodeId)} at entry ${formatCount(reader.appliedIndex)}`;
}
