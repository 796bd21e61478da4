import { advance, test } from './fake-page.ts';
test('shots', async ({ page, open }) => {
  test.setTimeout(200_000);
  for (const scheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: scheme });
    for (const [w, h] of [
      [1280, 800],
      [1024, 640],
      [1600, 1000],
    ] as const) {
      await page.setViewportSize({ width: w, height: h });
      await open({ scenario: 'healthy', hash: '#/overview/orders-lab' });
      await advance(page, 2_000);
      await page.locator('.timeline').waitFor();
      await page.waitForTimeout(300);
      await page.screenshot({ path: `/tmp/shots/live-${w}-${scheme}.png` });
      await page.getByRole('slider', { name: 'Moment shown' }).focus();
      await page.keyboard.press('ArrowLeft');
      for (let i = 0; i < 12; i += 1) await page.keyboard.press('ArrowLeft');
      await page.waitForTimeout(400);
      await page.screenshot({ path: `/tmp/shots/past-${w}-${scheme}.png` });
    }
  }
});
