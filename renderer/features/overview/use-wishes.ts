import { useEffect, useRef } from 'react';
import { useStore } from 'zustand';

import { isOfWindow, type OverviewWish } from '../../state/wishes.ts';
import { useApp } from '../app-context.tsx';

/** Does what the overview was asked to do from elsewhere, once it is there to do it. */
export function useWishes(grant: (wish: OverviewWish) => void): void {
  const app = useApp();
  const wish = useStore(app.wishes.store, (state) => state.wish);
  const newest = useRef(grant);
  useEffect(() => {
    newest.current = grant;
  });
  useEffect(() => {
    if (wish === null || isOfWindow(wish)) return;
    app.wishes.taken();
    newest.current(wish);
  }, [app, wish]);
}
