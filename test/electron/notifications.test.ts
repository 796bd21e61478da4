import { EventEmitter } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import type { ElectronApi } from '../../main/electron/electron-api.ts';
import { notifyOfEdges } from '../../main/electron/notifications.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** The host holds whoever listens to it. */
let tell: (clusters: unknown) => void = () => undefined;

/** Nobody but the app holds a notification: Electron does not either. */
const shown: WeakRef<Notification>[] = [];

class Notification extends EventEmitter {
  static isSupported(): boolean {
    return true;
  }
  show(): void {
    shown.push(new WeakRef(this));
  }
}

beforeEach(() => {
  shown.length = 0;
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});

afterEach(() => {
  vi.useRealTimers();
});

/** What is left of the notifications once nothing runs that could have held one. */
async function remaining(): Promise<readonly Notification[]> {
  await new Promise((resolve) => setImmediate(resolve));
  collectGarbage();
  return shown.flatMap((reference) => reference.deref() ?? []);
}

function loseLeader(opened: () => void): void {
  notifyOfEdges(
    { Notification } as unknown as ElectronApi,
    {
      settings: { notify: true },
      subscribe: (_subscription, listener) => {
        tell = listener;
        return () => undefined;
      },
    },
    { isWatched: () => false, open: opened },
  );
  for (const health of ['healthy', 'no-leader']) {
    tell([{ id: 'c1', name: 'orders', health, sentence: '', nodesUp: 3, nodes: 3 }]);
    vi.advanceTimersByTime(60_000);
  }
}

test('a notification that is clicked late opens the window all the same', async () => {
  const opened = vi.fn();
  loseLeader(opened);
  expect(await remaining()).toHaveLength(1);
  for (const reference of shown) reference.deref()?.emit('click');
  expect(opened).toHaveBeenCalledTimes(1);
});
