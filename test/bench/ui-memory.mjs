import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { commandOf, connectTo } from './client.mjs';
import { medianOf } from './statistics.mjs';
import { atMost } from './verdict.mjs';
import { createCluster, openWindow, proportionalMb, renderersOf } from './window.mjs';

const EVENTS_PER_SECOND = 500;
const SHORT_MINUTES = 2;
/** A slope over less than this says more of the collector of garbage than of a leak. */
const WHOLE_MINUTES = 30;
const SAMPLE_MS = 5_000;
/** Every so many samples the page's heap is measured, after its garbage was collected. */
const HEAP_EVERY = 6;
/** What is kept only up to a limit has reached it by then: the charts keep ten minutes. */
const WARM_SHARE = 0.4;
const ADJUST_MS = 2_000;

/**
 * What host and browser take while a window shows three nodes that trace 500 events a second, and how
 * that grows. `--soak-minutes 30` is the whole measurement; without it a short one says that it is.
 *
 * @param {import('./types.d.ts').PartOptions} options
 * @returns {Promise<import('./types.d.ts').Measurement[]>}
 */
export async function measureMemory({ otherLoad, soakMinutes = SHORT_MINUTES }) {
  const app = await openWindow({ inspected: true });
  try {
    const { clusterId, view } = await createCluster(app, 3);
    const nodePids = view.nodes.map((/** @type {any} */ one) => one.pid);
    const load = await otherLoad(
      () => [...app.pids(), ...nodePids],
      () => soak(app, clusterId, soakMinutes * 60_000),
    );
    const { othersCores } = load;
    const empty = { name: 'browser, empty page', unit: 'MB', samples: [app.emptyMb], othersCores };
    return [empty, ...rowsOf(load.value, soakMinutes, othersCores, app.emptyMb)];
  } finally {
    await app.stop();
  }
}

/**
 * @typedef {{ hours: number, host: number, browser: number, renderer: number }} Sample
 * @typedef {{ samples: Sample[], heap: { hours: number, mb: number, hostMb: number, youngMb: number }[], perSecond: number }} Soaked
 */

/**
 * @param {Soaked} soaked
 * @param {number} minutes
 * @param {number} othersCores
 * @param {number} emptyMb what the browser took with an empty page
 * @returns {import('./types.d.ts').Measurement[]}
 */
function rowsOf({ samples, heap, perSecond }, minutes, othersCores, emptyMb) {
  const late = samples.slice(Math.floor(samples.length * WARM_SHARE));
  const lateHeap = heap.slice(Math.floor(heap.length * WARM_SHARE));
  const hours = late.map((sample) => sample.hours);
  const host = late.map((sample) => sample.host);
  const all = late.map((sample) => sample.host + sample.browser);
  const perHour = slopeOf(hours, all);
  const length = `${minutes} min${minutes < WHOLE_MINUTES ? ', too short to tell' : ''}`;
  const heapMb = lateHeap.map(({ mb }) => mb);
  const hostMb = lateHeap.map((one) => one.hostMb);
  const heapHours = lateHeap.map((one) => one.hours);
  // What two minutes would say of eight hours is no figure to hold against a goal.
  const growthGoal = minutes < WHOLE_MINUTES ? undefined : 2;
  /** @type {[string, string, readonly number[], (number | undefined)?][]} */
  const rows = [
    ['soak: events traced', '/s', [perSecond]],
    ['host', 'MB', host],
    ['page, its process', 'MB', late.map((sample) => sample.renderer)],
    ['page, live objects', 'MB', heapMb],
    ['host and whole browser', 'MB', all, 250],
    ['of it beyond the empty browser', 'MB', all.map((mb) => mb - emptyMb)],
    [`slope of all (${length})`, 'MB/h', [perHour]],
    [`slope of the host (${length})`, 'MB/h', [slopeOf(hours, host)]],
    [`page, live objects: slope (${length})`, 'MB/h', [slopeOf(heapHours, heapMb)]],
    ['host, live objects', 'MB', hostMb],
    ['host, room for young objects', 'MB', lateHeap.map((one) => one.youngMb)],
    [`host, live objects: slope (${length})`, 'MB/h', [slopeOf(heapHours, hostMb)]],
    [`growth of all in 8 h (${length})`, '%', [(perHour * 8 * 100) / medianOf(all)], growthGoal],
  ];
  return rows.map(([name, unit, values, goal]) => {
    const row = { name, unit, samples: values, isSpreadInherent: true, othersCores };
    return goal === undefined ? row : { ...row, goal: atMost(goal) };
  });
}

/**
 * @param {import('./window.mjs').BenchWindow} app
 * @param {string} clusterId
 * @param {number} forMs
 * @returns {Promise<Soaked>}
 */
async function soak(app, clusterId, forMs) {
  let events = 0;
  const stopCounting = app.subscribe({ topic: 'events', clusterId }, (push) => {
    events += push.events.length;
  });
  let leaderPort = 0;
  const stopWatching = app.subscribe({ topic: 'cluster', clusterId }, ({ nodes, health }) => {
    const leader = nodes.find((/** @type {any} */ one) => one.id === health.leaderId);
    leaderPort = Number(leader?.clientAddress.split(':').at(-1) ?? leaderPort);
  });
  await wait(1_000);
  events = 0;
  const startedMs = performance.now();
  const elapsed = () => performance.now() - startedMs;
  const writing = keepWriting(
    () => leaderPort,
    () => events,
    elapsed,
    forMs,
  );
  const samples = [];
  const heap = [];
  const client = await app.page.context().newCDPSession(app.page);
  while (elapsed() < forMs) {
    await wait(Math.min(SAMPLE_MS, Math.max(1, forMs - elapsed())));
    const [host = 0, ...browser] = app.pids();
    const hours = elapsed() / 3_600_000;
    samples.push({
      hours,
      host: proportionalMb([host]),
      browser: proportionalMb(browser),
      renderer: proportionalMb(renderersOf(browser)),
    });
    if (samples.length % HEAP_EVERY !== 0) continue;
    await client.send('HeapProfiler.collectGarbage');
    const { usedSize } = await client.send('Runtime.getHeapUsage');
    heap.push({ hours, mb: usedSize / 1024 / 1024, ...(await app.hostHeapMb()) });
  }
  const perSecond = (events / elapsed()) * 1_000;
  await writing;
  stopCounting();
  stopWatching();
  return { samples, heap, perSecond };
}

/**
 * Writes, one after the other, as often as makes the nodes trace so many events a second.
 *
 * @param {() => number} port of the leader
 * @param {() => number} events traced so far
 * @param {() => number} elapsed milliseconds
 * @param {number} forMs
 */
async function keepWriting(port, events, elapsed, forMs) {
  let everyMs = 20;
  let connection = await connectTo(port());
  let [countedAt, counted] = [elapsed(), events()];
  for (let write = 0; elapsed() < forMs; write += 1) {
    try {
      await connection.send(commandOf('SET', `key:${write % 5_000}`, `value:${write}`), 1);
    } catch {
      // Another one leads, or this one is gone: the next connection is to whoever leads then.
      connection.close();
      await wait(500);
      connection = await connectTo(port());
    }
    if (elapsed() - countedAt > ADJUST_MS) {
      const perSecond = ((events() - counted) / (elapsed() - countedAt)) * 1_000;
      everyMs = Math.min(500, Math.max(0.2, (everyMs * perSecond) / EVENTS_PER_SECOND));
      [countedAt, counted] = [elapsed(), events()];
    }
    await wait(everyMs);
  }
  connection.close();
}

/**
 * The slope of the straight line nearest to the points.
 *
 * @param {readonly number[]} xs
 * @param {readonly number[]} ys
 */
function slopeOf(xs, ys) {
  const mean = (/** @type {readonly number[]} */ of) =>
    of.reduce((sum, one) => sum + one, 0) / of.length;
  const [meanX, meanY] = [mean(xs), mean(ys)];
  const over = xs.reduce((sum, x, at) => sum + (x - meanX) * ((ys[at] ?? meanY) - meanY), 0);
  const under = xs.reduce((sum, x) => sum + (x - meanX) ** 2, 0);
  return over / under;
}
