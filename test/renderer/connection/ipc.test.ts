import { expect, test } from 'vitest';

import type { HostBridge } from '../../../main/contract/wire.ts';
import { connectOverBridge, findBridge } from '../../../renderer/connection/ipc.ts';

function bridge(): HostBridge & { readonly log: unknown[] } {
  const log: unknown[] = [];
  return {
    log,
    call: async (name, request) => {
      log.push([name, request]);
      return { ok: true, value: null };
    },
    subscribe: (subscription, listener) => {
      log.push(subscription);
      listener(['pushed']);
      return () => log.push('stopped');
    },
  };
}

test('calls and subscriptions go through the bridge of the preload', async () => {
  const fake = bridge();
  const connection = connectOverBridge(fake);
  expect(await connection.api.stopCluster({ clusterId: 'a' })).toEqual({ ok: true, value: null });
  const pushed: unknown[] = [];
  connection.subscribe({ topic: 'clusters' }, (payload) => pushed.push(payload))();
  expect(pushed).toEqual([['pushed']]);
  expect(fake.log).toEqual([['stopCluster', { clusterId: 'a' }], { topic: 'clusters' }, 'stopped']);
});

test('a window inside the app is always connected', () => {
  const states: string[] = [];
  connectOverBridge(bridge()).onState((state) => states.push(state));
  expect(states).toEqual(['open']);
});

test('a page in a browser has no bridge', () => {
  expect(findBridge({})).toBeNull();
  expect(findBridge({ raftdeck: {} })).toBeNull();
  const found = bridge();
  expect(findBridge({ raftdeck: found })).toBe(found);
});
