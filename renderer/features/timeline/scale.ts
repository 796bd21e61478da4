/** Heights of the timeline's rows, in units. */
export const ROWS = { ruler: 20, term: 16, fault: 16, lane: 32 } as const;

/** How long a stretch the timeline may show. */
export const SPANS = [
  { value: 30_000, label: '30 s' },
  { value: 60_000, label: '60 s' },
  { value: 300_000, label: '5 min' },
] as const;

/** Lanes wait so long for the slowest node before they are drawn: only then is their order right. */
export const ORDERING_MS = 250;
/** Free at the right of the present, as a share of the width. */
const MARGIN = 0.04;

/** The right edge while the present is shown. */
export function liveEnd(liveMs: number, spanMs: number): number {
  return liveMs + MARGIN * spanMs;
}

/** The right edge that keeps `atMs` in sight; it moves no more than it must. */
export function windowEnd(endMs: number, atMs: number, spanMs: number, liveEndMs: number): number {
  const startMs = endMs - spanMs;
  const margin = 0.08 * spanMs;
  if (atMs >= startMs + margin && atMs <= endMs - margin) return Math.min(endMs, liveEndMs);
  if (atMs > endMs - margin && endMs >= liveEndMs) return liveEndMs;
  return Math.min(liveEndMs, atMs + spanMs / 2);
}

export interface Tick {
  readonly timeMs: number;
  readonly label: string | null;
}

interface Steps {
  readonly tickMs: number;
  readonly labelMs: number;
  readonly fullMs: number;
}

/** The marks of the ruler: full times now and then, seconds alone between them. */
export function ticksOf(fromMs: number, toMs: number, clock: (timeMs: number) => string): Tick[] {
  const { tickMs, labelMs, fullMs } = stepsOf(toMs - fromMs);
  const ticks: Tick[] = [];
  for (let at = Math.ceil(fromMs / tickMs) * tickMs; at <= toMs; at += tickMs) {
    const text = at % labelMs === 0 ? clock(at) : null;
    const label = text === null || at % fullMs === 0 ? text : text.slice(-3);
    ticks.push({ timeMs: at, label });
  }
  return ticks;
}

/** About what a letter of a label takes, and the least between two labels. */
const LABEL_LETTER_WIDTH = 6.4;
const LABEL_GAP = 8;

/** The same marks without the labels that would stand on the one before them. */
export function legible(ticks: readonly Tick[], x: (timeMs: number) => number): readonly Tick[] {
  let takenTo = -Infinity;
  return ticks.map((tick) => {
    if (tick.label === null) return tick;
    const left = x(tick.timeMs);
    if (left < takenTo) return { ...tick, label: null };
    takenTo = left + tick.label.length * LABEL_LETTER_WIDTH + LABEL_GAP;
    return tick;
  });
}

function stepsOf(spanMs: number): Steps {
  if (spanMs <= 90_000) return { tickMs: 1_000, labelMs: 5_000, fullMs: 15_000 };
  return { tickMs: 10_000, labelMs: 60_000, fullMs: 60_000 };
}
