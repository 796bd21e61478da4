const FOCUSABLE =
  'button:not([disabled]), a[href], input:not([disabled]), select, textarea, [tabindex="0"]';

/** The parts of the window that F6 goes through: whatever says `data-pane`, in the order of the page. */
export function focusPane(page: Document, direction: 'next' | 'previous'): void {
  const panes = [...page.querySelectorAll<HTMLElement>('[data-pane]')].filter(
    (pane) => firstIn(pane) !== undefined,
  );
  const current = page.activeElement?.closest<HTMLElement>('[data-pane]') ?? null;
  const at = current === null ? -1 : panes.indexOf(current);
  const count = panes.length;
  const next = direction === 'next' ? (at + 1) % count : (Math.max(at, 0) - 1 + count) % count;
  const pane = panes[next];
  if (pane !== undefined) firstIn(pane)?.focus();
}

/** Where the focus goes in a pane: not into another one that is inside of it. */
function firstIn(pane: HTMLElement): HTMLElement | undefined {
  const all = [...pane.querySelectorAll<HTMLElement>(FOCUSABLE)];
  if (pane.tabIndex === 0) return pane;
  return all.find(
    (element) => element.closest('[data-pane]') === pane && element.getClientRects().length > 0,
  );
}
