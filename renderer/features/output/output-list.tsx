import { type JSX, type KeyboardEvent, useEffect, useLayoutEffect, useRef, useState } from 'react';

import { formatMoment } from '../../ui/format.ts';
import { rowWindow, scrollFor } from '../../ui/row-window.ts';
import { useSize } from '../../ui/use-size.ts';
import type { ShownLine } from './output-line.ts';

/** Height of a line, in units. */
const ROW = 20;

interface OutputListProps {
  readonly lines: readonly ShownLine[];
  readonly nameOf: (nodeId: string) => string;
  /** The chosen line, or the last one at the moment that is shown; -1 for none. */
  readonly current: number;
  /** Lines after it have not been printed yet at the moment that is shown. */
  readonly isPast: boolean;
  readonly find: string;
  readonly follow: boolean;
  readonly onFollow: (follow: boolean) => void;
  readonly onChoose: (at: number) => void;
}

/** The lines, drawn only where they are seen. */
export function OutputList(props: OutputListProps): JSX.Element {
  const { lines, current, follow, onFollow, onChoose } = props;
  const frame = useRef<HTMLDivElement>(null);
  const size = useSize(frame);
  const [scrollTop, setScrollTop] = useState(0);
  const rowHeight = ROW * (size?.scale ?? 1);
  const viewHeight = (size?.height ?? 0) * (size?.scale ?? 1);
  const rows = lines.length;
  const shown = rowWindow({ rows, rowHeight, viewHeight, scrollTop });
  const last = lines.at(-1)?.key;
  useLayoutEffect(() => {
    const element = frame.current;
    if (element !== null && follow) element.scrollTop = element.scrollHeight;
  }, [follow, last, viewHeight]);
  const isSeen = current > shown.from && current < shown.from + shown.count - 2;
  const seen = useRef(isSeen);
  useEffect(() => {
    seen.current = isSeen;
  });
  useLayoutEffect(() => {
    const element = frame.current;
    if (element === null || current < 0 || follow || seen.current) return;
    element.scrollTop = scrollFor(current, { rows, rowHeight, viewHeight });
    // When another line becomes the current one, not whenever lines come.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [current, follow]);

  const onKeyDown = (event: KeyboardEvent): void => {
    const target = targetOf(event.key, current, rows);
    if (target === null) return;
    event.preventDefault();
    if (event.key === 'End') onFollow(true);
    else if (target >= 0) onChoose(target);
  };
  return (
    <div
      ref={frame}
      className="output-list"
      role="listbox"
      aria-label="Lines of output"
      tabIndex={0}
      aria-activedescendant={current < 0 ? undefined : rowId(current)}
      onKeyDown={onKeyDown}
      onScroll={(event) => {
        const element = event.currentTarget;
        setScrollTop(element.scrollTop);
        const atEnd = element.scrollTop + element.clientHeight >= element.scrollHeight - 2;
        if (follow && !atEnd && element.scrollTop < scrollTop) onFollow(false);
      }}
    >
      <div className="output-space" role="presentation" style={{ height: shown.height }}>
        <div role="presentation" style={{ transform: `translateY(${String(shown.offset)}px)` }}>
          {lines.slice(shown.from, shown.from + shown.count).map((line, offset) => (
            <Row key={line.key} {...props} line={line} at={shown.from + offset} />
          ))}
        </div>
      </div>
    </div>
  );
}

function rowId(at: number): string {
  return `output-${String(at)}`;
}

function targetOf(key: string, current: number, rows: number): number | null {
  const from = current < 0 ? rows : current;
  const steps: Readonly<Record<string, number | undefined>> = {
    ArrowUp: -1,
    ArrowDown: 1,
    PageUp: -20,
    PageDown: 20,
    Home: -Infinity,
    End: Infinity,
  };
  const step = steps[key];
  return step === undefined ? null : Math.min(rows - 1, Math.max(0, from + step));
}

const LEVEL_WORDS = {
  debug: 'debug',
  verbose: 'verbose',
  notice: 'notice',
  warning: 'warning',
} as const;

function Row({
  line,
  at,
  current,
  isPast,
  find,
  nameOf,
  onChoose,
}: OutputListProps & { readonly line: ShownLine; readonly at: number }): JSX.Element {
  const isLater = isPast && at > current;
  return (
    <div
      id={rowId(at)}
      role="option"
      aria-selected={at === current}
      className={`output-row output-${line.level}${isLater ? ' output-later' : ''}`}
      title={line.text}
      onClick={() => onChoose(at)}
    >
      <span className="output-at">{formatMoment(line.timeMs)}</span>
      <span className="output-node truncate">{nameOf(line.nodeId)}</span>
      <span className="output-level" translate="no">
        {LEVEL_WORDS[line.level]}
      </span>
      <bdi className="output-words">
        <Marked text={line.text} find={find} />
      </bdi>
    </div>
  );
}

/** The text with what is looked for marked in it. */
function Marked({ text, find }: { readonly text: string; readonly find: string }): JSX.Element {
  const at = find === '' ? -1 : text.toLowerCase().indexOf(find.toLowerCase());
  if (at < 0) return <>{text}</>;
  return (
    <>
      {text.slice(0, at)}
      <mark>{text.slice(at, at + find.length)}</mark>
      {text.slice(at + find.length)}
    </>
  );
}
