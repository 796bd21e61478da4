import type { IpcRenderer } from 'electron';

import type { HostErrorCode, Result } from '../contract/errors.ts';
import { IPC_CALL, IPC_PUSH, IPC_SUBSCRIBE, type HostBridge } from '../contract/wire.ts';

/** What is used of Electron's `ipcRenderer`. */
export type BridgeIpc = Pick<IpcRenderer, 'invoke' | 'send' | 'on'>;

/** The one object that the page gets: calls and subscriptions of the contract, nothing else. */
export function createBridge(ipc: BridgeIpc): HostBridge {
  const listeners = new Map<number, (payload: unknown) => void>();
  let nextKey = 1;
  ipc.on(IPC_PUSH, (_event, message: unknown) => {
    const push = isRecord(message) ? message['push'] : null;
    if (!isRecord(push) || typeof push['key'] !== 'number') return;
    listeners.get(push['key'])?.(push['payload']);
  });
  return {
    call: async (name, request) => {
      try {
        // Main answers with nothing else.
        return (await ipc.invoke(IPC_CALL, name, request)) as Result<unknown>;
      } catch (error) {
        return refusalOf(error);
      }
    },
    subscribe: (subscription, listener) => {
      const key = nextKey;
      nextKey += 1;
      listeners.set(key, listener);
      ipc.send(IPC_SUBSCRIBE, { subscribe: { key, subscription } });
      return () => {
        if (listeners.delete(key)) ipc.send(IPC_SUBSCRIBE, { unsubscribe: { key } });
      };
    },
  };
}

/** A call that did not get through. */
function refusalOf(error: unknown): Result<never> {
  const cause = error instanceof Error ? error.message : 'no reason was given';
  // What holds functions or the like is refused on this side, before it leaves.
  const isClone = /could not be cloned/.test(cause);
  const code: HostErrorCode = isClone ? 'E_ARGS' : 'E_INTERNAL';
  const message = isClone
    ? 'The request holds what is not plain data. It was not sent.'
    : `The app did not answer: ${cause}. Whether it was done is not known.`;
  return { ok: false, error: isClone ? { code, message, field: 'request' } : { code, message } };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
