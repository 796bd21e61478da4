import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { BridgeIpc } from '../../main/electron/bridge.ts';
import { ROOT } from '../tidy/source-files.ts';

/** What stands in for Electron in the page; arguments are cloned as they are when they leave it. */
const ELECTRON_IN_PAGE = `
  const pushes = [];
  let waiting = [];
  // What is asked in one go crosses to the test in one go.
  const flush = async () => {
    const batch = waiting;
    waiting = [];
    const results = await __invoke(batch.map(({ channel, args }) => [channel, args]));
    batch.forEach(({ resolve, reject }, at) => {
      const { value, error } = results[at];
      if (error === undefined) resolve(value);
      else reject(new Error(error));
    });
  };
  const electron = {
    contextBridge: {
      exposeInMainWorld: (name, api) => { globalThis[name] = Object.freeze({ ...api }); },
    },
    ipcRenderer: {
      invoke: (channel, ...args) =>
        new Promise((resolve, reject) => {
          if (waiting.length === 0) queueMicrotask(flush);
          waiting.push({ channel, args: structuredClone(args), resolve, reject });
        }),
      send: (channel, ...args) => { void __send(channel, structuredClone(args)); },
      on: (channel, listener) => { pushes.push([channel, listener]); },
    },
  };
  globalThis.__push = (channel, message) => {
    for (const [wanted, listener] of pushes) if (wanted === channel) listener({}, message);
  };
  const require = (name) => {
    if (name !== 'electron') throw new Error('module not found: ' + name);
    return electron;
  };
`;

/**
 * The preload script as it was built, to be run before a page's own: CommonJS, with a `require` that knows
 * `electron` alone, as the sandbox runs it. What leaves the page goes to the functions `__invoke` (calls,
 * in batches) and `__send`; `__push` is the way back.
 */
export function preloadInPage(): string {
  return `{
    ${ELECTRON_IN_PAGE}
    const module = { exports: {} };
    const told = { sandboxed: true, contextIsolated: true, isMainFrame: true };
    (function (exports, require, module, process, Buffer, global) {
      ${readFileSync(join(ROOT, 'out', 'preload', 'preload.cjs'), 'utf8')}
    })(module.exports, require, module, told);
  }`;
}

/** How a call of a batch ended. */
export interface Invoked {
  readonly value?: unknown;
  readonly error?: string;
}

/** Makes the calls of a batch, as `__invoke` has to. */
export function invokeAll(
  ipc: BridgeIpc | null,
  batch: readonly (readonly [string, unknown[]])[],
): Promise<Invoked[]> {
  return Promise.all(
    batch.map(async ([channel, args]) => {
      try {
        return { value: (await ipc?.invoke(channel, ...args)) as unknown };
      } catch (error) {
        return { error: error instanceof Error ? error.message : String(error) };
      }
    }),
  );
}
