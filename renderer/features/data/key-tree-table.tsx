import { type JSX, type KeyboardEvent, useMemo, useState } from 'react';

import { formatCount } from '../../ui/format.ts';
import { Icon } from '../../ui/icon.tsx';
import { VirtualRows } from '../../ui/virtual-rows.tsx';
import type { KeyDetails } from './key-details.ts';
import type { KeyList } from './key-list.ts';
import { HEAD, KeyHead, KeyRow, ROW } from './key-table.tsx';
import { parentOf, type TreeRow, treeRows } from './key-tree.ts';

interface KeyTreeTableProps {
  readonly list: KeyList;
  /** The keys that were read, at most as many as a tree is made of. */
  readonly keys: readonly string[];
  readonly details: KeyDetails;
  readonly chosen: string | null;
  readonly onSelect: (key: string, row: number) => void;
}

/** The keys that were read, parted at their colons; what is closed costs nothing. */
export function KeyTreeTable(props: KeyTreeTableProps): JSX.Element {
  const { list, keys, details, chosen, onSelect } = props;
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [cursor, setCursor] = useState<string | null>(null);
  const [jump, setJump] = useState<{ readonly row: number } | null>(null);
  const rows = useMemo(() => treeRows(keys, open), [keys, open]);
  const at = rows.findIndex((row) => idOf(row) === (cursor ?? chosen));
  const go = (row: number): void => {
    const to = Math.max(0, Math.min(rows.length - 1, row));
    const target = rows[to];
    if (target === undefined) return;
    setCursor(idOf(target));
    setJump({ row: to });
    if (target.kind === 'key') onSelect(target.key, to);
  };
  const toggle = (path: string, isOpen: boolean): void => {
    const next = new Set(open);
    if (isOpen) next.add(path);
    else next.delete(path);
    setOpen(next);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (!act(event.key, rows, at, { go, toggle })) return;
    event.preventDefault();
  };
  return (
    <VirtualRows
      className="key-table"
      role="treegrid"
      label="Keys"
      rows={rows.length}
      rowHeight={ROW}
      headHeight={HEAD}
      jump={jump}
      activeId={at < 0 ? undefined : 'chosen-key'}
      onKeyDown={onKeyDown}
      onShown={(from, to) => {
        const shown = rows.slice(from, to + 1);
        details.want(shown.flatMap((row) => (row.kind === 'key' ? [row.key] : [])));
      }}
      head={<KeyHead />}
      row={(row) => {
        const shown = rows[row];
        if (shown === undefined) return null;
        const shared = { row, isSelected: row === at };
        if (shown.kind === 'key') {
          const key = { name: shown.key, details, onSelect: () => go(row) };
          return <KeyRow key={row} {...shared} {...key} shown={shown} />;
        }
        const onToggle = (): void => {
          setCursor(shown.path);
          toggle(shown.path, !shown.isOpen);
        };
        return <Folder key={row} {...shared} {...{ list, onToggle }} folder={shown} />;
      }}
    />
  );
}

/** A key and a folder never have the same: what a folder is named by ends in a colon, base64 in none. */
function idOf(row: TreeRow): string {
  return row.kind === 'folder' ? row.path : row.key;
}

interface Moves {
  readonly go: (row: number) => void;
  readonly toggle: (path: string, isOpen: boolean) => void;
}

/** Does what a key does in a tree; false where it does nothing. */
function act(key: string, rows: readonly TreeRow[], at: number, { go, toggle }: Moves): boolean {
  const row = rows[at];
  const folder = row?.kind === 'folder' ? row : null;
  switch (key) {
    case 'ArrowDown':
      go(at + 1);
      return true;
    case 'ArrowUp':
      go(at - 1);
      return true;
    case 'PageDown':
      go(at + 20);
      return true;
    case 'PageUp':
      go(at - 20);
      return true;
    case 'Home':
      go(0);
      return true;
    case 'End':
      go(rows.length - 1);
      return true;
    case 'ArrowRight':
      if (folder?.isOpen === true) go(at + 1);
      else if (folder !== null) toggle(folder.path, true);
      return true;
    case 'ArrowLeft':
      if (folder?.isOpen === true) toggle(folder.path, false);
      else if (parentOf(rows, at) >= 0) go(parentOf(rows, at));
      return true;
    case 'Enter':
    case ' ':
      if (folder !== null) toggle(folder.path, !folder.isOpen);
      return folder !== null;
    default:
      return false;
  }
}

function Folder({
  list,
  folder,
  row,
  isSelected,
  onToggle,
}: {
  readonly list: KeyList;
  readonly folder: TreeRow & { readonly kind: 'folder' };
  readonly row: number;
  readonly isSelected: boolean;
  readonly onToggle: () => void;
}): JSX.Element {
  const count = formatCount(folder.keys);
  return (
    <div
      role="row"
      id={isSelected ? 'chosen-key' : undefined}
      className="key-row key-folder"
      aria-rowindex={row + 2}
      aria-level={folder.depth + 1}
      aria-expanded={folder.isOpen}
      aria-selected={isSelected}
      onClick={onToggle}
    >
      <span
        role="gridcell"
        className="key-name truncate"
        style={{ paddingInlineStart: `${String(folder.depth)}rem` }}
        title={folder.path}
      >
        <Icon name={folder.isOpen ? 'chevron-down' : 'chevron-right'} /> {folder.label}
      </span>
      <span role="gridcell" className="muted truncate">
        {list.complete ? `${count} keys` : `${count} keys so far`}
      </span>
      <span role="gridcell" />
      <span role="gridcell" />
    </div>
  );
}
