import { useCallback, useEffect, useReducer, useRef } from 'react';

import { useApp } from '../app-context.tsx';
import { encodeText } from './bytes.ts';
import { KeyDetails } from './key-details.ts';
import { KeyList } from './key-list.ts';

/** Keys as they were read at one time, and what has been read of them since. */
export interface ReadKeys {
  readonly list: KeyList;
  readonly details: KeyDetails;
  /** Host clock. */
  readonly readAtMs: number;
}

/** How long somebody has to stop typing before a pattern is looked for. */
const TYPING_MS = 250;

/**
 * The keys of a node or the leader. `refresh` reads them anew; what was there stays until the first of
 * the new ones have come.
 */
export function useKeyList(
  clusterId: string,
  nodeId: string | null,
  pattern: string,
  enabled: boolean,
): { readonly keys: ReadKeys | null; readonly refresh: () => void } {
  const app = useApp();
  const redraw = useRedraw();
  const shown = useRef<ReadKeys | null>(null);
  const next = useRef<ReadKeys | null>(null);
  const refresh = useCallback((): void => {
    const source = { clusterId, nodeId };
    const match = pattern === '' || pattern === '*' ? null : encodeText(pattern);
    const changed = (): void => {
      if (next.current?.list.begun === true) {
        shown.current?.list.stop();
        shown.current = next.current;
        next.current = null;
      }
      redraw();
    };
    const list = new KeyList({ api: app.api, source, match, changed });
    const details = new KeyDetails({ api: app.api, source, changed: redraw });
    next.current = { list, details, readAtMs: app.clock.hostNow() };
    shown.current ??= next.current;
    void list.more();
  }, [app, clusterId, nodeId, pattern, redraw]);
  useEffect(() => {
    if (!enabled) return undefined;
    const timer = setTimeout(refresh, shown.current === null ? 0 : TYPING_MS);
    return () => clearTimeout(timer);
  }, [refresh, enabled]);
  useEffect(
    () => () => {
      shown.current?.list.stop();
      next.current?.list.stop();
    },
    [],
  );
  return { keys: shown.current, refresh };
}

/** Draws again with the next picture, however often it is asked for before that. */
function useRedraw(): () => void {
  const [, count] = useReducer((drawn: number) => drawn + 1, 0);
  const frame = useRef<number | null>(null);
  useEffect(
    () => () => {
      if (frame.current !== null) cancelAnimationFrame(frame.current);
      frame.current = null;
    },
    [],
  );
  return useCallback(() => {
    frame.current ??= requestAnimationFrame(() => {
      frame.current = null;
      count();
    });
  }, []);
}
