import { expect, type Page } from '@playwright/test';

import { advance, test } from './fake-page.ts';

const FRAMES = 60;
const FRAME_MS = 16;
/** Eight messages each: 160 a second at 60 frames. */
const PUSH_EVERY = 3;

declare global {
  interface Window {
    /** What happened in the page since `watchFlight`. */
    flight?: { drawn: number; changes: number };
  }
}

test('messages that fly between five nodes change the canvas and nothing else', async ({
  page,
  open,
}) => {
  await open({ scenario: 'five', hash: '#/overview/five/1' });
  await advance(page, 1_000);
  await expect(page.locator('canvas.particles')).toBeVisible();
  // Each frame is drawn when it is asked for, so that a busy machine leaves none out; what the page has
  // begun before is over by the first.
  await page.clock.pauseAt(Date.now() + 60_000);
  await page.clock.runFor(10 * FRAME_MS);
  await page.evaluate(watchFlight);
  for (let frame = 0; frame < FRAMES; frame += 1) {
    if (frame % PUSH_EVERY === 0) await page.evaluate(pushMessages);
    await page.clock.runFor(FRAME_MS);
  }
  const seen = await flown(page);
  expect(seen.drawn).toBeGreaterThan(FRAMES);
  // The picture is made anew when the next one comes, however many messages fly until then.
  expect(seen.changes).toBe(0);
});

test('among nine nodes no message is drawn, and the ring says so', async ({ page, open }) => {
  await open({ scenario: 'nine', hash: '#/overview/nine/1' });
  await advance(page, 1_000);
  await expect(page.getByText('Messages are not drawn one by one')).toBeVisible();
  await expect(page.locator('canvas.particles')).toHaveCount(0);
});

/** Runs in the page: from now on no picture comes, and what is drawn and what else changes is counted. */
function watchFlight(): void {
  const host = window.fakeHost;
  const pen = document.querySelector('canvas')?.getContext('2d');
  if (!host || !pen) throw new Error('nothing to watch');
  host.silent = new Set([
    'cluster',
    'clusters',
    'settings',
    'recordings',
    'outside',
    'output',
    'load',
  ]);
  const flight = { drawn: 0, changes: 0 };
  window.flight = flight;
  const arc = pen.arc.bind(pen);
  pen.arc = (...args) => {
    flight.drawn += 1;
    arc(...args);
  };
  new MutationObserver((records) => (flight.changes += records.length)).observe(document.body, {
    subtree: true,
    childList: true,
    attributes: true,
    characterData: true,
  });
}

/** Runs in the page: messages without a picture. */
function pushMessages(): void {
  const [cluster] = window.fakeHost?.clusters ?? [];
  if (cluster !== undefined) cluster.commitIndex += 12;
  window.fakeHost?.pushAll();
}

/** What was counted, once the page has drawn whatever it still had to. */
function flown(page: Page): Promise<{ readonly drawn: number; readonly changes: number }> {
  return page.evaluate(async () => {
    // React goes on in a message to itself: one that is sent now arrives behind it.
    await new Promise((arrived) => {
      const { port1, port2 } = new MessageChannel();
      port1.addEventListener('message', arrived);
      port1.start();
      port2.postMessage(null);
    });
    if (window.flight === undefined) throw new Error('nothing was watched');
    return { ...window.flight };
  });
}
