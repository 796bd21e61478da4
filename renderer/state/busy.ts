import { createStore, type StoreApi } from 'zustand/vanilla';

/** What is being asked of the host right now, by a key such as `kill/<cluster>/<node>`. */
export interface BusyState {
  readonly store: StoreApi<{ readonly keys: ReadonlySet<string> }>;
  /** Runs `work` unless the same is under way already; a double click is one click. */
  readonly run: (key: string, work: () => Promise<void>) => Promise<void>;
}

export function createBusyState(): BusyState {
  const store = createStore<{ readonly keys: ReadonlySet<string> }>()(() => ({ keys: new Set() }));
  return {
    store,
    async run(key, work) {
      if (store.getState().keys.has(key)) return;
      store.setState(({ keys }) => ({ keys: new Set([...keys, key]) }));
      try {
        await work();
      } finally {
        store.setState(({ keys }) => ({ keys: new Set([...keys].filter((k) => k !== key)) }));
      }
    },
  };
}
