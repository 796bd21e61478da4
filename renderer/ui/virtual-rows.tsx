import { type JSX, type KeyboardEvent, type ReactNode, useLayoutEffect, useRef } from 'react';
import { useEffect, useState } from 'react';

import { rowWindow, scrollFor } from './row-window.ts';
import { useSize } from './use-size.ts';
import './virtual-rows.css';

interface VirtualRowsProps {
  readonly rows: number;
  /** In units, as the style sheet has it. */
  readonly rowHeight: number;
  readonly label: string;
  /** A grid of rows that can be chosen, or a text that is only read. */
  readonly role: 'grid' | 'treegrid' | 'region';
  readonly row: (at: number) => ReactNode;
  /** Stays in sight above the rows; of `headHeight` units. */
  readonly head?: ReactNode;
  readonly headHeight?: number;
  /** Called with the rows in sight, `to` included, whenever they are drawn. */
  readonly onShown?: (from: number, to: number) => void;
  /** Brings a row into sight when it is not; a new object each time. */
  readonly jump?: { readonly row: number } | null;
  readonly activeId?: string | undefined;
  readonly onKeyDown?: (event: KeyboardEvent) => void;
  readonly className?: string;
}

/** Rows of one height, however many, of which those in sight are in the page. */
export function VirtualRows({
  rows,
  rowHeight,
  label,
  role,
  row,
  head,
  headHeight = 0,
  onShown,
  jump = null,
  activeId,
  onKeyDown,
  className = '',
}: VirtualRowsProps): JSX.Element {
  const frame = useRef<HTMLDivElement>(null);
  const size = useSize(frame);
  const [scrollTop, setScrollTop] = useState(0);
  const scale = size?.scale ?? 1;
  const height = rowHeight * scale;
  const viewHeight = Math.max(0, (size?.height ?? 0) - headHeight) * scale;
  const shown = rowWindow({ rows, rowHeight: height, viewHeight, scrollTop });
  useEffect(() => {
    if (shown.count > 0) onShown?.(shown.from, shown.from + shown.count - 1);
  });
  useLayoutEffect(() => {
    const element = frame.current;
    if (element === null || jump === null) return;
    const fits = Math.floor(viewHeight / height);
    if (jump.row > shown.from && jump.row < shown.from + fits - 1) return;
    element.scrollTop = scrollFor(jump.row, { rows, rowHeight: height, viewHeight });
    // Only when somebody asks for it, not whenever the rows change.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [jump]);
  const isGrid = role !== 'region';
  return (
    <div
      ref={frame}
      className={`virtual-rows ${className}`}
      role={role}
      tabIndex={0}
      aria-label={label}
      aria-rowcount={isGrid ? rows + 1 : undefined}
      aria-activedescendant={activeId}
      onKeyDown={onKeyDown}
      onScroll={(event) => setScrollTop(event.currentTarget.scrollTop)}
    >
      {head}
      <div
        className="virtual-space"
        role={isGrid ? 'rowgroup' : undefined}
        style={{ height: shown.height }}
      >
        <div
          role={isGrid ? 'presentation' : undefined}
          style={{ transform: `translateY(${String(shown.offset)}px)` }}
        >
          {Array.from({ length: shown.count }, (_, at) => row(shown.from + at))}
        </div>
      </div>
    </div>
  );
}
