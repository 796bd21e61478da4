import { expect } from '@playwright/test';

import { leaderName, ringNode, ringStop, tabTo, test } from './live-window.ts';

test.describe.configure({ timeout: 120_000 });

test('a cluster is made, grown, led by another, saved and shrunk without a pointer', async ({
  page,
  live,
}) => {
  const banner = page.getByRole('banner');
  await page.goto(live.link);
  await expect(page.getByRole('button', { name: 'Start a 3-node cluster' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(banner).toContainText('3 of 3 voters, can lose 1', { timeout: 20_000 });
  await page.keyboard.press('Control+Shift+C');
  await expect(page.getByText(/redis-cli -c -p \d+$/).last()).toBeVisible();

  // A peer: one letter, and Enter on what it offers.
  await tabTo(page, ringStop(page));
  await page.keyboard.press('a');
  await expect(page.getByRole('button', { name: 'Add node-4' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(banner).toContainText('4 of 4 voters', { timeout: 30_000 });

  // The leader: gone to, and removed after it has handed over.
  await tabTo(page, ringStop(page), 'Shift+Tab');
  await page.keyboard.press('l');
  const first = await leaderName(page);
  await expect(ringNode(page, first, 'leader')).toBeFocused();
  await page.keyboard.press('Delete');
  const sheet = page.getByRole('dialog');
  await expect(sheet).toContainText(`${first} leads. It hands over to node-`);
  await expect(sheet.getByRole('button', { name: 'Hand over, then remove' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(banner).toContainText('3 of 3 voters', { timeout: 30_000 });
  expect(await leaderName(page)).not.toBe(first);

  // A snapshot of every node, and the entries before it leave the logs.
  await page.keyboard.press('Control+8');
  await tabTo(page, page.getByRole('button', { name: 'Snapshot now' }));
  await page.keyboard.press('Enter');
  const rows = page.getByRole('region', { name: 'Snapshots' }).getByRole('row');
  await expect(rows.nth(1)).toContainText('not verified');
  await tabTo(page, page.getByRole('button', { name: 'Shrink log…' }), 'Shift+Tab');
  await page.keyboard.press('Enter');
  const shrink = sheet.getByRole('button', { name: /^Shrink \d logs?$/ });
  await expect(shrink).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByText(/^The log of node-\d was shrunk\.$/).first()).toBeVisible();
});
