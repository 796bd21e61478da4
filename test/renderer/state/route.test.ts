import { expect, test } from 'vitest';

import {
  type AddressBar,
  createRouteState,
  formatRoute,
  HOME,
  parseRoute,
  type Route,
} from '../../../renderer/state/route.ts';

const ROUTES: readonly Route[] = [
  HOME,
  { ...HOME, screen: 'settings' },
  { ...HOME, screen: 'overview', clusterId: 'orders-lab' },
  {
    ...HOME,
    screen: 'overview',
    clusterId: 'orders-lab',
    nodeId: '2',
    atMs: 1_800_000_000_000.125,
  },
  { ...HOME, screen: 'overview', clusterId: 'a/b?c#d%', nodeId: 'n /%', mode: 'table' },
];

test.each(ROUTES)('a route survives the address: %o', (route) => {
  expect(parseRoute(formatRoute(route))).toEqual(route);
});

test.each(['', '#', '#/', '#/nowhere', '#/overview', '#/overview/', '#//x', '#/clusters/../x'])(
  'an address that leads nowhere leads home: %s',
  (hash) => {
    expect(parseRoute(hash)).toEqual(HOME);
  },
);

test('a stray percent sign in a typed address is read as it stands', () => {
  expect(parseRoute('#/overview/100%/1')).toMatchObject({ clusterId: '100%', nodeId: '1' });
});

function addressBar(hash: string): AddressBar & { readonly steps: string[]; back: () => void } {
  const listeners: (() => void)[] = [];
  const steps: string[] = [];
  const location = { hash };
  return {
    steps,
    location,
    history: {
      pushState: (_data, _unused, url) => {
        steps.push(`push ${url}`);
        location.hash = url;
      },
      replaceState: (_data, _unused, url) => {
        steps.push(`replace ${url}`);
        location.hash = url;
      },
    },
    addEventListener: (_type, listener) => listeners.push(listener),
    back: () => {
      for (const listener of listeners) listener();
    },
  };
}

test('another screen is a step for Back; a selection is not', () => {
  const bar = addressBar('');
  const route = createRouteState(bar);
  route.go({ screen: 'overview', clusterId: 'a' });
  route.go({ nodeId: '2' });
  route.go({ mode: 'table' });
  route.go({ clusterId: 'b', nodeId: null });
  expect(bar.steps).toEqual([
    'push #/overview/a',
    'replace #/overview/a/2',
    'replace #/overview/a/2?mode=table',
    'push #/overview/b?mode=table',
  ]);
});

test('Back shows what the address says', () => {
  const bar = addressBar('#/settings');
  const route = createRouteState(bar);
  expect(route.store.getState().screen).toBe('settings');
  bar.location.hash = '#/overview/a/3';
  bar.back();
  expect(route.store.getState()).toEqual({
    screen: 'overview',
    clusterId: 'a',
    nodeId: '3',
    mode: 'ring',
    atMs: null,
  });
});
