import { AxeBuilder } from '@axe-core/playwright';
import { expect } from '@playwright/test';

import { advance, type Opening, test } from './fake-page.ts';

/** Every situation that a screen must look right in. */
const OPENINGS: readonly Opening[] = [
  { scenario: 'first' },
  { scenario: 'healthy' },
  { scenario: 'hostile' },
  { scenario: 'healthy', hash: '#/settings' },
  { scenario: 'healthy', hash: '#/overview/orders-lab' },
  { scenario: 'healthy', hash: '#/overview/orders-lab/2?mode=table' },
  { scenario: 'healthy', hash: '#/overview/no-such-cluster' },
  { scenario: 'degraded', hash: '#/overview/orders-lab/1' },
  { scenario: 'no-leader', hash: '#/overview/orders-lab' },
  { scenario: 'creating', hash: '#/overview/new' },
  { scenario: 'five', hash: '#/overview/five' },
  { scenario: 'nine', hash: '#/overview/nine' },
  { scenario: 'one', hash: '#/overview/one' },
  { scenario: 'damaged', hash: '#/overview/orders-lab/2' },
  { scenario: 'adding', hash: '#/overview/orders-lab/4' },
  { scenario: 'stopped', hash: '#/overview/five-way' },
  { scenario: 'hostile', hash: '#/overview/hostile/2' },
  { scenario: 'healthy', hash: '#/console/orders-lab/2' },
  { scenario: 'healthy', hash: '#/logs/orders-lab' },
  { scenario: 'faults', hash: '#/chaos/orders-lab' },
  { scenario: 'violation', hash: '#/chaos/orders-lab' },
  { scenario: 'degraded', hash: '#/metrics/orders-lab' },
  { scenario: 'hostile', hash: '#/output/hostile' },
];

const SIZES = [
  { width: 1024, height: 640 },
  { width: 1280, height: 800 },
  { width: 1600, height: 1000 },
];

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });
    for (const opening of OPENINGS) {
      test(`${opening.scenario} ${opening.hash ?? ''} breaks no rule of accessibility`, async ({
        page,
        open,
      }) => {
        await open(opening);
        await advance(page, 1_000);
        const { violations } = await new AxeBuilder({ page }).analyze();
        expect(
          violations.map(({ id, nodes }) => `${id}: ${nodes.map((n) => n.target).join(', ')}`),
        ).toEqual([]);
      });
    }
  });
}

for (const size of SIZES) {
  test(`at ${String(size.width)}×${String(size.height)} nothing sticks out of the window`, async ({
    page,
    open,
  }) => {
    await page.setViewportSize(size);
    for (const opening of OPENINGS) {
      await open(opening);
      const outside = await page.evaluate(() => {
        const { innerWidth, innerHeight } = window;
        const fixed = document.querySelectorAll('.header *, .toolbar *, .rail *, .status-bar *');
        return [...fixed].flatMap((element) => {
          const box = element.getBoundingClientRect();
          const inside = box.right <= innerWidth + 1 && box.bottom <= innerHeight + 1;
          return inside || box.width === 0 ? [] : [element.className];
        });
      });
      expect(outside, JSON.stringify(opening)).toEqual([]);
      const scrolls = await page.evaluate(
        () => document.documentElement.scrollWidth > window.innerWidth,
      );
      expect(scrolls, JSON.stringify(opening)).toBe(false);
    }
  });
}

test('text from a cluster is shown as text, whatever it looks like', async ({ page, open }) => {
  await open({ scenario: 'hostile', hash: '#/overview/hostile/2' });
  await expect(page.getByText('<script>alert(1)</script>').first()).toBeVisible();
  expect(await page.locator('img').count()).toBe(0);
  expect(await page.locator('main script').count()).toBe(0);
});

test.describe('with reduced motion', () => {
  test.use({ contextOptions: { reducedMotion: 'reduce' } });

  test('nothing moves', async ({ page, open }) => {
    await open({ scenario: 'healthy', hash: '#/overview/orders-lab' });
    await advance(page, 1_000);
    await expect(page.getByText('Messages are not drawn one by one')).toBeVisible();
    expect(await page.locator('canvas').count()).toBe(0);
    expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
  });
});

test('with full motion messages are drawn, and the caption says that their speed is not real', async ({
  page,
  open,
}) => {
  await open({ scenario: 'healthy', hash: '#/overview/orders-lab' });
  await expect(page.getByText('Message speed is not to scale')).toBeVisible();
  const painted = (): Promise<boolean> =>
    page.evaluate(() => {
      const canvas = document.querySelector('canvas');
      const pen = canvas?.getContext('2d');
      if (!canvas || !pen) return false;
      const { data } = pen.getImageData(0, 0, canvas.width, canvas.height);
      return data.some((value) => value !== 0);
    });
  expect(await painted()).toBe(false);
  await expect(async () => {
    await advance(page, 200);
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(drawn)));
    expect(await painted()).toBe(true);
  }).toPass();
  // And the canvas is empty again once they have arrived.
  await expect.poll(painted).toBe(false);
});

test('the theme is that of the system until another one is chosen', async ({ page, open }) => {
  await page.emulateMedia({ colorScheme: 'light' });
  await open({ scenario: 'healthy', hash: '#/settings' });
  const ground = (): Promise<string> =>
    page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  expect(await ground()).toBe('rgb(255, 255, 255)');
  await page.getByRole('radiogroup', { name: 'Theme' }).getByText('Dark').click();
  await expect.poll(ground).toBe('rgb(15, 19, 24)');
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.getByRole('radiogroup', { name: 'Theme' }).getByText('Light').click();
  await expect.poll(ground).toBe('rgb(255, 255, 255)');
});

test('a panel that stops leaves the others running, and can be reloaded', async ({
  page,
  open,
  complaints,
}) => {
  await open({ scenario: 'healthy', hash: '#/overview/orders-lab' });
  // A field that only the inspector reads is not what the contract says.
  complaints.allow(/Cannot read properties of null/);
  await page.evaluate(() => {
    const host = window.fakeHost;
    if (host === undefined) return;
    host.alter = (view) =>
      JSON.parse(
        JSON.stringify(view).replaceAll(/"snapshots":\[[^\]]*\]/g, '"snapshots":null'),
      ) as typeof view;
    host.pushAll();
  });
  const alert = page.getByRole('alert');
  await expect(alert).toContainText('The inspector stopped:');
  await expect(alert).toContainText('The cluster is unaffected.');
  await expect(page.getByRole('row', { name: /node-2/ })).toBeVisible();
  await expect(page.getByRole('button', { name: /^node-2, follower/ })).toBeVisible();
  await page.evaluate(() => {
    const host = window.fakeHost;
    if (host === undefined) return;
    host.alter = (view) => view;
    host.pushAll();
  });
  await page.getByRole('button', { name: 'Reload panel' }).click();
  await expect(page.getByRole('complementary', { name: 'Inspector' })).toContainText('Who says so');
});
