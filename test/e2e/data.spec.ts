import { expect } from '@playwright/test';
import { readFile } from 'node:fs/promises';

import { ask, openCluster, leaderName, portOf, tabTo, test } from './live-window.ts';

test('keys are loaded, found, edited, compared and deleted, by pointer and by keyboard', async ({
  page,
  live,
}, { workerIndex }) => {
  const basePort = await openCluster(page, live, workerIndex);
  const port = portOf(basePort, await leaderName(page));
  await page.keyboard.press('Control+7');
  await page.getByRole('button', { name: 'Load 1,000 sample keys' }).click();
  const grid = page.getByRole('grid', { name: 'Keys' });
  await expect(grid).toHaveAttribute('aria-rowcount', '1001');
  await expect(grid.getByRole('row').nth(1)).toContainText('order:0');
  expect(await ask(port, 'DBSIZE')).toBe(':1000');

  // From here on by keyboard alone.
  await page.keyboard.press('Control+f');
  await expect(page.getByRole('textbox', { name: /^Match keys/ })).toBeFocused();
  await page.keyboard.type('user:7?');
  await expect(grid).toHaveAttribute('aria-rowcount', '11');
  await tabTo(page, grid);
  await page.keyboard.press('ArrowDown');
  const value = page.getByRole('complementary', { name: 'Value' });
  await expect(value.getByRole('heading', { name: 'user:70' })).toBeVisible();
  await expect(value.getByRole('region', { name: 'Value' })).toContainText('"seats": 70');
  await tabTo(page, value.getByRole('button', { name: 'Compare' }));
  await page.keyboard.press('Enter');
  const copies = value.getByRole('region', { name: 'The key on every node' });
  await expect(copies.getByRole('status')).toContainText('✓ yes, at entr');
  await expect(copies.getByRole('listitem')).toHaveCount(3);

  await tabTo(page, grid, 'Shift+Tab');
  await page.keyboard.press('n');
  await expect(page.getByRole('textbox', { name: 'Key', exact: true })).toBeFocused();
  await page.keyboard.type('cart:1');
  await page.keyboard.press('Tab');
  await page.keyboard.type('two pears');
  await tabTo(page, page.getByRole('button', { name: 'Make it' }));
  await page.keyboard.press('Enter');
  await expect(page.getByText(/cart:1 is made, by entry [\d,]+, term \d/)).toBeVisible();
  await expect(value.getByRole('heading', { name: 'cart:1' })).toBeVisible();
  await expect(value.getByRole('region', { name: 'Value' })).toContainText('two pears');
  expect(await ask(port, 'STRLEN cart:1')).toBe(':9');

  await tabTo(page, value.getByRole('button', { name: 'Edit…' }));
  await page.keyboard.press('Enter');
  await expect(page.getByRole('textbox', { name: 'Value' })).toBeFocused();
  await page.keyboard.press('Control+a');
  await page.keyboard.type('three');
  await tabTo(page, page.getByRole('button', { name: 'Set the value' }));
  await page.keyboard.press('Enter');
  await expect(value.getByRole('region', { name: 'Value' })).toContainText('three');
  await tabTo(page, value.getByRole('button', { name: 'Expiry…' }));
  await page.keyboard.press('Enter');
  await expect(page.getByRole('textbox', { name: /^Seconds from now/ })).toBeFocused();
  await page.keyboard.type('900');
  await page.keyboard.press('Enter');
  await expect(value).toContainText(/expires in \d/);

  // Saved as it is, byte for byte.
  await tabTo(page, value.getByRole('button', { name: 'More for this key' }));
  await page.keyboard.press('Enter');
  await expect(page.getByRole('menuitem').first()).toBeFocused();
  const [saved] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
  expect(saved.suggestedFilename()).toBe('cart-1.bin');
  expect(await readFile(await saved.path(), 'utf8')).toBe('three');

  await tabTo(page, value.getByRole('button', { name: 'Delete…' }));
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: 'Delete the key' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(value).toContainText('The key is gone');
  expect(await ask(port, 'EXISTS cart:1')).toBe(':0');
  // Of the value that was set before there may be one as well.
  const deleted = page.getByRole('status').filter({ hasText: 'cart:1 is deleted' });
  await tabTo(page, deleted.getByRole('button', { name: 'Undo' }));
  await page.keyboard.press('Enter');
  await expect(value.getByRole('region', { name: 'Value' })).toContainText('three');
  expect(await ask(port, 'STRLEN cart:1')).toBe(':5');
  expect(Number((await ask(port, 'TTL cart:1')).slice(1))).toBeGreaterThan(0);
});
