import { createStore, type StoreApi } from 'zustand/vanilla';

import type { HostConnection } from '../../main/contract/host-api.ts';
import type { ClusterView, EventView } from '../../main/contract/model.ts';
import type { MomentView } from '../../main/contract/recording.ts';
import { type Campaigns, recordCampaigns } from './campaigns.ts';
import { emptyHistory, type History, historyOf, recordView } from './history.ts';

/** The one cluster that is watched: the one on the screen, or the one being created. */
export interface WatchedCluster {
  readonly clusterId: string | null;
  /** The moment shown, the present or a past one; null until the first push has come. */
  readonly view: ClusterView | null;
  /** The present, whatever moment is shown. */
  readonly live: ClusterView | null;
  readonly history: History;
  readonly campaigns: Campaigns;
  /** The rare events before the moment that is shown; null while that is the present. */
  readonly pastMarks: readonly EventView[] | null;
}

export interface ClusterState {
  readonly store: StoreApi<WatchedCluster>;
  /** Watches this cluster instead of the one before; null watches none. */
  readonly watch: (clusterId: string | null) => void;
  /** Shows a moment of the past until `showLive`; the present goes on unseen. */
  readonly showMoment: (moment: MomentView) => void;
  readonly showLive: () => void;
  /** Calls `listener` with each picture of the present. */
  readonly onView: (listener: (view: ClusterView) => void) => () => void;
  /** Stops the stream while nobody can see it, and resumes it; the picture stays. */
  readonly setPaused: (paused: boolean) => void;
  /** Calls `listener` with traced events as they come, outside of any store: there are many. */
  readonly onEvents: (listener: (events: readonly EventView[]) => void) => () => void;
}

const NONE: WatchedCluster = {
  clusterId: null,
  view: null,
  live: null,
  history: emptyHistory(''),
  campaigns: {},
  pastMarks: null,
};

export function createClusterState(
  connection: HostConnection,
  onHostTime: (timeMs: number) => void,
): ClusterState {
  const store = createStore<WatchedCluster>()(() => NONE);
  const onEvents = listeners<readonly EventView[]>();
  const onView = listeners<ClusterView>();
  /** What belongs to the present, kept up while a past moment is shown. */
  let present: Pick<WatchedCluster, 'history' | 'campaigns'> = NONE;
  let inPast = false;
  let stop: (() => void) | null = null;

  function resume(clusterId: string): void {
    const stopView = connection.subscribe({ topic: 'cluster', clusterId }, (view) => {
      if (store.getState().clusterId !== view.id) return;
      onHostTime(view.timeMs);
      present = { ...present, history: recordView(present.history, view) };
      store.setState(inPast ? { live: view } : { view, live: view, history: present.history });
      onView.tell(view);
    });
    const stopEvents = connection.subscribe({ topic: 'events', clusterId }, ({ events }) => {
      const campaigns = recordCampaigns(present.campaigns, events);
      if (campaigns !== present.campaigns) {
        present = { ...present, campaigns };
        if (!inPast) store.setState({ campaigns });
      }
      onEvents.tell(events);
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
      inPast = false;
      present = { history: emptyHistory(clusterId ?? ''), campaigns: {} };
      if (clusterId === null) {
        store.setState(NONE, true);
        return;
      }
      store.setState({ ...NONE, clusterId, history: present.history }, true);
      resume(clusterId);
    },
    setPaused(paused) {
      const { clusterId } = store.getState();
      if (paused) stop?.();
      else if (clusterId !== null && stop === null) resume(clusterId);
    },
    showMoment({ view, samples, marks }) {
      if (store.getState().clusterId !== view.id) return;
      inPast = true;
      const history = historyOf(view, samples);
      const campaigns = recordCampaigns({}, marks);
      store.setState({ view, history, campaigns, pastMarks: marks });
    },
    showLive() {
      if (!inPast) return;
      inPast = false;
      store.setState(({ live }) => ({ view: live, pastMarks: null, ...present }));
    },
    onView: onView.add,
    onEvents: onEvents.add,
  };
}

/** Whoever wants to hear of something, until the function that `add` returns is called. */
function listeners<T>() {
  const all = new Set<(news: T) => void>();
  return {
    add: (listener: (news: T) => void): (() => void) => {
      all.add(listener);
      return () => all.delete(listener);
    },
    tell: (news: T): void => {
      for (const listener of all) listener(news);
    },
  };
}
