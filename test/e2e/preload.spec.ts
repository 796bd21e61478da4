import { expect, test, type Page } from '@playwright/test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { requireTool } from '../require-tool.ts';

test.beforeEach(() => {
  requireTool('chromium', { skip: (why) => test.skip(true, why) });
});

const PRELOAD = join(import.meta.dirname, '..', '..', 'out', 'preload', 'preload.cjs');

/** What the stand-in for `electron` in the page has seen. */
interface Seen {
  readonly required: string[];
  readonly exposed: string[];
  readonly invoked: unknown[][];
  readonly sent: unknown[][];
}

/*
 * The built preload script in a real Chromium, as the sandbox runs it: CommonJS, with a `require` that
 * knows `electron` and nothing else. Node's own names are made to throw, as they are not there; `told` is
 * what Electron's `process` says of the page.
 */
const APART = { sandboxed: true, contextIsolated: true, isMainFrame: true };

async function load(page: Page, told: Partial<typeof APART> = APART): Promise<void> {
  await page.addInitScript(`{
    const seen = { required: [], exposed: [], invoked: [], sent: [] };
    const pushes = [];
    const electron = {
      contextBridge: {
        exposeInMainWorld: (name, api) => {
          seen.exposed.push(name, ...Object.keys(api).sort());
          globalThis[name] = Object.freeze({ ...api });
        },
      },
      ipcRenderer: {
        invoke: async (...args) => {
          seen.invoked.push(structuredClone(args));
          if (args[2] === 'fail') throw new Error('the main process is gone');
          return { ok: true, value: args[2] };
        },
        send: (...args) => seen.sent.push(structuredClone(args)),
        on: (channel, listener) => pushes.push(listener),
      },
    };
    globalThis.__seen = seen;
    globalThis.__push = (message) => pushes.forEach((listener) => listener({}, message));
    const require = (name) => {
      seen.required.push(name);
      if (name !== 'electron') throw new Error('module not found: ' + name);
      return electron;
    };
    const module = { exports: {} };
    (function (exports, require, module, process, Buffer, global) {
      ${readFileSync(PRELOAD, 'utf8')}
    })(module.exports, require, module, ${JSON.stringify(told)});
  }`);
  await page.goto('about:blank');
}

test('requires electron alone and exposes exactly calls and subscriptions', async ({ page }) => {
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  await load(page);
  const seen = await page.evaluate<Seen>('__seen');
  expect(faults).toEqual([]);
  expect(seen.required).toEqual(['electron']);
  expect(seen.exposed).toEqual(['raftdeck', 'call', 'subscribe']);
  expect(await page.evaluate('[typeof require, typeof process, typeof module]')).toEqual([
    'undefined',
    'undefined',
    'undefined',
  ]);
});

test('a page that is not kept apart gets no bridge', async ({ page }) => {
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  const { sandboxed, contextIsolated } = APART;
  await load(page, { contextIsolated, isMainFrame: true });
  // What goes wrong in a page is told over a connection that nothing else waits for.
  await expect.poll(() => faults).toEqual(['The page has no sandbox.']);
  expect((await page.evaluate<Seen>('__seen')).exposed).toEqual([]);
  // One more script of the same page, as a frame in it would get it.
  await load(page, { sandboxed, contextIsolated, isMainFrame: false });
  await expect
    .poll(() => faults.at(-1))
    .toBe('A frame inside the page was given the preload script.');
  expect((await page.evaluate<Seen>('__seen')).exposed).toEqual([]);
});

test('a call goes through the one channel, and never rejects', async ({ page }) => {
  await load(page);
  const results = await page.evaluate(`Promise.all([
    raftdeck.call('startCluster', { clusterId: 'c1' }),
    raftdeck.call('startCluster', 'fail'),
  ])`);
  expect(results).toMatchObject([
    { ok: true, value: { clusterId: 'c1' } },
    { ok: false, error: { code: 'E_INTERNAL' } },
  ]);
  const seen = await page.evaluate<Seen>('__seen');
  expect(seen.invoked[0]).toEqual(['raftdeck:call', 'startCluster', { clusterId: 'c1' }]);
});

test('a push reaches the subscription of its key until that ends', async ({ page }) => {
  await load(page);
  const got = await page.evaluate(`(() => {
    const got = [];
    const stop = raftdeck.subscribe({ topic: 'clusters' }, (payload) => got.push(payload));
    __push({ push: { key: 1, topic: 'clusters', payload: ['a'] } });
    __push({ push: { key: 2, topic: 'clusters', payload: ['not mine'] } });
    __push('nonsense');
    stop();
    __push({ push: { key: 1, topic: 'clusters', payload: ['too late'] } });
    return got;
  })()`);
  expect(got).toEqual([['a']]);
  const seen = await page.evaluate<Seen>('__seen');
  expect(seen.sent).toEqual([
    ['raftdeck:subscribe', { subscribe: { key: 1, subscription: { topic: 'clusters' } } }],
    ['raftdeck:subscribe', { unsubscribe: { key: 1 } }],
  ]);
});
