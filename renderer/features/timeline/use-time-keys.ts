import type { KeyboardEvent } from 'react';

import type { AppState } from '../../state/app-state.ts';
import { findShortcut, type ShortcutId } from '../shell/shortcuts.ts';
import { addBookmark } from './bookmarks.ts';

const NUDGE_MS = 1_000;

/** The keys that move through time, while the timeline has the focus. */
export function timeKeys(app: AppState, spanMs: number) {
  return (event: KeyboardEvent<HTMLElement>): void => {
    if (event.defaultPrevented) return;
    // A focused button keeps Space for itself.
    const onButton =
      event.target instanceof Element && event.target.closest('button, input') !== null;
    if (onButton && (event.key === ' ' || event.key.startsWith('Arrow'))) return;
    const id = findShortcut(event, 'time');
    if (id === null) return;
    event.preventDefault();
    runTimeKey(app, id, spanMs);
  };
}

function runTimeKey(app: AppState, id: ShortcutId, spanMs: number): void {
  const { time, clock } = app;
  const atMs = time.store.getState().atMs ?? clock.hostNow();
  const startMs = app.recording.store.getState().facts?.startMs ?? null;
  const moves: Partial<Record<ShortcutId, () => void>> = {
    'time-pause': time.togglePause,
    'time-previous': () => void time.step('previous', 'event'),
    'time-next': () => void time.step('next', 'event'),
    'time-previous-term': () => void time.step('previous', 'term'),
    'time-next-term': () => void time.step('next', 'term'),
    'time-back': () => time.go(atMs - NUDGE_MS),
    'time-forward': () => time.go(atMs + NUDGE_MS),
    'time-page-back': () => time.go(atMs - spanMs / 2),
    'time-page-forward': () => time.go(atMs + spanMs / 2),
    'time-start': () => {
      if (startMs !== null) time.go(startMs + 1);
    },
    'time-live': () => time.go(null),
    'time-bookmark': () => void addBookmark(app),
  };
  moves[id]?.();
}
