import { expect } from '@playwright/test';

import { advance, test } from './fake-page.ts';
import { violations } from './violations.ts';

/* The timeline, looked at on a scripted cluster. */

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });
    test('a moment of the past breaks no rule of accessibility', async ({ page, open }) => {
      await open({ scenario: 'degraded', hash: '#/overview/orders-lab/1' });
      await advance(page, 1_000);
      await page.getByRole('slider', { name: 'Moment shown' }).focus();
      await page.keyboard.press('PageUp');
      await expect(page.getByRole('banner')).toContainText('Go live to act.');
      expect(await violations(page)).toEqual([]);
    });
  });
}

test('the truth line is not delayed by the order of the lanes', async ({ page, open }) => {
  await open({ scenario: 'healthy', hash: '#/overview/orders-lab' });
  await expect(page.getByRole('slider', { name: 'Moment shown' })).toBeVisible();
  // From here no timer of the page fires any more, and no time passes at the scripted host: whatever
  // waits, for the slowest node or for anything else, waits for ever.
  await page.clock.pauseAt(Date.now() + 60_000);
  await page.evaluate(() => {
    const host = window.fakeHost;
    const cluster = host?.clusters[0];
    if (host === undefined || cluster === undefined) return;
    cluster.term = 41;
    cluster.leaderId = '3';
    host.pushAll();
  });
  await expect(page.getByRole('banner')).toContainText('Term41');
  await expect(page.getByRole('banner')).toContainText('node-3');
});

test('dragging across the lanes moves through time, and the pictures follow', async ({
  page,
  open,
}) => {
  await open({ scenario: 'healthy', hash: '#/overview/orders-lab' });
  await advance(page, 1_000);
  const slider = page.getByRole('slider', { name: 'Moment shown' });
  const box = await slider.boundingBox();
  if (box === null) throw new Error('the timeline is not shown');
  await page.mouse.move(box.x + box.width * 0.5, box.y + 60);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.25, box.y + 60, { steps: 8 });
  await page.mouse.up();
  await expect(page.getByRole('banner')).toContainText('You are looking at');
  await expect(page).toHaveURL(/at=\d+/);
  await expect(page.locator('canvas')).toHaveCount(0);
  await page.getByRole('button', { name: 'Bookmark' }).click();
  await expect(page.getByText(/^Bookmarked/)).toBeVisible();
  await page.reload();
  await expect(page.getByRole('banner')).toContainText('You are looking at');
  // The way out is written on a button far from the timeline: it works from nowhere in particular too.
  await page.keyboard.press('End');
  await expect(page.getByRole('banner')).toContainText('Live');
  await page.getByText('1/10').click();
  await expect(page.getByRole('banner')).toContainText(
    'Replaying at 1/10 · the cluster continues.',
  );
});

test('what a message offers to do waits for the present too', async ({ page, open }) => {
  await open({ scenario: 'healthy', hash: '#/overview/orders-lab/2' });
  await advance(page, 1_000);
  await page.getByRole('button', { name: /^Kill/ }).click();
  // Under the pointer a message stays for as long as it is read.
  await page.getByText('node-2 was killed.').hover();
  const again = page.getByRole('button', { name: 'Start it again' });
  await expect(again).not.toHaveAttribute('aria-disabled', 'true');
  await page.getByRole('slider', { name: 'Moment shown' }).focus();
  await page.keyboard.press('PageUp');
  await expect(again).toHaveAttribute('aria-disabled', 'true');
  await again.hover();
  await expect(page.getByRole('tooltip')).toContainText('Go live to act.');
  await page.keyboard.press('End');
  await expect(again).not.toHaveAttribute('aria-disabled', 'true');
});
