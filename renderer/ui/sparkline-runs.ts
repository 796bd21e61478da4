/** The points of each unbroken stretch, as `x,y`. The scale starts at zero. */
export function sparklineRuns(
  values: readonly (number | null)[],
  span: number,
  width: number,
  height: number,
): readonly (readonly string[])[] {
  const shown = values.slice(-span);
  const highest = Math.max(0, ...shown.map((value) => value ?? 0));
  const step = width / Math.max(1, span - 1);
  const room = height - 3;
  const runs: string[][] = [];
  let open: string[] | null = null;
  shown.forEach((value, at) => {
    if (value === null) {
      open = null;
      return;
    }
    const x = width - (shown.length - 1 - at) * step;
    const y = height - 1.5 - (highest === 0 ? 0 : (value / highest) * room);
    const point = `${x.toFixed(1)},${y.toFixed(1)}`;
    if (open === null) {
      open = [point];
      runs.push(open);
    } else open.push(point);
  });
  return runs.filter((points) => points.length > 1);
}
