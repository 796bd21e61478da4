import type { HostConnection } from '../../main/contract/host-api.ts';
import { BRIDGE_GLOBAL, type HostBridge } from '../../main/contract/wire.ts';
import { bindApi } from './api.ts';

/** The host in the main process of the same app, through what the preload put on `window`. */
export function connectOverBridge(bridge: HostBridge): HostConnection {
  return {
    api: bindApi((name, request) => bridge.call(name, request)),
    subscribe(subscription, listener) {
      // The payload of a subscription has its topic's type; the preload only passes it on.
      return bridge.subscribe(subscription, listener as (payload: unknown) => void);
    },
    onState(listener) {
      // A window cannot outlive its main process, so the way to it is always open.
      listener('open');
      return () => undefined;
    },
  };
}

/** The preload's bridge, if this page runs inside the app. */
export function findBridge(global: object): HostBridge | null {
  const candidate = (global as Readonly<Record<string, Partial<HostBridge> | undefined>>)[
    BRIDGE_GLOBAL
  ];
  if (typeof candidate?.call !== 'function' || typeof candidate.subscribe !== 'function') {
    return null;
  }
  return candidate as HostBridge;
}
