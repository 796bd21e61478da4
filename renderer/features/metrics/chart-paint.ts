import type uPlot from 'uplot';

import type { Reign, Span } from './chart-data.ts';

/** What is drawn behind and beside the lines of every chart. */
export interface Backdrop {
  readonly faults: readonly Span[];
  readonly leaderless: readonly Span[];
  /** Unix ms. */
  readonly elections: readonly number[];
  /** The moment that is shown, when it is a past one. */
  readonly cursorMs: number | null;
}

/** Colours as a canvas takes them. */
export interface Inks {
  readonly text: string;
  readonly muted: string;
  readonly line: string;
  readonly accent: string;
  readonly leader: string;
  readonly leaderFill: string;
  readonly danger: string;
  readonly dangerFill: string;
  readonly area: string;
  readonly font: string;
}

const INK_NAMES = {
  text: '--text',
  muted: '--muted',
  line: '--line',
  accent: '--accent',
  leader: '--leader',
  leaderFill: '--leader-fill',
  danger: '--danger',
  dangerFill: '--danger-fill',
  area: '--sel',
} as const;

/** Reads the colours in force; a canvas knows no custom properties and no light-dark(). */
export function inksOf(host: HTMLElement): Inks {
  const probe = document.createElement('span');
  host.append(probe);
  const colours = Object.entries(INK_NAMES).map(([name, property]) => {
    probe.style.color = `var(${property})`;
    return [name, getComputedStyle(probe).color] as const;
  });
  const font = getComputedStyle(probe).fontFamily;
  probe.remove();
  return { ...(Object.fromEntries(colours) as Omit<Inks, 'font'>), font };
}

/** Dashes of the lines of nodes, in the order of the nodes: a style per node, never a hue. */
export const DASHES: readonly (readonly number[])[] = [
  [],
  [7, 4],
  [2, 3],
  [10, 3, 2, 3],
  [4, 2],
  [12, 5],
  [1, 5],
  [6, 2, 1, 2, 1, 2],
  [3, 6],
];

/** Faults hatched, time without a leader filled, elections dotted. */
export function paintBackdrop(
  plot: uPlot,
  { faults, leaderless, elections }: Backdrop,
  inks: Inks,
): void {
  const { ctx, bbox } = plot;
  const x = (timeMs: number): number => plot.valToPos(timeMs / 1000, 'x', true);
  const clamp = (at: number): number => Math.min(bbox.left + bbox.width, Math.max(bbox.left, at));
  ctx.save();
  for (const [spans, hatched] of [
    [leaderless, false],
    [faults, true],
  ] as const) {
    for (const { fromMs, toMs } of spans) {
      const left = clamp(x(fromMs));
      const width = Math.max(2, clamp(x(toMs)) - left);
      ctx.fillStyle = inks.dangerFill;
      ctx.fillRect(left, bbox.top, width, bbox.height);
      if (hatched) hatch(ctx, { left, width, top: bbox.top, height: bbox.height }, inks.danger);
    }
  }
  ctx.strokeStyle = inks.leader;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([2 * devicePixelRatio, 3 * devicePixelRatio]);
  for (const timeMs of elections) {
    const at = x(timeMs);
    if (at < bbox.left || at > bbox.left + bbox.width) continue;
    ctx.beginPath();
    ctx.moveTo(at, bbox.top);
    ctx.lineTo(at, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

function hatch(pen: CanvasRenderingContext2D, box: Box, colour: string): void {
  const { left, top, width, height } = box;
  pen.save();
  pen.beginPath();
  pen.rect(left, top, width, height);
  pen.clip();
  pen.strokeStyle = colour;
  pen.globalAlpha = 0.4;
  pen.lineWidth = devicePixelRatio;
  const step = 7 * devicePixelRatio;
  for (let at = left - height; at < left + width; at += step) {
    pen.beginPath();
    pen.moveTo(at, top + height);
    pen.lineTo(at + height, top);
    pen.stroke();
  }
  pen.restore();
}

/** The past moment that is shown, as a line through the chart. */
export function paintCursor(plot: uPlot, cursorMs: number | null, inks: Inks): void {
  if (cursorMs === null) return;
  const { ctx, bbox } = plot;
  const at = plot.valToPos(cursorMs / 1000, 'x', true);
  if (at < bbox.left || at > bbox.left + bbox.width) return;
  ctx.save();
  ctx.strokeStyle = inks.accent;
  ctx.lineWidth = 1.5 * devicePixelRatio;
  ctx.beginPath();
  ctx.moveTo(at, bbox.top);
  ctx.lineTo(at, bbox.top + bbox.height);
  ctx.stroke();
  ctx.restore();
}

/** A name at the end of each line, moved apart where they would stand on one another. */
export function paintLabels(plot: uPlot, labels: readonly EndLabel[], inks: Inks): void {
  const { ctx, bbox } = plot;
  const lineHeight = 13 * devicePixelRatio;
  const placed = labels
    .map(({ text, value }) => ({ text, y: plot.valToPos(value, 'y', true) }))
    .filter(({ y }) => Number.isFinite(y))
    .sort((left, right) => left.y - right.y);
  let above = -Infinity;
  for (const label of placed) {
    label.y = Math.max(label.y, above + lineHeight);
    above = label.y;
  }
  const overflow = above - (bbox.top + bbox.height);
  ctx.save();
  ctx.fillStyle = inks.muted;
  ctx.font = `${String(11 * devicePixelRatio)}px ${inks.font}`;
  ctx.textBaseline = 'middle';
  ctx.textAlign = 'left';
  for (const { text, y } of placed) {
    const at = overflow > 0 ? Math.max(bbox.top, y - overflow) : y;
    ctx.fillText(text, bbox.left + bbox.width + 6 * devicePixelRatio, at);
  }
  ctx.restore();
}

export interface EndLabel {
  readonly text: string;
  readonly value: number;
}

/** Lanes of who led: a bar per reign, with its term where there is room. */
export function paintReigns(
  plot: uPlot,
  reigns: readonly Reign[],
  nodes: readonly { readonly id: string; readonly name: string }[],
  inks: Inks,
): void {
  const { ctx, bbox } = plot;
  const laneHeight = bbox.height / Math.max(1, nodes.length);
  const height = Math.min(laneHeight - 4 * devicePixelRatio, 18 * devicePixelRatio);
  const x = (timeMs: number): number =>
    Math.min(bbox.left + bbox.width, Math.max(bbox.left, plot.valToPos(timeMs / 1000, 'x', true)));
  ctx.save();
  ctx.textBaseline = 'middle';
  ctx.font = `600 ${String(11 * devicePixelRatio)}px ${inks.font}`;
  for (const [lane, { id }] of nodes.entries()) {
    const middle = bbox.top + (lane + 0.5) * laneHeight;
    ctx.strokeStyle = inks.line;
    ctx.lineWidth = devicePixelRatio;
    ctx.beginPath();
    ctx.moveTo(bbox.left, middle);
    ctx.lineTo(bbox.left + bbox.width, middle);
    ctx.stroke();
    for (const { nodeId, term, fromMs, toMs } of reigns) {
      if (nodeId !== id) continue;
      const [left, right] = [x(fromMs), x(toMs)];
      const width = Math.max(2 * devicePixelRatio, right - left);
      ctx.fillStyle = inks.leaderFill;
      ctx.strokeStyle = inks.leader;
      ctx.lineWidth = 1.5 * devicePixelRatio;
      ctx.fillRect(left, middle - height / 2, width, height);
      ctx.strokeRect(left, middle - height / 2, width, height);
      const text = [`term ${String(term)}`, String(term)].find(
        (words) => ctx.measureText(words).width + 8 * devicePixelRatio < width,
      );
      if (text === undefined) continue;
      ctx.fillStyle = inks.leader;
      ctx.textAlign = 'center';
      ctx.fillText(text, left + width / 2, middle);
    }
  }
  ctx.restore();
}
