import type { AppState } from './app-state.ts';

/** Ages have one decimal below ten seconds; faster than this nobody reads. */
const TICK_MS = 250;

/** The part of `document` that says whether anybody can see the page. */
export interface Visibility {
  readonly hidden: boolean;
  addEventListener(type: 'visibilitychange', listener: () => void): void;
}

/** Time and the stream go on while the window is seen, and stand still while it is not. */
export function watchVisibility(page: Visibility, app: AppState): void {
  let timer: ReturnType<typeof setInterval> | null = null;
  const tick = (): void => {
    // Without the host nobody knows what became of anything: the picture stays at its last moment.
    if (app.link.getState().state !== 'lost') app.clock.tick();
  };
  const update = (): void => {
    app.cluster.setPaused(page.hidden);
    if (timer !== null) clearInterval(timer);
    timer = page.hidden ? null : setInterval(tick, TICK_MS);
  };
  page.addEventListener('visibilitychange', update);
  update();
}
