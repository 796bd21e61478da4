import { createStore, type StoreApi } from 'zustand/vanilla';

/** The host's clock as this window knows it; ages are measured on it, never on the window's own. */
export interface ClockState {
  readonly store: StoreApi<{ readonly nowMs: number }>;
  /** A push says what time it is at the host. */
  readonly learn: (hostTimeMs: number) => void;
  /** Moves `nowMs` on; called by a timer while the window is seen. */
  readonly tick: () => void;
}

export function createClockState(ownNow: () => number): ClockState {
  let offsetMs = 0;
  const store = createStore<{ readonly nowMs: number }>()(() => ({ nowMs: ownNow() }));
  const tick = (): void => store.setState({ nowMs: ownNow() + offsetMs });
  return {
    store,
    learn(hostTimeMs) {
      offsetMs = hostTimeMs - ownNow();
      tick();
    },
    tick,
  };
}
