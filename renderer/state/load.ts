import { createStore, type StoreApi } from 'zustand/vanilla';

import type { HostConnection } from '../../main/contract/host-api.ts';
import type { LoadView } from '../../main/contract/load.ts';

/** The last load of the cluster that is looked at; null while there was none. */
export interface LoadState {
  readonly store: StoreApi<{ readonly load: LoadView | null }>;
  /** Listens to that cluster from now on. */
  readonly watch: (clusterId: string | null) => void;
}

export function createLoadState(connection: Pick<HostConnection, 'subscribe'>): LoadState {
  const store = createStore<{ readonly load: LoadView | null }>()(() => ({ load: null }));
  let watched: string | null = null;
  let stop: () => void = () => undefined;
  return {
    store,
    watch(clusterId) {
      if (clusterId === watched) return;
      stop();
      watched = clusterId;
      store.setState({ load: null });
      stop =
        clusterId === null
          ? () => undefined
          : connection.subscribe({ topic: 'load', clusterId }, ({ load }) =>
              store.setState({ load }),
            );
    },
  };
}
