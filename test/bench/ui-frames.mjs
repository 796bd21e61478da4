/* global window, performance, requestAnimationFrame */
import { setTimeout as wait } from 'node:timers/promises';
import { commandOf, connectTo } from './client.mjs';
import { percentileOf } from './statistics.mjs';
import { atMost } from './verdict.mjs';
import { createCluster, openWindow } from './window.mjs';

const WATCHED_MS = 15_000;
const MESSAGES = new Set(['sent', 'acknowledged']);

/**
 * With the heartbeats, about 160 messages a second. Among five nodes each
 * of them flies across the ring; among nine they are told by lanes and numbers.
 */
const CASES = [
  { words: 'nine nodes', nodes: 9, writeEveryMs: 200, shown: 'messages told of' },
  { words: 'five nodes', nodes: 5, writeEveryMs: 70, shown: 'messages drawn' },
];

/**
 * How evenly the window draws a cluster at little load.
 *
 * @param {import('./types.d.ts').PartOptions} options
 * @returns {Promise<import('./types.d.ts').Measurement[]>}
 */
export async function measureFrames({ otherLoad }) {
  const rows = [];
  for (const one of CASES) rows.push(...(await measureCase(one, otherLoad)));
  return rows;
}

/**
 * @param {(typeof CASES)[number]} one
 * @param {import('./types.d.ts').PartOptions['otherLoad']} otherLoad
 * @returns {Promise<import('./types.d.ts').Measurement[]>}
 */
async function measureCase({ words, nodes, writeEveryMs, shown }, otherLoad) {
  const app = await openWindow();
  try {
    const cluster = await createCluster(app, nodes);
    const pids = () => {
      return [...app.pids(), ...cluster.view.nodes.map((/** @type {any} */ one) => one.pid)];
    };
    const load = await otherLoad(pids, () => watch(app, cluster, writeEveryMs));
    const { value, othersCores } = load;
    const { frames } = value;
    const long = frames.filter((ms) => ms > 50).length;
    const mainThread = (value.cpuMs * 100) / WATCHED_MS;
    /** @type {[string, string, number, number?][]} */
    const rows = [
      [shown, '/s', value.messages / (WATCHED_MS / 1000)],
      ['frame, p95', 'ms', percentileOf(frames, 0.95), 16.7],
      ['longest frame', 'ms', Math.max(...frames), 50],
      [`frames over 50 ms of ${frames.length}`, '', long, 0],
      ['page, its main thread', '% of a core', mainThread],
    ];
    return rows.map(([name, unit, sample, goal]) => {
      const row = { name: `${words}: ${name}`, unit, samples: [sample], othersCores };
      return goal === undefined ? row : { ...row, goal: atMost(goal) };
    });
  } finally {
    await app.stop();
  }
}

/**
 * @param {import('./window.mjs').BenchWindow} app
 * @param {{ clusterId: string, view: any }} cluster
 * @param {number} writeEveryMs
 * @returns {Promise<{ messages: number, frames: readonly number[], cpuMs: number }>}
 */
async function watch(app, { clusterId, view }, writeEveryMs) {
  let messages = 0;
  const stop = app.subscribe({ topic: 'events', clusterId }, ({ events }) => {
    for (const { type, timeMs } of events) {
      if (MESSAGES.has(type) && timeMs > startedMs) messages += 1;
    }
  });
  const startedMs = Date.now();
  const cpuMs = await mainThreadOf(app.page);
  const cpuBeforeMs = await cpuMs();
  await app.page.evaluate(watchFrames);
  const leader = view.nodes.find((/** @type {any} */ one) => one.id === view.health.leaderId);
  const connection = await connectTo(Number(leader.clientAddress.split(':').at(-1)));
  while (Date.now() - startedMs < WATCHED_MS) {
    await connection.send(commandOf('SET', 'key', String(Date.now())), 1);
    await wait(writeEveryMs);
  }
  connection.close();
  stop();
  /** @type {number[]} */
  const frames = await app.page.evaluate('window.__frames');
  return { messages, frames: wholeFrames(frames), cpuMs: (await cpuMs()) - cpuBeforeMs };
}

/**
 * How much of a processor's time the page's main thread has used so far, whatever else runs on it.
 *
 * @param {import('@playwright/test').Page} page
 * @returns {Promise<() => Promise<number>>} milliseconds
 */
async function mainThreadOf(page) {
  const client = await page.context().newCDPSession(page);
  await client.send('Performance.enable', { timeDomain: 'threadTicks' });
  return async () => {
    const { metrics } = await client.send('Performance.getMetrics');
    const seconds = metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN;
    return seconds * 1_000;
  };
}

/**
 * A frame lasts a whole number of the display's own, and the page's clock has steps of 0.1 ms: one of
 * 16.67 ms is told as 16.6, 16.7 or 16.8.
 *
 * @param {readonly number[]} frames as the page's clock tells them, ms
 */
function wholeFrames(frames) {
  const told = percentileOf(frames, 0.5);
  const counts = frames.map((ms) => Math.max(1, Math.round(ms / told)));
  const sum = (/** @type {readonly number[]} */ of) => of.reduce((total, one) => total + one, 0);
  const displayMs = sum(frames) / sum(counts);
  return counts.map((count) => count * displayMs);
}

/** Runs in the page: the time between one frame and the next. */
function watchFrames() {
  /** @type {number[]} */
  const frames = [];
  Object.assign(window, { __frames: frames });
  let last = performance.now();
  /** @param {number} now */
  const tick = (now) => {
    frames.push(now - last);
    last = now;
    requestAnimationFrame(tick);
  };
  requestAnimationFrame((now) => {
    last = now;
    requestAnimationFrame(tick);
  });
}
