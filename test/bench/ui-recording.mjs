/* global window, document, performance, requestAnimationFrame, MutationObserver */
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Level } from 'level';
import { commandOf, connectTo } from './client.mjs';
import { startProgram } from './programs.mjs';
import { percentileOf } from './statistics.mjs';
import { atMost } from './verdict.mjs';
import { createCluster, openWindow, untilView } from './window.mjs';

const BURST = 10_000;
const EVENTS = 1_000_000;
const EVENTS_PER_SECOND = 20_000;
const STEPS = 20;
const KEPT_MIB = 2_048;

/**
 * Ten thousand events within a second while somebody types, then a million, all recorded; and how a
 * recording of so many opens and is scrubbed. They come from a scripted node, which sends what it is
 * told to send; host, recorder and window are the real ones.
 *
 * @param {import('./types.d.ts').PartOptions} options
 * @returns {Promise<import('./types.d.ts').Measurement[]>}
 */
export async function measureRecording({ otherLoad }) {
  const app = await openWindow();
  let ended = false;
  try {
    const settings = await app.call('getSettings', {});
    await app.call('setSettings', { ...settings, recordingMiB: KEPT_MIB });
    const { clusterId, view } = await createCluster(app, 1);
    const node = await takeNodeOver(app, clusterId, view.nodes[0]);
    const burst = await otherLoad(
      () => [...app.pids(), node.pid],
      () => burstWhileTyping(app, node.port),
    );
    await emit(node.port, EVENTS - BURST, EVENTS_PER_SECOND);
    const lastMs = Date.now() - 500;
    // The recorder writes twice a second.
    await wait(3_000);
    await app.end();
    ended = true;
    const recorded = await eventsOnDisk(join(app.home, 'clusters', clusterId, 'recording'));
    const opened = await openAndScrub(app.home, { clusterId, lastMs }, otherLoad);
    return [
      {
        name: '10,000 events in 1 s: input delay, p95',
        unit: 'ms',
        samples: [percentileOf(burst.value, 0.95)],
        goal: atMost(100),
        othersCores: burst.othersCores,
      },
      {
        name: '1,000,000 events: not on disk',
        unit: '',
        samples: [EVENTS - recorded],
        goal: atMost(0),
        othersCores: 0,
      },
      ...opened,
    ];
  } finally {
    if (!ended) await app.stop();
  }
}

/**
 * Puts a scripted node in the place of the real one.
 *
 * @param {import('./window.mjs').BenchWindow} app
 * @param {string} clusterId
 * @param {{ id: string, clientAddress: string, directory: string }} node
 */
async function takeNodeOver(app, clusterId, { id, clientAddress, directory }) {
  const ref = { clusterId, nodeId: id };
  await app.call('stopNode', ref);
  const args = ['test/host/fake-node.mjs', 'node', '-n', id, '-a', clientAddress, '-d', directory];
  const program = await startProgram(process.execPath, args, /listens on/u);
  await app.call('startNode', ref);
  await untilView(app, clusterId, ({ health }) => health.level === 'healthy');
  return { pid: program.pid, port: Number(clientAddress.split(':').at(-1)) };
}

/**
 * @param {number} port
 * @param {number} count
 * @param {number} perSecond
 */
async function emit(port, count, perSecond) {
  const connection = await connectTo(port);
  await connection.send(commandOf('FAKE', 'EMIT', String(count), String(perSecond)), 1);
  connection.close();
}

/**
 * @param {import('./window.mjs').BenchWindow} app
 * @param {number} port
 * @returns {Promise<number[]>} from each key until the frame after it, milliseconds
 */
async function burstWhileTyping({ page }, port) {
  await page.evaluate(watchKeys);
  let emitting = true;
  const emitted = emit(port, BURST, BURST).then(() => (emitting = false));
  const untilMs = Date.now() + 2_500;
  while (emitting || Date.now() < untilMs) {
    await page.keyboard.press('ArrowDown');
    await wait(25);
  }
  await emitted;
  /** @type {number[]} */
  const delays = await page.evaluate('window.__keys');
  return delays;
}

/** Runs in the page: how long after a key the frame comes that shows what it did. */
function watchKeys() {
  /** @type {number[]} */
  const delays = [];
  Object.assign(window, { __keys: delays });
  document.addEventListener(
    'keydown',
    ({ timeStamp }) => requestAnimationFrame(() => delays.push(performance.now() - timeStamp)),
    true,
  );
}

/** @param {string} folder of a recording whose host has ended */
async function eventsOnDisk(folder) {
  const database = new Level(folder);
  let count = 0;
  try {
    for await (const [key, value] of database.iterator()) {
      if (!/^[em]!/u.test(key)) continue;
      /** @type {{ type: string }[]} */
      const events = JSON.parse(value);
      count += events.filter(
        ({ type }) => type === 'committed' || type === 'vote-requested',
      ).length;
    }
  } finally {
    await database.close();
  }
  return count;
}

/**
 * @param {string} home
 * @param {{ clusterId: string, lastMs: number }} recording a moment at its end
 * @param {import('./types.d.ts').PartOptions['otherLoad']} otherLoad
 * @returns {Promise<import('./types.d.ts').Measurement[]>}
 */
async function openAndScrub(home, { clusterId, lastMs }, otherLoad) {
  const app = await openWindow({ home });
  try {
    const load = await otherLoad(
      () => app.pids(),
      async () => {
        const startedMs = performance.now();
        await app.page.goto(`${app.link}#/overview/${clusterId}?at=${lastMs}`);
        const slider = app.page.getByRole('slider', { name: 'Moment shown' });
        // The small map is of the whole recording.
        await app.page.locator('.minimap').waitFor({ timeout: 60_000 });
        await app.page.getByRole('button', { name: /^node-1, .*commit/ }).waitFor();
        await slider.focus();
        const openMs = performance.now() - startedMs;
        /** @type {number[]} */
        const steps = [];
        for (let step = 0; step < STEPS; step += 1) {
          await app.page.evaluate(watchMoment);
          await app.page.keyboard.press('ArrowLeft');
          steps.push(Number(await app.page.evaluate('window.__moment')));
        }
        return { openMs, steps };
      },
    );
    const { value, othersCores } = load;
    return [
      {
        name: '1,000,000 events: opened and usable',
        unit: 'ms',
        samples: [value.openMs],
        goal: atMost(1_500),
        othersCores,
      },
      {
        name: '1,000,000 events: scrub step',
        unit: 'ms',
        samples: value.steps,
        goal: atMost(50),
        // Each step shows another moment.
        isSpreadInherent: true,
        othersCores,
      },
      {
        name: '1,000,000 events: scrub step, p95',
        unit: 'ms',
        samples: [percentileOf(value.steps, 0.95)],
        othersCores,
      },
    ];
  } finally {
    await app.stop();
  }
}

/** Runs in the page: how long after the next key the ring shows another moment's index. */
function watchMoment() {
  const shown = () =>
    document.querySelector('[aria-label*=", commit "]')?.getAttribute('aria-label') ?? '';
  const before = shown();
  const moment = new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error(`the ring shows no other moment: ${before}`)), 10_000);
    document.addEventListener(
      'keydown',
      ({ timeStamp }) => {
        const observer = new MutationObserver(() => {
          if (shown() === before) return;
          observer.disconnect();
          resolve(performance.now() - timeStamp);
        });
        observer.observe(document.body, { subtree: true, attributes: true, childList: true });
      },
      { capture: true, once: true },
    );
  });
  Object.assign(window, { __moment: moment });
}
