import { createStore, type StoreApi } from 'zustand/vanilla';

import type { HostConnection } from '../../main/contract/host-api.ts';
import type { ClusterView, EventView } from '../../main/contract/model.ts';
import { type Campaigns, recordCampaigns } from './campaigns.ts';
import { emptyHistory, type History, recordView } from './history.ts';

/** The one cluster that is watched: the one on the screen, or the one being created. */
export interface WatchedCluster {
  readonly clusterId: string | null;
  /** Null until the first push has come. */
  readonly view: ClusterView | null;
  readonly history: History;
  readonly campaigns: Campaigns;
}

export interface ClusterState {
  readonly store: StoreApi<WatchedCluster>;
  /** Watches this cluster instead of the one before; null watches none. */
  readonly watch: (clusterId: string | null) => void;
  /** Stops the stream while nobody can see it, and resumes it; the picture stays. */
  readonly setPaused: (paused: boolean) => void;
  /** Calls `listener` with traced events as they come, outside of any store: there are many. */
  readonly onEvents: (listener: (events: readonly EventView[]) => void) => () => void;
}

const NONE: WatchedCluster = {
  clusterId: null,
  view: null,
  history: emptyHistory(''),
  campaigns: {},
};

export function createClusterState(
  connection: HostConnection,
  onHostTime: (timeMs: number) => void,
): ClusterState {
  const store = createStore<WatchedCluster>()(() => NONE);
  const eventListeners = new Set<(events: readonly EventView[]) => void>();
  let stop: (() => void) | null = null;

  function resume(clusterId: string): void {
    const stopView = connection.subscribe({ topic: 'cluster', clusterId }, (view) => {
      if (store.getState().clusterId !== view.id) return;
      onHostTime(view.timeMs);
      store.setState(({ history }) => ({ view, history: recordView(history, view) }));
    });
    const stopEvents = connection.subscribe({ topic: 'events', clusterId }, ({ events }) => {
      const { campaigns: before } = store.getState();
      const campaigns = recordCampaigns(before, events);
      if (campaigns !== before) store.setState({ campaigns });
      for (const listener of eventListeners) listener(events);
    });
    stop = () => {
      stopView();
      stopEvents();
      stop = null;
    };
  }

  return {
    store,
    watch(clusterId) {
      if (store.getState().clusterId === clusterId) return;
      stop?.();
      if (clusterId === null) {
        store.setState(NONE, true);
        return;
      }
      store.setState({ ...NONE, clusterId, history: emptyHistory(clusterId) }, true);
      resume(clusterId);
    },
    setPaused(paused) {
      const { clusterId } = store.getState();
      if (paused) stop?.();
      else if (clusterId !== null && stop === null) resume(clusterId);
    },
    onEvents(listener) {
      eventListeners.add(listener);
      return () => eventListeners.delete(listener);
    },
  };
}
