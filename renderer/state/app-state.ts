import { createStore, type StoreApi } from 'zustand/vanilla';

import type { HostApi, HostConnection } from '../../main/contract/host-api.ts';
import type { AppInfo, ClusterSummary, OutputLine, Settings } from '../../main/contract/model.ts';
import type { OutsidePush } from '../../main/contract/outside.ts';
import { DEFAULT_SETTINGS } from '../../main/contract/settings.ts';
import { createLoadState, type LoadState } from './load.ts';
import { type ChaosState, createChaosState } from './chaos.ts';
import { type BusyState, createBusyState } from './busy.ts';
import { type ClockState, createClockState } from './clock.ts';
import { type ConsoleState, createConsoleState } from './console.ts';
import { type ClusterState, createClusterState } from './cluster.ts';
import { createRecordingState, type RecordingState } from './recording.ts';
import { createOpenedState, type OpenedState } from './opened.ts';
import { type AddressBar, createRouteState, type RouteState } from './route.ts';
import { createSnapshotChecks, type SnapshotChecks } from './snapshot-checks.ts';
import { createTimeState, type TimeState } from './time.ts';
import { createToastState, type ToastState } from './toasts.ts';
import { createWishState, type WishState } from './wishes.ts';

/** The way to the host. `lost` only after it was there: a page that is still opening lost nothing. */
export type LinkState = 'connecting' | 'open' | 'lost';

/** What is left to say once the host was ended from here. */
export interface Farewell {
  readonly said: { readonly nodes: 'keep' | 'stop'; readonly count: number } | null;
}

/** Everything the window knows. One store per topic; features read them and never write them. */
export interface AppState {
  readonly api: HostApi;
  readonly link: StoreApi<{ readonly state: LinkState }>;
  readonly info: StoreApi<{ readonly info: AppInfo | null }>;
  readonly settings: StoreApi<Settings>;
  /** Null until the host has said which clusters there are. */
  readonly clusters: StoreApi<{ readonly list: readonly ClusterSummary[] | null }>;
  readonly cluster: ClusterState;
  readonly route: RouteState;
  readonly clock: ClockState;
  /** Which moment the window shows. */
  readonly time: TimeState;
  /** Recordings that were opened from files. */
  readonly opened: OpenedState;
  readonly recording: RecordingState;
  readonly console: ConsoleState;
  readonly chaos: ChaosState;
  readonly snapshotChecks: SnapshotChecks;
  readonly load: LoadState;
  /** What was asked for in one place and is done in another. */
  readonly wishes: WishState;
  /** The commands of the palette that were run, newest first. */
  readonly recent: StoreApi<{ readonly ids: readonly string[] }>;
  readonly toasts: ToastState;
  readonly busy: BusyState;
  /** That this window has ended its host, and what became of so many nodes; null while it has not. */
  readonly farewell: StoreApi<Farewell>;
  /** What the system has handed to the app, until the user has answered. */
  readonly outside: StoreApi<OutsidePush>;
  /** Commands that are chosen from a menu around the page, until the returned function is called. */
  readonly onMenu: (listener: (command: string) => void) => () => void;
  /** Whether the panel that explains the cluster's state is open. */
  readonly why: StoreApi<{ readonly open: boolean }>;
  /** Whose output is shown; null is everybody's. */
  readonly output: StoreApi<{ readonly nodeId: string | null }>;
  /** New lines of output of a cluster's nodes, until the returned function is called. */
  readonly onOutput: (
    clusterId: string,
    listener: (lines: readonly OutputLine[]) => void,
  ) => () => void;
}

export function createAppState(
  connection: HostConnection,
  address: AddressBar,
  ownNow: () => number,
): AppState {
  const clock = createClockState(ownNow);
  const cluster = createClusterState(connection, clock.learn);
  const route = createRouteState(address);
  // Before the time: which moments there are depends on it.
  const opened = createOpenedState({ connection, route, clock });
  const { api } = connection;
  const app: AppState = {
    api,
    link: createStore(() => ({ state: 'connecting' })),
    info: createStore(() => ({ info: null as AppInfo | null })),
    settings: createStore(() => DEFAULT_SETTINGS),
    clusters: createStore(() => ({ list: null as readonly ClusterSummary[] | null })),
    cluster,
    route,
    time: createTimeState({ api, cluster, clock, route }),
    opened,
    recording: createRecordingState(api, clock.hostNow),
    console: createConsoleState(api),
    snapshotChecks: createSnapshotChecks(api, clock.hostNow),
    clock,
    chaos: createChaosState(),
    load: createLoadState(connection),
    wishes: createWishState(),
    recent: createStore(() => ({ ids: [] as readonly string[] })),
    toasts: createToastState(),
    busy: createBusyState(),
    farewell: createStore<Farewell>()(() => ({ said: null })),
    outside: createStore<OutsidePush>()(() => ({ request: null })),
    onMenu: (listener) =>
      connection.subscribe({ topic: 'menu' }, ({ command }) => listener(command)),
    why: createStore(() => ({ open: false })),
    output: createStore(() => ({ nodeId: null as string | null })),
    onOutput: (clusterId, listener) =>
      connection.subscribe({ topic: 'output', clusterId }, ({ lines }) => listener(lines)),
  };
  connect(app, connection);
  return app;
}

function connect(app: AppState, connection: HostConnection): void {
  let wasOpen = false;
  connection.onState((state) => {
    wasOpen ||= state === 'open';
    app.link.setState({ state: state === 'open' ? 'open' : wasOpen ? 'lost' : 'connecting' });
  });
  app.cluster.onEvents(app.recording.takeEvents);
  app.cluster.onView(app.recording.takeView);
  app.opened.store.subscribe(({ shown }, before) => {
    if (shown?.id === before.shown?.id) return;
    // Its end, unless the address names a moment of it.
    if (shown !== null) app.time.go(app.route.store.getState().atMs);
  });
  connection.subscribe({ topic: 'clusters' }, (list) => app.clusters.setState({ list }));
  connection.subscribe({ topic: 'outside' }, (push) => app.outside.setState(push, true));
  connection.subscribe({ topic: 'settings' }, (settings) => app.settings.setState(settings, true));
  void connection.api.appInfo({}).then((result) => {
    if (result.ok) app.info.setState({ info: result.value });
    else app.toasts.show({ tone: 'error', text: result.error.message, code: result.error.code });
  });
}
