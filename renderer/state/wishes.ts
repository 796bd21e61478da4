import { createStore, type StoreApi } from 'zustand/vanilla';

/** Something that only the overview can do, because it has a panel or a sheet for it. */
export type OverviewWish =
  | { readonly kind: 'add-peer' }
  | { readonly kind: 'remove' | 'output' | 'commands'; readonly nodeId: string }
  /** An action on the selected node that needs a question first. */
  | { readonly kind: 'act'; readonly actionId: string };

/** What was asked for from elsewhere and is still to be done; the overview takes it. */
export interface WishState {
  readonly store: StoreApi<{ readonly wish: OverviewWish | null }>;
  readonly make: (wish: OverviewWish) => void;
  readonly taken: () => void;
}

export function createWishState(): WishState {
  const store = createStore<{ readonly wish: OverviewWish | null }>()(() => ({ wish: null }));
  return {
    store,
    make: (wish) => store.setState({ wish }),
    taken: () => store.setState({ wish: null }),
  };
}
