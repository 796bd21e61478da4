import { createStore, type StoreApi } from 'zustand/vanilla';

/** Something that is asked for in one place and done in another, which has the panel or sheet for it. */
export type Wish = WindowWish | OverviewWish;

/** The window's own sheets. */
export interface WindowWish {
  readonly kind: 'report' | 'save-recording' | 'quit';
}

/** Whether the window itself does it, whatever the screen. */
export function isOfWindow(wish: Wish): wish is WindowWish {
  return wish.kind === 'report' || wish.kind === 'save-recording' || wish.kind === 'quit';
}

/** What only the overview can do. */
export type OverviewWish =
  | { readonly kind: 'add-peer' }
  | { readonly kind: 'remove' | 'rebuild' | 'output' | 'commands'; readonly nodeId: string }
  /** An action on the selected node that needs a question first. */
  | { readonly kind: 'act'; readonly actionId: string };

/** What was asked for from elsewhere and is still to be done. */
export interface WishState {
  readonly store: StoreApi<{ readonly wish: Wish | null }>;
  readonly make: (wish: Wish) => void;
  readonly taken: () => void;
}

export function createWishState(): WishState {
  const store = createStore<{ readonly wish: Wish | null }>()(() => ({ wish: null }));
  return {
    store,
    make: (wish) => store.setState({ wish }),
    taken: () => store.setState({ wish: null }),
  };
}
