import { expect } from '@playwright/test';

import { test } from './fake-page.ts';
import { violations } from './violations.ts';

/* Why? and Output, looked at on a scripted cluster. */

for (const [scenario, screen, colorScheme] of [
  ['no-leader', 'overview', 'light'],
  ['frozen-quorum', 'output', 'dark'],
] as const) {
  test.describe(`why ${scenario}, in ${colorScheme}`, () => {
    test.use({ colorScheme });

    test(`breaks no rule of accessibility on ${screen}`, async ({ page, open }) => {
      await open({ scenario, hash: `#/${screen}/orders-lab` });
      await page.getByRole('banner').getByRole('button', { name: 'Why?' }).click();
      await expect(page.getByRole('region', { name: 'Verdict' })).toBeVisible();
      expect(await violations(page)).toEqual([]);
    });
  });
}

test('hostile lines of output are text: nothing runs, nothing breaks out of its row', async ({
  page,
  open,
}) => {
  await open({ scenario: 'hostile', hash: '#/output/hostile' });
  const lines = page.getByRole('listbox', { name: 'Lines of output' });
  await expect(lines.getByText('<img src=x onerror=alert(1)>')).toBeVisible();
  await expect(lines.getByText('NUL \\x00 in the middle')).toBeVisible();
  expect(await page.locator('main img, main script').count()).toBe(0);
  const heights = await lines
    .getByRole('option')
    .evaluateAll((rows) => rows.map((row) => Math.round(row.getBoundingClientRect().height)));
  expect(new Set(heights)).toEqual(new Set([20]));
  const isWide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  expect(isWide).toBe(false);
  // Found, chosen by keyboard, and shown whole.
  await page.getByLabel(/^Find in output/).fill('xxxxxxxx');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('region', { name: 'Line', exact: true })).toContainText(
    '1,044,480 characters more',
  );
});
