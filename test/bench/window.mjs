import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { setImmediate } from 'node:timers';
import { chromium } from '@playwright/test';
import WebSocket from 'ws';
import { findBrowser } from '../browser.mjs';
import { scratchFolder, startProgram } from './programs.mjs';

/**
 * The product as a machine without Electron has it: a host that serves its window, a browser that
 * shows it, and a second client of the host by which a measurement asks for what no click is about.
 *
 * @typedef {object} BenchWindow
 * @property {import('@playwright/test').Page} page
 * @property {string} home
 * @property {number} emptyMb what the browser took with an empty page
 * @property {() => number[]} pids the host and every process of the browser
 * @property {(name: string, request: object) => Promise<any>} call the value of a call of the host
 * @property {(subscription: object, listener: (payload: any) => void) => () => void} subscribe
 * @property {string} link of the page once more, with no token
 * @property {() => Promise<{ hostMb: number, youngMb: number }>} hostHeapMb the host's heap after its
 *   garbage was collected, and the room that it had for young objects before that
 * @property {() => Promise<void>} end ends everything, nodes too, and leaves the home
 * @property {() => Promise<void>} stop ends everything, nodes too, and removes the home
 */

/** The host says where it can be inspected before it says where its window is. */
const READY = /Debugger listening on (?<inspector>ws:\S+)[^]*?(?<link>http:\/\/\S+token=\S+)/u;

/** The same, of a host that nobody inspects. */
const READY_ALONE = /(?<link>http:\/\/\S+token=\S+)/u;

/**
 * @param {{ home?: string, inspected?: boolean }} [options] `home`: one that `end` has left, else a new
 *   one; `inspected`: whether `hostHeapMb` will be asked for
 * @returns {Promise<BenchWindow>}
 */
export async function openWindow({ home, inspected = false } = {}) {
  const browser = findBrowser();
  if ('missing' in browser) throw new Error(browser.missing);
  const folder = home ?? scratchFolder().folder;
  const serve = ['out/node/raftdeck.js', 'serve', '--port', '0', '--home', folder, '--stop-nodes'];
  const inspect = inspected ? ['--inspect=127.0.0.1:0'] : [];
  const ready = inspected ? READY : READY_ALONE;
  const app = await startProgram(process.execPath, [...inspect, ...serve], ready);
  const { inspector = '', link = '' } = app.match.groups ?? {};
  const server = await chromium.launchServer({
    executablePath: browser.path,
    env: { .../** @type {Record<string, string>} */ (process.env), ...browser.env },
  });
  const chrome = await chromium.connect(server.wsEndpoint());
  const context = await chrome.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  const browserPid = server.process().pid ?? 0;
  const emptyMb = proportionalMb(withChildren(browserPid));
  await page.goto(link);
  await page.getByRole('heading').first().waitFor();
  const { origin } = new URL(link);
  const cookies = await context.cookies(origin);
  const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  const client = await connectHost(origin, cookie);
  const end = async () => {
    await server.close();
    await app.stop();
  };
  return {
    page,
    emptyMb,
    home: folder,
    pids: () => [app.pid, ...withChildren(browserPid)],
    link: `${origin}/`,
    hostHeapMb: () => heapMb(inspector),
    ...client,
    end,
    stop: async () => {
      await end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * @param {string} origin
 * @param {string} cookie
 */
async function connectHost(origin, cookie) {
  const socket = new WebSocket(`${origin.replace('http', 'ws')}/socket`, {
    origin,
    headers: { cookie },
  });
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  /** @type {Map<number, (payload: any) => void>} */
  const waiting = new Map();
  let next = 1;
  socket.on('message', (data) => {
    const message = JSON.parse(String(data));
    if ('push' in message) waiting.get(message.push.key)?.(message.push.payload);
    else waiting.get(message.id)?.(message.result);
  });
  return {
    /** @param {string} name @param {object} request */
    call: async (name, request) => {
      const id = next;
      next += 1;
      const result = await new Promise((resolve) => {
        waiting.set(id, resolve);
        socket.send(JSON.stringify({ id, call: name, request }));
      });
      waiting.delete(id);
      if (!result.ok) throw new Error(`${name}: ${result.error.message}`);
      return result.value;
    },
    /** @param {object} subscription @param {(payload: any) => void} listener */
    subscribe: (subscription, listener) => {
      const key = next;
      next += 1;
      waiting.set(key, listener);
      socket.send(JSON.stringify({ subscribe: { key, subscription } }));
      return () => {
        waiting.delete(key);
        socket.send(JSON.stringify({ unsubscribe: { key } }));
      };
    },
  };
}

/** Room for young objects grows with how many of them outlive a collection, up to a limit of V8's. */
const YOUNG_BYTES = `process.getBuiltinModule('node:v8').getHeapSpaceStatistics()
  .find(({ space_name }) => space_name === 'new_space').space_size`;

/**
 * The heap of a process of Node's, MB.
 *
 * @param {string} inspector
 * @returns {Promise<{ hostMb: number, youngMb: number }>}
 */
async function heapMb(inspector) {
  const socket = new WebSocket(inspector, { perMessageDeflate: false });
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  /** @param {number} id @param {string} method @param {object} [params] @returns {Promise<any>} */
  const ask = (id, method, params = {}) =>
    new Promise((resolve) => {
      /** @param {import('ws').RawData} data */
      const onMessage = (data) => {
        const message = JSON.parse(String(data));
        if (message.id !== id) return;
        socket.off('message', onMessage);
        resolve(message.result);
      };
      socket.on('message', onMessage);
      socket.send(JSON.stringify({ id, method, params }));
    });
  try {
    const young = await ask(1, 'Runtime.evaluate', { expression: YOUNG_BYTES });
    await ask(2, 'HeapProfiler.enable');
    await ask(3, 'HeapProfiler.collectGarbage');
    const { usedSize } = await ask(4, 'Runtime.getHeapUsage');
    return { hostMb: usedSize / 1024 / 1024, youngMb: young.result.value / 1024 / 1024 };
  } finally {
    socket.close();
  }
}

/**
 * Makes a cluster and shows it; resolves once all its nodes are voters.
 *
 * @param {BenchWindow} window
 * @param {number} nodes
 * @returns {Promise<{ clusterId: string, view: any }>}
 */
export async function createCluster(window, nodes) {
  const { clusterId } = await window.call('createCluster', { nodes });
  const view = await untilView(
    window,
    clusterId,
    ({ health, operation }) =>
      health.level === 'healthy' && health.voters === nodes && operation?.state === 'done',
  );
  await window.page.goto(`${new URL(window.page.url()).origin}/#/overview/${clusterId}`);
  await window.page.getByRole('heading', { name: 'Overview' }).waitFor();
  return { clusterId, view };
}

/**
 * The first picture of a cluster that meets a condition.
 *
 * @param {BenchWindow} window
 * @param {string} clusterId
 * @param {(view: any) => boolean} isMet
 * @returns {Promise<any>}
 */
export function untilView(window, clusterId, isMet) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the cluster did not get there')), 120_000);
    const stop = window.subscribe({ topic: 'cluster', clusterId }, (view) => {
      if (!isMet(view)) return;
      clearTimeout(timer);
      // Not before `stop` has its value: the first picture may come at once.
      setImmediate(() => stop());
      resolve(view);
    });
  });
}

/**
 * What processes would free, MB: memory that several share is divided among them.
 *
 * @param {readonly number[]} pids
 */
export function proportionalMb(pids) {
  return pids.reduce((sum, pid) => {
    try {
      const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
      return sum + Number(/^Pss:\s+(?<kb>\d+) kB/mu.exec(rollup)?.groups?.['kb']) / 1024;
    } catch {
      // It has ended meanwhile.
      return sum;
    }
  }, 0);
}

/**
 * Those of the processes that run pages.
 *
 * @param {readonly number[]} pids
 */
export function renderersOf(pids) {
  return pids.filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('--type=renderer');
    } catch {
      // It has ended meanwhile.
      return false;
    }
  });
}

/**
 * A process and all that it has started.
 *
 * @param {number} pid
 * @returns {number[]}
 */
function withChildren(pid) {
  /** @type {Map<number, number[]>} */
  const children = new Map();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/u.test(entry))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
    } catch {
      // It has ended meanwhile.
    }
  }
  /** @param {number} one @returns {number[]} */
  const all = (one) => [one, ...(children.get(one) ?? []).flatMap(all)];
  return all(pid);
}
