import type { FaultSpan } from './happenings.ts';

/** Faults that begin and end within so long of each other are one stroke, such as a partition. */
const STROKE_MS = 250;
/** More at once are only counted. */
const ROWS_MAX = 3;

/** One bar: a fault, or several that are one stroke. */
export interface FaultBar {
  readonly label: string;
  readonly fromMs: number;
  /** Null while it is in force. */
  readonly toMs: number | null;
}

/**
 * The faults of a stretch in as few rows as show them side by side. A row is free again when its fault
 * has ended; what finds none is counted on the newest bar there is.
 */
export function faultRowsOf(
  spans: readonly FaultSpan[],
  fromMs: number,
  toMs: number,
): readonly (readonly FaultBar[])[] {
  const rows: { bars: FaultBar[]; more: number }[] = [];
  for (const bar of strokesOf(spans)) {
    if (bar.fromMs > toMs || (bar.toMs ?? Infinity) < fromMs) continue;
    const free = rows.find(({ bars }) => (bars.at(-1)?.toMs ?? Infinity) <= bar.fromMs);
    if (free !== undefined) free.bars.push(bar);
    else if (rows.length < ROWS_MAX) rows.push({ bars: [bar], more: 0 });
    else newestOf(rows).more += 1;
  }
  return rows.map(({ bars, more }) => {
    const last = bars.at(-1);
    if (last === undefined || more === 0) return bars;
    return [...bars.slice(0, -1), { ...last, label: `${last.label}, +${String(more)}` }];
  });
}

function strokesOf(spans: readonly FaultSpan[]): readonly FaultBar[] {
  const strokes: { first: FaultSpan; count: number }[] = [];
  for (const span of [...spans].sort((one, other) => one.fromMs - other.fromMs)) {
    const stroke = strokes.find(({ first }) => isOneStroke(first, span));
    if (stroke === undefined) strokes.push({ first: span, count: 1 });
    else stroke.count += 1;
  }
  return strokes.map(({ first, count }) => {
    const { label, fromMs, toMs } = first;
    return { label: count === 1 ? label : `${label}, and ${String(count - 1)} more`, fromMs, toMs };
  });
}

function isOneStroke(one: FaultSpan, other: FaultSpan): boolean {
  if (other.fromMs - one.fromMs > STROKE_MS) return false;
  if (one.toMs === null || other.toMs === null) return one.toMs === other.toMs;
  return Math.abs(one.toMs - other.toMs) <= STROKE_MS;
}

/** The row whose last fault began last. */
function newestOf<T extends { readonly bars: readonly FaultBar[] }>(rows: readonly T[]): T {
  const startOf = ({ bars }: T): number => bars.at(-1)?.fromMs ?? -Infinity;
  return rows.reduce((newest, row) => (startOf(row) > startOf(newest) ? row : newest));
}
