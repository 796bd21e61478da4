import { createStore, type StoreApi } from 'zustand/vanilla';

/** The host's clock as this window knows it; ages are measured on it, never on the window's own. */
export interface ClockState {
  readonly store: StoreApi<{ readonly nowMs: number }>;
  /** A push says what time it is at the host. */
  readonly learn: (hostTimeMs: number) => void;
  /** Makes `nowMs` stand at a moment of the past; null lets it be the present again. */
  readonly hold: (atMs: number | null) => void;
  /** The present at the host, whatever moment is shown; of a recording, its end. */
  readonly hostNow: () => number;
  /** Lets time stand at the end of a recording; null lets it go on. */
  readonly stand: (span: ClockSpan | null) => void;
  /** The recording that it stands at the end of, or null. */
  readonly standsIn: () => ClockSpan | null;
  /** Moves `nowMs` on; called by a timer while the window is seen. */
  readonly tick: () => void;
}

/** From when to when a recording goes, Unix ms. */
export interface ClockSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Pushes come five times a second and bring the time along; a tick between two only costs. */
const TICK_AFTER_MS = 400;

export function createClockState(ownNow: () => number): ClockState {
  let offsetMs = 0;
  let learntAtMs = 0;
  let held = false;
  let span: ClockSpan | null = null;
  const present = (): number => span?.toMs ?? ownNow() + offsetMs;
  const store = createStore<{ readonly nowMs: number }>()(() => ({ nowMs: ownNow() }));
  return {
    store,
    learn(hostTimeMs) {
      // A picture of a recording says nothing about what time it is.
      if (span !== null) return;
      learntAtMs = ownNow();
      offsetMs = hostTimeMs - learntAtMs;
      if (!held) store.setState({ nowMs: hostTimeMs });
    },
    hold(atMs) {
      held = atMs !== null;
      store.setState({ nowMs: atMs ?? present() });
    },
    hostNow: present,
    stand(next) {
      span = next;
      if (!held) store.setState({ nowMs: present() });
    },
    standsIn: () => span,
    tick() {
      const now = ownNow();
      if (!held && span === null && now - learntAtMs >= TICK_AFTER_MS)
        store.setState({ nowMs: now + offsetMs });
    },
  };
}
