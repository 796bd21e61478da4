import { createContext, useContext } from 'react';
import { useStore } from 'zustand';

import type { AppState } from '../state/app-state.ts';
import { formatClock } from '../ui/format.ts';

export const AppContext = createContext<AppState | null>(null);

/** Everything the window knows; the stores in it never change identity. */
export function useApp(): AppState {
  const app = useContext(AppContext);
  if (app === null) throw new Error('useApp needs an AppContext above it');
  return app;
}

/** The host's time, a few times a second: for ages. */
export function useNow(): number {
  return useStore(useApp().clock.store, ({ nowMs }) => nowMs);
}

/** Why nothing can be done while a moment of the past is shown. */
export function pastReason(atMs: number): string {
  return `You are looking at ${formatClock(atMs)}. Go live to act.`;
}

/** Why nothing can be done right now, or null. */
export function useActReason(): string | null {
  const app = useApp();
  const state = useStore(app.link, (link) => link.state);
  const atMs = useStore(app.time.store, (time) => time.atMs);
  // A page that is still opening has lost nothing: what is asked of it waits for the connection.
  if (state === 'lost') return 'The connection to the host is down. It is being restored.';
  return atMs === null ? null : pastReason(atMs);
}

export function useBusy(key: string): boolean {
  return useStore(useApp().busy.store, ({ keys }) => keys.has(key));
}
