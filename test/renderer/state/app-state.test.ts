import { expect, test } from 'vitest';

import type { EventView } from '../../../main/contract/model.ts';
import { DEFAULT_SETTINGS } from '../../../main/contract/settings.ts';
import { FakeHost } from '../../../renderer/connection/fake/fake.ts';
import { createFakeCluster } from '../../../renderer/connection/fake/fake-cluster.ts';
import { createAppState } from '../../../renderer/state/app-state.ts';
import type { AppState } from '../../../renderer/state/app-state.ts';
import type { AddressBar } from '../../../renderer/state/route.ts';
import { watchVisibility } from '../../../renderer/state/visibility.ts';

const NOW_MS = 1_700_000_000_000;

function nowhere(): AddressBar {
  return {
    location: { hash: '' },
    history: { pushState: () => undefined, replaceState: () => undefined },
    addEventListener: () => undefined,
  };
}

function start(): { readonly host: FakeHost; readonly app: AppState } {
  const clusters = ['a', 'b'].map((id) => createFakeCluster({ id, nodes: 3, nowMs: NOW_MS }));
  const host = new FakeHost(clusters, NOW_MS);
  return { host, app: createAppState(host, nowhere(), () => NOW_MS) };
}

test('the window knows the clusters, the settings and the app as soon as it is connected', async () => {
  const { app } = start();
  expect(app.clusters.getState().list?.map(({ id }) => id)).toEqual(['a', 'b']);
  expect(app.settings.getState()).toEqual(DEFAULT_SETTINGS);
  await Promise.resolve();
  await Promise.resolve();
  expect(app.info.getState().info?.version).toBe('0.1.0');
});

test('one cluster is watched at a time, and every push replaces what was there', () => {
  const { host, app } = start();
  app.cluster.watch('a');
  expect(app.cluster.store.getState().view?.id).toBe('a');
  const before = app.cluster.store.getState().view?.health.commitIndex ?? 0;
  host.advance(1_000);
  expect(app.cluster.store.getState().view?.health.commitIndex).toBe(before + 114);
  app.cluster.watch('b');
  expect(app.cluster.store.getState().view?.id).toBe('b');
  host.advance(200);
  expect(app.cluster.store.getState().history.clusterId).toBe('b');
  app.cluster.watch(null);
  host.advance(200);
  expect(app.cluster.store.getState().view).toBeNull();
});

test('a window that nobody sees asks for nothing, and is up to date when it is seen again', () => {
  const { host, app } = start();
  app.cluster.watch('a');
  app.cluster.setPaused(true);
  const seen = app.cluster.store.getState().view;
  host.advance(1_000);
  expect(app.cluster.store.getState().view).toBe(seen);
  app.cluster.setPaused(false);
  expect(app.cluster.store.getState().view?.timeMs).toBe(NOW_MS + 1_000);
});

test('traced events reach who listens, past every store', () => {
  const { host, app } = start();
  const seen: EventView[] = [];
  app.cluster.watch('a');
  const stop = app.cluster.onEvents((events) => seen.push(...events));
  host.advance(200);
  expect(seen.map(({ type }) => type)).toContain('acknowledged');
  const count = seen.length;
  stop();
  host.advance(200);
  expect(seen).toHaveLength(count);
});

test('ages are measured on the clock of the host', () => {
  const { host, app } = start();
  app.cluster.watch('a');
  host.nowMs += 3_600_000;
  host.pushAll();
  expect(app.clock.store.getState().nowMs).toBe(NOW_MS + 3_600_000);
});

test('a connection that was there and is not any more is lost, not connecting', () => {
  const { host, app } = start();
  expect(app.link.getState().state).toBe('open');
  host.setState('closed');
  host.setState('connecting');
  expect(app.link.getState().state).toBe('lost');
  host.setState('open');
  expect(app.link.getState().state).toBe('open');
});

test('the same thing is not asked for twice at once', async () => {
  const { app } = start();
  let runs = 0;
  let finish = (): void => undefined;
  const work = (): Promise<void> => {
    runs += 1;
    return new Promise((resolve) => {
      finish = resolve;
    });
  };
  const first = app.busy.run('kill/a/1', work);
  await app.busy.run('kill/a/1', work);
  expect(runs).toBe(1);
  expect(app.busy.store.getState().keys).toEqual(new Set(['kill/a/1']));
  finish();
  await first;
  expect(app.busy.store.getState().keys).toEqual(new Set());
});

test('at most three notes are shown, and the same one only once', () => {
  const { app } = start();
  for (const text of ['one', 'two', 'three', 'two', 'four']) {
    app.toasts.show({ tone: 'info', text });
  }
  expect(app.toasts.store.getState().toasts.map(({ text }) => text)).toEqual([
    'three',
    'two',
    'four',
  ]);
});

test('a page in the background stops its stream', () => {
  const { host, app } = start();
  app.cluster.watch('a');
  const listeners: (() => void)[] = [];
  const page = {
    hidden: true,
    addEventListener: (_type: string, listener: () => void) => listeners.push(listener),
  };
  watchVisibility(page, app);
  const seen = app.cluster.store.getState().view;
  host.advance(1_000);
  expect(app.cluster.store.getState().view).toBe(seen);
});
