import { chromium, type Browser, type Page } from '@playwright/test';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';

import type { Result } from '../../main/contract/errors.ts';
import { IPC_PUSH } from '../../main/contract/wire.ts';
import type { BridgeIpc } from '../../main/electron/bridge.ts';
import type { ElectronApi } from '../../main/electron/electron-api.ts';
import { bindIpc } from '../../main/electron/ipc.ts';
import { findBrowser } from '../browser.mjs';
import { FakeContents, FakeIpcMain } from '../electron/fake-electron.ts';
import { requireTool } from '../require-tool.ts';
import { bindingSuite, type BindingClient } from './binding.suite.ts';
import { invokeAll, preloadInPage } from './preload-in-page.ts';

/*
 * The suite of the contract through the preload script as it was built, in a real Chromium: a page
 * whose `require` knows `electron` alone, with the app's own IPC handlers at the other end.
 */

let browser: Browser | null = null;
/** Pages are slow to make: they are loaded anew for each client, and the preload script with them. */
let free: PageOfApp[] = [];

beforeAll(async () => {
  const found = findBrowser();
  if ('missing' in found) return;
  const env = { ...(process.env as Record<string, string>), ...found.env };
  browser = await chromium.launch({ executablePath: found.path, env });
});

afterAll(async () => {
  await browser?.close();
});

beforeEach((context) => {
  requireTool('chromium', context);
});

bindingSuite('the IPC binding through the built preload script', async (host, log) => {
  const ipcMain = new FakeIpcMain();
  const broken = (sentence: string): never => expect.fail(sentence);
  bindIpc(ipcMain as unknown as ElectronApi['ipcMain'], host.service, { log, broken });
  const used: PageOfApp[] = [];
  return {
    connect: async () => {
      const page = free.pop() ?? (await PageOfApp.open());
      used.push(page);
      return page.load(ipcMain);
    },
    close: async () => {
      free = [...free, ...used];
    },
  };
});

/** A page with the built preload script in it; its other end is that of the client it is loaded for. */
class PageOfApp {
  readonly #page: Page;
  #ipc: BridgeIpc | null = null;
  #listeners = new Map<number, (payload: unknown) => void>();

  private constructor(page: Page) {
    this.#page = page;
  }

  static async open(): Promise<PageOfApp> {
    if (browser === null) throw new Error('there is no browser');
    const made = new PageOfApp(await browser.newPage());
    const page = made.#page;
    await page.exposeFunction('__invoke', (batch: readonly [string, unknown[]][]) =>
      invokeAll(made.#ipc, batch),
    );
    await page.exposeFunction('__send', (channel: string, args: unknown[]) => {
      made.#ipc?.send(channel, ...args);
    });
    await page.exposeFunction('__payload', (key: number, payload: unknown) => {
      made.#listeners.get(key)?.(payload);
    });
    await page.addInitScript(preloadInPage());
    return made;
  }

  async load(ipcMain: FakeIpcMain): Promise<BindingClient> {
    const page = this.#page;
    const contents = new FakeContents();
    this.#ipc = contents.ipcRenderer(ipcMain);
    const listeners = new Map<number, (payload: unknown) => void>();
    this.#listeners = listeners;
    await page.goto('about:blank');
    contents.page.on(IPC_PUSH, (_event: unknown, message: unknown) => {
      inPage(page.evaluate(pushIn, [IPC_PUSH, message] as const));
    });
    let next = 1;
    return {
      call: (name, request) => page.evaluate(callIn, [1, name, request] as const).then(firstOf),
      flood: (count, name, request) => page.evaluate(callIn, [count, name, request] as const),
      subscribe: (subscription, listener) => {
        const key = next++;
        listeners.set(key, listener);
        inPage(page.evaluate(subscribeIn, [key, subscription] as const));
        return () => inPage(page.evaluate(unsubscribeIn, key));
      },
      close: async () => contents.destroy(),
    };
  }
}

/** Under way in a page that the next client may load anew: then nobody waits for it any more. */
function inPage(work: Promise<void>): void {
  work.catch(() => undefined);
}

function firstOf<T>([first]: readonly T[]): T {
  if (first === undefined) throw new Error('the page has not answered');
  return first;
}

/* These four run in the page. */

interface PageGlobals {
  readonly raftdeck: {
    call(name: unknown, request: unknown): ReturnType<BindingClient['call']>;
    subscribe(subscription: unknown, listener: (payload: unknown) => void): () => void;
  };
  readonly __push: (channel: string, message: unknown) => void;
  readonly __payload: (key: number, payload: unknown) => Promise<void>;
  stops?: Map<number, () => void>;
}

function callIn([count, name, request]: readonly [number, unknown, unknown]): Promise<
  Result<unknown>[]
> {
  const { raftdeck } = globalThis as unknown as PageGlobals;
  return Promise.all(Array.from({ length: count }, () => raftdeck.call(name, request)));
}

function pushIn([channel, message]: readonly [string, unknown]): void {
  (globalThis as unknown as PageGlobals).__push(channel, message);
}

function subscribeIn([key, subscription]: readonly [number, unknown]): void {
  const page = globalThis as unknown as PageGlobals;
  page.stops ??= new Map();
  page.stops.set(
    key,
    page.raftdeck.subscribe(subscription, (payload) => void page.__payload(key, payload)),
  );
}

function unsubscribeIn(key: number): void {
  (globalThis as unknown as PageGlobals).stops?.get(key)?.();
}
