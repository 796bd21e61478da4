import { useCallback, useEffect, useRef } from 'react';

import type { AppState } from '../../state/app-state.ts';
import { isClusterScreen } from '../../state/route.ts';
import { useApp } from '../app-context.tsx';
import { copyAndSay } from '../copy-and-say.ts';
import { focusPane } from './panes.ts';
import { screenBlock, SCREENS } from './screens.ts';
import { healEverything } from '../chaos/heal.ts';
import { findShortcut, type ShortcutId, SHORTCUTS } from './shortcuts.ts';

/** Esc twice within so long heals everything: nobody looks for a button when all is on fire. */
const ESC_ESC_MS = 500;

/** What the window itself opens. */
export interface GlobalSheets {
  readonly onPalette: () => void;
  readonly onHelp: () => void;
}

/** The shortcuts that act wherever the focus is, except while somebody types; a menu has them too. */
export function useGlobalKeys({ onPalette, onHelp }: GlobalSheets): void {
  const app = useApp();
  const escapedAtMs = useRef(-ESC_ESC_MS);
  const run = useCallback(
    (id: ShortcutId): void => {
      if (id === 'help') onHelp();
      else if (id === 'palette') onPalette();
      else runGlobal(app, id);
    },
    [app, onHelp, onPalette],
  );
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || document.querySelector('dialog[open]') !== null) return;
      if (event.key === 'Escape' && !event.repeat) {
        const isSecond = event.timeStamp - escapedAtMs.current < ESC_ESC_MS;
        escapedAtMs.current = isSecond ? -ESC_ESC_MS : event.timeStamp;
        if (isSecond) healShown(app);
        return;
      }
      const typing = event.target instanceof HTMLElement && isTextField(event.target);
      if (typing && !event.ctrlKey && !event.metaKey && !/^F\d+$/.test(event.key)) return;
      const id = findShortcut(event, 'anywhere') ?? wayOutOfThePast(app, event);
      if (id === null) return;
      event.preventDefault();
      run(id);
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  });
  useEffect(
    () =>
      app.onMenu((command) => {
        // Nothing moves under a sheet that is open, whichever way it is asked for.
        if (document.querySelector('dialog[open]') !== null) return;
        const found = SHORTCUTS.find(({ id, scope }) => id === command && scope === 'anywhere');
        if (found !== undefined) run(found.id);
      }),
    [app, run],
  );
}

/** The header says that End goes live. So it does, unless the focus is where End means something else. */
function wayOutOfThePast(app: AppState, event: KeyboardEvent): ShortcutId | null {
  const { target } = event;
  const isNowhere =
    target === document.body || (target instanceof HTMLElement && target.matches('main'));
  if (!isNowhere || app.time.store.getState().atMs === null) return null;
  return findShortcut(event, 'time') === 'time-live' ? 'time-live' : null;
}

function isTextField(element: HTMLElement): boolean {
  return (
    element.isContentEditable || element.matches('input:not([type="radio"]), textarea, select')
  );
}

function runGlobal(app: AppState, id: ShortcutId): void {
  const { clusterId } = app.route.store.getState();
  if (id === 'heal') healShown(app);
  if (id === 'time-live') app.time.go(null);
  if (id === 'copy-connect') copyConnectLine(app);
  if (id === 'new-cluster') app.route.go({ screen: 'clusters' });
  if (id === 'next-pane') focusPane(document, 'next');
  if (id === 'previous-pane') focusPane(document, 'previous');
  const wanted = SCREENS.find(({ screen }) => id === `screen-${screen}`)?.screen;
  const inRecording = app.opened.store.getState().shown !== null;
  if (wanted === undefined || screenBlock(wanted, { clusterId, inRecording }) !== null) return;
  app.route.go({ screen: wanted });
}

/** Heals the cluster that is shown. */
function healShown(app: AppState): void {
  const { view } = app.cluster.store.getState();
  const { clusterId, screen } = app.route.store.getState();
  if (view === null || view.id !== clusterId || !isClusterScreen(screen)) return;
  healEverything(app, view);
}

function copyConnectLine(app: AppState): void {
  const line = app.cluster.store.getState().view?.connectCommand;
  if (line !== null && line !== undefined) copyAndSay(app, line);
}
