import { createStore, type StoreApi } from 'zustand/vanilla';

/** The host's clock as this window knows it; ages are measured on it, never on the window's own. */
export interface ClockState {
  readonly store: StoreApi<{ readonly nowMs: number }>;
  /** A push says what time it is at the host. */
  readonly learn: (hostTimeMs: number) => void;
  /** Makes `nowMs` stand at a moment of the past; null lets it be the present again. */
  readonly hold: (atMs: number | null) => void;
  /** The present at the host, whatever moment is shown. */
  readonly hostNow: () => number;
  /** Moves `nowMs` on; called by a timer while the window is seen. */
  readonly tick: () => void;
}

/** Pushes come five times a second and bring the time along; a tick between two only costs. */
const TICK_AFTER_MS = 400;

export function createClockState(ownNow: () => number): ClockState {
  let offsetMs = 0;
  let learntAtMs = 0;
  let held = false;
  const store = createStore<{ readonly nowMs: number }>()(() => ({ nowMs: ownNow() }));
  return {
    store,
    learn(hostTimeMs) {
      learntAtMs = ownNow();
      offsetMs = hostTimeMs - learntAtMs;
      if (!held) store.setState({ nowMs: hostTimeMs });
    },
    hold(atMs) {
      held = atMs !== null;
      store.setState({ nowMs: atMs ?? ownNow() + offsetMs });
    },
    hostNow: () => ownNow() + offsetMs,
    tick() {
      const now = ownNow();
      if (!held && now - learntAtMs >= TICK_AFTER_MS) store.setState({ nowMs: now + offsetMs });
    },
  };
}
