import { expect } from '@playwright/test';

import { ask, openCluster, command, leaderName, portOf, test } from './live-window.ts';

test('every node’s entries stand side by side, are found, and can be shrunk away', async ({
  page,
  live,
}, { workerIndex }) => {
  const basePort = await openCluster(page, live, workerIndex);
  const leader = await leaderName(page);
  const port = portOf(basePort, leader);
  for (let at = 0; at < 40; at += 1) await ask(port, `SET order:${String(at)} paid`);
  await page.keyboard.press('Control+3');
  const grid = page.getByRole('grid', { name: 'Log entries' });
  await expect(page.getByRole('columnheader')).toContainText([
    'Index',
    'node-1',
    'node-2',
    'node-3',
  ]);
  const row = grid.getByRole('row').filter({ hasText: 'SET order:39 paid' });
  await expect(row.getByRole('gridcell', { name: /SET order:39 paid.*applied/ })).toHaveCount(3);

  await page.getByLabel('Find in entries').fill('order:7 ');
  await page.keyboard.press('Enter');
  const inspector = page.getByRole('complementary', { name: 'Inspector' });
  await expect(inspector).toContainText('SET order:7 paid');
  await expect(inspector).toContainText('3 of 3');
  await grid.focus();
  await page.keyboard.press('ArrowDown');
  await expect(inspector).toContainText('SET order:8 paid');

  expect(await command(port, 'RAFTSNAPSHOT')).toBe('+OK');
  await page.getByRole('button', { name: 'Shrink log…' }).click();
  const sheet = page.getByRole('dialog');
  await expect(sheet).toContainText(`${leader} frees entries 1–`);
  await expect(sheet).toContainText('every node holds all of it');
  await sheet.getByRole('button', { name: 'Shrink 1 log' }).click();
  await expect(page.getByText(`The log of ${leader} was shrunk.`)).toBeVisible();
  await expect(page.getByRole('region', { name: 'Log on disk' })).toContainText('gone');
});
