/* global window, document, performance, requestAnimationFrame */
import { connect } from 'node:net';
import { fill } from './client.mjs';
import { atMost } from './verdict.mjs';
import { createCluster, openWindow, proportionalMb } from './window.mjs';

const KEYS = 1_000_000;
const VALUE_BYTES = 50 * 1024 * 1024;

/**
 * A value of 50 MB and a million keys, on a real node: what is seen of them at once, how much of the
 * value was fetched for it, and what a list of all keys takes in the browser.
 *
 * @param {import('./types.d.ts').PartOptions} options
 * @returns {Promise<import('./types.d.ts').Measurement[]>}
 */
export async function measureData({ otherLoad }) {
  const app = await openWindow();
  try {
    const { view } = await createCluster(app, 1);
    const [node] = view.nodes;
    const port = Number(node.clientAddress.split(':').at(-1));
    const load = await otherLoad(
      () => [...app.pids(), node.pid],
      async () => ({ ...(await largeValue(app.page, port)), ...(await manyKeys(app, port)) }),
    );
    const { value, othersCores } = load;
    return [
      {
        name: '50 MB value: preview shown',
        unit: 'ms',
        samples: [value.previewMs],
        goal: atMost(200),
        othersCores,
      },
      {
        name: '50 MB value: fetched of it',
        unit: 'KiB',
        samples: [value.receivedKib],
        goal: atMost(64),
        othersCores,
      },
      {
        name: '1,000,000 keys: first rows',
        unit: 'ms',
        samples: [value.firstRowsMs],
        goal: atMost(200),
        othersCores,
      },
      {
        name: '1,000,000 keys: browser with all listed',
        unit: 'MB more',
        samples: [value.moreMb],
        goal: atMost(60),
        othersCores,
      },
    ];
  } finally {
    await app.stop();
  }
}

/**
 * @param {import('@playwright/test').Page} page
 * @param {number} port
 */
async function largeValue(page, port) {
  await setLarge(port, 'large');
  await page.keyboard.press('Control+7');
  const row = page.getByRole('grid', { name: 'Keys' }).getByRole('row').nth(1);
  await row.waitFor();
  let received = 0;
  const client = await page.context().newCDPSession(page);
  await client.send('Network.enable');
  client.on('Network.webSocketFrameReceived', ({ response }) => {
    const bytes = JSON.parse(response.payloadData).result?.value?.bytes;
    if (typeof bytes === 'string') received += Buffer.from(bytes, 'base64').length;
  });
  const previewMs = await shownAfter(page, () => row.click(), 'first 64.0\u00a0KiB of');
  await client.detach();
  const receivedKib = received / 1024;
  if (received === 0) throw new Error('the preview was not seen to come');
  return { previewMs, receivedKib };
}

/**
 * @param {import('./window.mjs').BenchWindow} app
 * @param {number} port
 */
async function manyKeys({ page, pids }, port) {
  await page.keyboard.press('Control+2');
  await fill(port, KEYS);
  const browserMb = () => proportionalMb(pids().slice(1));
  const before = browserMb();
  const firstRowsMs = await shownAfter(page, () => page.keyboard.press('Control+7'), 'key:0');
  await page.getByRole('button', { name: 'List all' }).click();
  await page.getByText('1,000,001 keys').waitFor({ timeout: 120_000 });
  return { firstRowsMs, moreMb: browserMb() - before };
}

/**
 * @param {number} port
 * @param {string} key
 */
async function setLarge(port, key) {
  const socket = connect(port, '127.0.0.1');
  const head = `*3\r\n$3\r\nSET\r\n$${key.length}\r\n${key}\r\n$${VALUE_BYTES}\r\n`;
  socket.write(head);
  socket.write(Buffer.alloc(VALUE_BYTES, 'all work and no play '));
  socket.write('\r\n');
  const reply = await new Promise((resolve, reject) => {
    socket.once('data', (chunk) => resolve(String(chunk)));
    socket.once('error', reject);
  });
  socket.destroy();
  if (reply !== '+OK\r\n') throw new Error(`a value of 50 MB: ${String(reply)}`);
}

/**
 * From just before an act until the page shows a text, milliseconds, by the page's own clock.
 *
 * @param {import('@playwright/test').Page} page
 * @param {() => Promise<void>} act
 * @param {string} text
 * @returns {Promise<number>}
 */
async function shownAfter(page, act, text) {
  await page.evaluate((wanted) => {
    const began = performance.now();
    Object.assign(window, {
      __shown: new Promise((resolve) => {
        const look = () => {
          const shown = document.querySelector('main')?.textContent ?? '';
          if (shown.includes(wanted)) resolve(performance.now() - began);
          else requestAnimationFrame(look);
        };
        look();
      }),
    });
  }, text);
  await act();
  /** @type {number} */
  const ms = await page.evaluate('window.__shown');
  return ms;
}
