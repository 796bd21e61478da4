import type { OutputLine } from '../../../main/contract/model.ts';
import { formatCount } from '../../ui/format.ts';

/** How loud a line is, as its node marks it. */
export type Level = 'debug' | 'verbose' | 'notice' | 'warning';

/** A line as it is shown: taken apart, with nothing left in it that could act. */
export interface ShownLine {
  /** Grows by one per line that has come; tells two equal lines apart. */
  readonly key: number;
  readonly nodeId: string;
  readonly stream: 'stdout' | 'stderr';
  /** Unix ms: the node's own time where the line has one, else when the host read it. */
  readonly timeMs: number;
  readonly level: Level;
  /** Without the time and the marks before it. */
  readonly text: string;
}

/** Most lines kept here; the whole output is in a file of each node's folder. */
const LINES_MAX = 10_000;
/** Longest text of a line that is shown: enough to read, and no page to lay out. */
const TEXT_MAX = 4_096;

/** `4711:L 20 Nov 2026 14:02:18.412 * text`, as a node writes it. */
const NODE_LINE =
  /^\d+:[SFCL] (\d{2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}):(\d{2}):(\d{2})\.(\d{3}) ([.\-*#]) (.*)$/s;
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
const LEVELS: Readonly<Record<string, Level>> = {
  '.': 'debug',
  '-': 'verbose',
  '*': 'notice',
  '#': 'warning',
};
/** What a terminal sets colours with (ECMA-48 SGR) says nothing here, and goes. */
// eslint-disable-next-line no-control-regex -- the escape character is what is looked for.
const COLOUR = /\u001b\[[\d;]*m/g;
/** A node's own clock may be off by a fault; a time far from the host's is not gone by. */
const DRIFT_MAX_MS = 24 * 60 * 60 * 1000;

/** Takes a line apart. What no node wrote is shown as it is: an error if it came on stderr. */
export function shownLine(line: OutputLine, key: number): ShownLine {
  const { nodeId, stream } = line;
  // A line of a megabyte is cut before anything looks at all of it.
  const raw = line.text.slice(0, 2 * TEXT_MAX).replaceAll(COLOUR, '');
  const parts = NODE_LINE.exec(raw);
  const left = line.text.length - 2 * TEXT_MAX;
  if (parts === null) {
    const level = stream === 'stderr' ? 'warning' : 'notice';
    return { key, nodeId, stream, timeMs: line.timeMs, level, text: safeText(raw, left) };
  }
  const [, day, month, year, hour, minute, second, ms, mark = '*', text = ''] = parts;
  const own = new Date(
    Number(year),
    MONTHS.indexOf(month ?? ''),
    ...([Number(day), Number(hour), Number(minute), Number(second), Number(ms)] as const),
  ).getTime();
  const isNear = Math.abs(own - line.timeMs) < DRIFT_MAX_MS;
  const timeMs = isNear ? own : line.timeMs;
  return {
    key,
    nodeId,
    stream,
    timeMs,
    level: LEVELS[mark] ?? 'notice',
    text: safeText(text, left),
  };
}

/**
 * Text from a process, with every character that would act or hide as an escape: control characters
 * and NUL, marks that turn the direction of writing, invisible ones, halves of a pair.
 */
export function safeText(text: string, leftOut = 0): string {
  const cut = text.slice(0, TEXT_MAX);
  const more = text.length - cut.length + Math.max(0, leftOut);
  const shown = cut.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, escaped);
  return more <= 0 ? shown : `${shown}… ${formatCount(more)} characters more`;
}

function escaped(sign: string): string {
  if (sign === '\t') return '    ';
  const code = sign.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  return code < 256 ? `\\x${hex.padStart(2, '0')}` : `\\u{${hex.padStart(4, '0')}}`;
}

/** The lines in order of time after some more have come; nodes report at their own pace. */
export function withLines(
  known: readonly ShownLine[],
  fresh: readonly ShownLine[],
): readonly ShownLine[] {
  if (fresh.length === 0) return known;
  const last = known.at(-1);
  const inOrder = [...fresh].sort(byTime);
  const isLater = last === undefined || byTime(last, inOrder[0] ?? last) <= 0;
  const all = isLater ? [...known, ...inOrder] : [...known, ...inOrder].sort(byTime);
  return all.length > LINES_MAX ? all.slice(-LINES_MAX) : all;
}

function byTime(left: ShownLine, right: ShownLine): number {
  return left.timeMs - right.timeMs || left.key - right.key;
}

export type LevelFilter = 'all' | 'notice' | 'warning';

const LOUDNESS: Readonly<Record<Level, number>> = { debug: 0, verbose: 1, notice: 2, warning: 3 };
const AT_LEAST: Readonly<Record<LevelFilter, number>> = { all: 0, notice: 2, warning: 3 };

/** The lines of one node, or of all, that are loud enough. */
export function filtered(
  lines: readonly ShownLine[],
  { nodeId, level }: { readonly nodeId: string | null; readonly level: LevelFilter },
): readonly ShownLine[] {
  if (nodeId === null && level === 'all') return lines;
  return lines.filter(
    (line) =>
      (nodeId === null || line.nodeId === nodeId) && LOUDNESS[line.level] >= AT_LEAST[level],
  );
}

/** Where `text` stands in the lines, whatever its case. */
export function matchesOf(lines: readonly ShownLine[], text: string): readonly number[] {
  if (text === '') return [];
  const wanted = text.toLowerCase();
  return lines.flatMap((line, at) => (line.text.toLowerCase().includes(wanted) ? [at] : []));
}

/** The last line at a moment; -1 when all are later. */
export function lineAt(lines: readonly ShownLine[], atMs: number): number {
  let [low, high] = [0, lines.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((lines[middle]?.timeMs ?? Infinity) <= atMs) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
