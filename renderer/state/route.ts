import { createStore, type StoreApi } from 'zustand/vanilla';

import { CLUSTER_SCREENS } from '../../main/contract/deep-link.ts';

export type Screen = 'clusters' | 'settings' | (typeof CLUSTER_SCREENS)[number];

/** Whether it is about one cluster, at the moment that is shown. */
export function isClusterScreen(screen: Screen): screen is (typeof CLUSTER_SCREENS)[number] {
  return CLUSTER_SCREENS.some((one) => one === screen);
}

/** How the overview shows its nodes. */
export type OverviewMode = (typeof OVERVIEW_MODES)[number];
const OVERVIEW_MODES = ['ring', 'matrix', 'table'] as const;

/** What the window shows. All of it is in the URL's hash: Back, Forward and a copied link work. */
export interface Route {
  readonly screen: Screen;
  readonly clusterId: string | null;
  /** The selected node. */
  readonly nodeId: string | null;
  readonly mode: OverviewMode;
  /** The moment that is looked at, Unix ms; null is the present. */
  readonly atMs: number | null;
}

export const HOME: Route = {
  screen: 'clusters',
  clusterId: null,
  nodeId: null,
  mode: 'ring',
  atMs: null,
};

/** Reads `#/overview/<cluster>/<node>?mode=table`; anything it does not know leads home. */
export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?');
  const [screen, clusterId, nodeId] = path.split('/').map(decodePart);
  if (screen === 'settings') return { ...HOME, screen };
  const known = CLUSTER_SCREENS.find((name) => name === screen);
  if (known === undefined || !clusterId) return HOME;
  const parameters = new URLSearchParams(query);
  const mode = OVERVIEW_MODES.find((name) => name === parameters.get('mode')) ?? 'ring';
  const at = Number(parameters.get('at') ?? NaN);
  const atMs = at > 0 && at < 8.64e15 ? at : null;
  const chosen = nodeId === undefined || nodeId === '' ? null : nodeId;
  return { screen: known, clusterId, nodeId: chosen, mode, atMs };
}

/** The inverse of parseRoute. */
export function formatRoute({ screen, clusterId, nodeId, mode, atMs }: Route): string {
  if (!isClusterScreen(screen) || clusterId === null) return `#/${screen}`;
  const node = nodeId === null ? '' : `/${encodeURIComponent(nodeId)}`;
  const parameters = [
    ...(mode === 'ring' ? [] : [`mode=${mode}`]),
    ...(atMs === null ? [] : [`at=${String(Math.round(atMs * 1000) / 1000)}`]),
  ];
  const query = parameters.length === 0 ? '' : `?${parameters.join('&')}`;
  return `#/${screen}/${encodeURIComponent(clusterId)}${node}${query}`;
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // A stray % in a link typed by hand.
    return part;
  }
}

/** The part of `window` that holds the address. */
export interface AddressBar {
  readonly location: { hash: string };
  readonly history: {
    replaceState(data: null, unused: string, url: string): void;
    pushState(data: null, unused: string, url: string): void;
  };
  addEventListener(type: 'hashchange' | 'popstate', listener: () => void): void;
}

export interface RouteState {
  readonly store: StoreApi<Route>;
  /** Goes there; another screen or cluster is a step of its own for Back, a selection is not. */
  readonly go: (change: Partial<Route>) => void;
}

export function createRouteState(address: AddressBar): RouteState {
  const store = createStore<Route>()(() => parseRoute(address.location.hash));
  const read = (): void => store.setState(parseRoute(address.location.hash), true);
  address.addEventListener('hashchange', read);
  address.addEventListener('popstate', read);
  return {
    store,
    go(change) {
      const before = store.getState();
      const next = { ...before, ...change };
      const isStep = next.screen !== before.screen || next.clusterId !== before.clusterId;
      const url = formatRoute(next);
      if (isStep) address.history.pushState(null, '', url);
      else address.history.replaceState(null, '', url);
      store.setState(next, true);
    },
  };
}
