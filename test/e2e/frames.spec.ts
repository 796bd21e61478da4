import { expect } from '@playwright/test';

import { advance, test } from './fake-page.ts';

const FRAMES = 60;
/** Eight messages each: 160 a second at 60 frames. */
const PUSH_EVERY = 3;

test('messages that fly between five nodes change the canvas and nothing else', async ({
  page,
  open,
}) => {
  await open({ scenario: 'five', hash: '#/overview/five/1' });
  await advance(page, 1_000);
  await expect(page.locator('canvas.particles')).toBeVisible();
  await page.evaluate(async () => {
    for (let at = 0; at < 10; at += 1) await new Promise((next) => requestAnimationFrame(next));
  });
  const seen = await page.evaluate(watchFlight, { frames: FRAMES, pushEvery: PUSH_EVERY });
  expect(seen.drawn).toBeGreaterThan(FRAMES / 3);
  // The picture is made anew when the next one comes, however many messages fly until then. A timer
  // of the page may have its turn meanwhile.
  expect(seen.changes).toBeLessThan(FRAMES / 10);
});

test('among nine nodes no message is drawn, and the ring says so', async ({ page, open }) => {
  await open({ scenario: 'nine', hash: '#/overview/nine/1' });
  await advance(page, 1_000);
  await expect(page.getByText('Messages are not drawn one by one')).toBeVisible();
  await expect(page.locator('canvas.particles')).toHaveCount(0);
});

/** Runs in the page: messages without a picture; how many dots were drawn, and what else changed. */
async function watchFlight({
  frames,
  pushEvery,
}: {
  readonly frames: number;
  readonly pushEvery: number;
}): Promise<{ readonly drawn: number; readonly changes: number }> {
  const host = window.fakeHost;
  const [cluster] = host?.clusters ?? [];
  const canvas = document.querySelector('canvas');
  const pen = canvas?.getContext('2d');
  if (!host || !cluster || !canvas || !pen) throw new Error('nothing to watch');
  host.silent = new Set([
    'cluster',
    'clusters',
    'settings',
    'recordings',
    'outside',
    'output',
    'load',
  ]);
  let [drawn, changes] = [0, 0];
  const observer = new MutationObserver((records) => (changes += records.length));
  const arc = pen.arc.bind(pen);
  pen.arc = (...args) => {
    drawn += 1;
    arc(...args);
  };
  observer.observe(document.body, {
    subtree: true,
    childList: true,
    attributes: true,
    characterData: true,
  });
  for (let frame = 0; frame < frames; frame += 1) {
    if (frame % pushEvery === 0) {
      cluster.commitIndex += 12;
      host.pushAll();
    }
    await new Promise((next) => requestAnimationFrame(next));
  }
  observer.disconnect();
  return { drawn, changes };
}
