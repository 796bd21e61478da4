const GAP_PX = 6;
const MARGIN_PX = 8;

/**
 * Puts `box` (fixed, in the top layer) beside `anchor`: below it, or above where below has no room.
 * `end` aligns their ends instead of their starts. It never leaves the window.
 */
export function placeBeside(box: HTMLElement, anchor: HTMLElement, align: 'below' | 'end'): void {
  const target = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = box;
  const below = target.bottom + GAP_PX;
  const fitsBelow = below + height + MARGIN_PX <= window.innerHeight;
  const top = fitsBelow ? below : Math.max(MARGIN_PX, target.top - GAP_PX - height);
  const wanted = align === 'end' ? target.right - width : target.left;
  const left = Math.max(MARGIN_PX, Math.min(wanted, window.innerWidth - width - MARGIN_PX));
  box.style.top = `${String(top)}px`;
  box.style.left = `${String(left)}px`;
}
