/** Which rows to draw for a scroll position, and where; very long lists are scrolled in larger steps. */
export function rowWindow(options: {
  readonly rows: number;
  readonly rowHeight: number;
  readonly viewHeight: number;
  readonly scrollTop: number;
}): {
  readonly from: number;
  readonly count: number;
  readonly offset: number;
  readonly height: number;
} {
  const { rows, rowHeight, viewHeight, scrollTop } = options;
  const full = rows * rowHeight;
  const height = Math.min(full, HEIGHT_MAX);
  const count = Math.min(rows, ROWS_MAX, Math.ceil(viewHeight / rowHeight) + 1);
  const scrollable = Math.max(1, height - viewHeight);
  const share = Math.min(1, Math.max(0, scrollTop / scrollable));
  const top = share * Math.max(0, full - viewHeight);
  const from = Math.max(0, Math.min(rows - count, Math.floor(top / rowHeight)));
  return { from, count, offset: scrollTop - (top - from * rowHeight), height };
}

/** More rows than any screen shows: a list that is given all the height it wants must not draw millions. */
const ROWS_MAX = 400;

/** Browsers lay out no element that is much higher than this. */
const HEIGHT_MAX = 12_000_000;

/** The scroll position at which a row is in the middle of the view. */
export function scrollFor(
  row: number,
  options: { readonly rows: number; readonly rowHeight: number; readonly viewHeight: number },
): number {
  const { rows, rowHeight, viewHeight } = options;
  const full = rows * rowHeight;
  const height = Math.min(full, HEIGHT_MAX);
  const top = row * rowHeight - viewHeight / 2;
  const share = top / Math.max(1, full - viewHeight);
  return Math.max(0, Math.min(1, share)) * Math.max(0, height - viewHeight);
}
