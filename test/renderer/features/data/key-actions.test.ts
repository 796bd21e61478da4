import { expect, test } from 'vitest';

import type { KeyChangeRequest } from '../../../../main/contract/keys.ts';
import { FakeHost } from '../../../../renderer/connection/fake/fake.ts';
import { FAKE_SCENARIOS } from '../../../../renderer/connection/fake/fake-scenarios.ts';
import { encodeText } from '../../../../renderer/features/data/bytes.ts';
import { changeKey } from '../../../../renderer/features/data/key-actions.ts';
import { createAppState } from '../../../../renderer/state/app-state.ts';
import type { Toast } from '../../../../renderer/state/toasts.ts';

const NOW_MS = 1_700_000_000_000;

test('the undo of a deletion is there for half a minute, that of a new value no longer than usual', async () => {
  const host = new FakeHost(FAKE_SCENARIOS['healthy']?.(NOW_MS) ?? [], NOW_MS);
  const app = createAppState(
    host,
    {
      location: { hash: '' },
      history: { pushState: () => undefined, replaceState: () => undefined },
      addEventListener: () => undefined,
    },
    () => NOW_MS,
  );
  const change = async (request: KeyChangeRequest, said: string): Promise<Toast | undefined> => {
    changeKey(app, {
      clusterId: 'orders-lab',
      key: encodeText('cart:1'),
      change: request,
      what: 'Change',
      said,
      undo: (value) =>
        request.type === 'delete' ? { type: 'create', value, ttlMs: null } : { type: 'set', value },
      changed: () => undefined,
    });
    const found = (): Toast | undefined =>
      app.toasts.store.getState().toasts.find(({ text }) => text.startsWith(said));
    await expect.poll(found).toBeDefined();
    return found();
  };
  // A key that was not there has nothing to go back to.
  const made = await change({ type: 'create', value: encodeText('two'), ttlMs: null }, 'made');
  expect([made?.action, made?.shownMs]).toEqual([null, null]);
  const set = await change({ type: 'set', value: encodeText('three') }, 'set');
  expect([set?.action?.label, set?.shownMs]).toEqual(['Undo', null]);
  const gone = await change({ type: 'delete' }, 'deleted');
  expect([gone?.action?.label, gone?.shownMs]).toEqual(['Undo', 30_000]);
});
