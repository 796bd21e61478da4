/* global window, performance, requestAnimationFrame */
import { setTimeout as wait } from 'node:timers/promises';
import { commandOf, connectTo } from './client.mjs';
import { percentileOf } from './statistics.mjs';
import { atMost } from './verdict.mjs';
import { createCluster, openWindow } from './window.mjs';

const WATCHED_MS = 15_000;
const MESSAGES = new Set(['sent', 'acknowledged']);

/** With a heartbeat to eight followers twelve times a second, about 160 messages a second. */
const WRITE_EVERY_MS = 200;

/**
 * How evenly the window draws nine nodes at little load: every message between them flies across the
 * ring.
 *
 * @param {import('./types.d.ts').PartOptions} options
 * @returns {Promise<import('./types.d.ts').Measurement[]>}
 */
export async function measureFrames({ otherLoad }) {
  const app = await openWindow();
  try {
    const { clusterId, view } = await createCluster(app, 9);
    const pids = () => [...app.pids(), ...view.nodes.map((/** @type {any} */ one) => one.pid)];
    let messages = 0;
    const load = await otherLoad(pids, async () => {
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
        await wait(WRITE_EVERY_MS);
      }
      connection.close();
      stop();
      /** @type {number[]} */
      const frames = await app.page.evaluate('window.__frames');
      return { frames: wholeFrames(frames), cpuMs: (await cpuMs()) - cpuBeforeMs };
    });
    const { value, othersCores } = load;
    const { frames } = value;
    const long = frames.filter((ms) => ms > 50).length;
    return [
      {
        name: 'nine nodes: messages drawn',
        unit: '/s',
        samples: [messages / (WATCHED_MS / 1000)],
        othersCores,
      },
      {
        name: 'nine nodes: frame, p95',
        unit: 'ms',
        samples: [percentileOf(frames, 0.95)],
        goal: atMost(16.7),
        othersCores,
      },
      {
        name: 'nine nodes: longest frame',
        unit: 'ms',
        samples: [Math.max(...frames)],
        goal: atMost(50),
        othersCores,
      },
      {
        name: `nine nodes: frames over 50 ms of ${frames.length}`,
        unit: '',
        samples: [long],
        goal: atMost(0),
        othersCores,
      },
      {
        name: 'nine nodes: page, its main thread',
        unit: '% of a core',
        samples: [(value.cpuMs * 100) / WATCHED_MS],
        othersCores,
      },
    ];
  } finally {
    await app.stop();
  }
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
