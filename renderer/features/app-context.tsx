import { createContext, useContext } from 'react';
import { useStore } from 'zustand';

import type { OpenedRecording } from '../../main/contract/recording-file.ts';
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

/** Why nothing can be done to what was opened from a file. */
export const RECORDING_REASON = 'This is a recording: nothing can be done to it.';

/** Why nothing can be done to what is on the screen at this moment; null when it can. */
export function momentReason(app: AppState): string | null {
  if (app.opened.store.getState().shown !== null) return RECORDING_REASON;
  const { atMs } = app.time.store.getState();
  return atMs === null ? null : pastReason(atMs);
}

/** The recording on the screen, when it is one that was opened from a file. */
export function useShownRecording(): OpenedRecording | null {
  return useStore(useApp().opened.store, ({ shown }) => shown);
}

/** Why nothing can be done right now, or null. */
export function useActReason(): string | null {
  const app = useApp();
  const recording = useShownRecording();
  const state = useStore(app.link, (link) => link.state);
  const atMs = useStore(app.time.store, (time) => time.atMs);
  // A page that is still opening has lost nothing: what is asked of it waits for the connection.
  if (state === 'lost') return 'The connection to the host is down. It is being restored.';
  if (recording !== null) return RECORDING_REASON;
  return atMs === null ? null : pastReason(atMs);
}

export function useBusy(key: string): boolean {
  return useStore(useApp().busy.store, ({ keys }) => keys.has(key));
}
