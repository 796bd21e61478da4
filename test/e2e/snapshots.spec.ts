import { expect } from '@playwright/test';
import { stat } from 'node:fs/promises';

import { ask, openCluster, leaderName, portOf, tabTo, test } from './live-window.ts';

test('a snapshot is taken, verified, saved, and restored here and into a new cluster', async ({
  page,
  live,
}, { workerIndex }) => {
  const basePort = await openCluster(page, live, workerIndex);
  const port = portOf(basePort, await leaderName(page));
  const name = await page.getByRole('banner').getByRole('button').first().innerText();
  expect(await ask(port, 'SET a then')).toBe('+OK');
  await page.keyboard.press('Control+8');
  await page.getByRole('button', { name: 'Snapshot now' }).click();
  const rows = page.getByRole('region', { name: 'Snapshots' }).getByRole('row');
  await expect(rows.nth(1)).toContainText('not verified');
  await page.getByRole('button', { name: 'Verify all' }).click();
  await expect(rows.filter({ hasText: '✓ verified' }).first()).toBeVisible();

  await rows
    .nth(1)
    .getByRole('button', { name: /^More for/ })
    .click();
  const [saved] = await Promise.all([
    page.waitForEvent('download'),
    page
      .getByRole('menuitem', { name: /^Download from/ })
      .first()
      .click(),
  ]);
  expect(saved.suggestedFilename()).toMatch(/-node-\d-[\d-]+\.snapshot$/);
  expect((await stat(await saved.path())).size).toBeGreaterThan(100);

  // This cluster's data, by pointer: its name is typed first.
  expect(await ask(port, 'SET a now')).toBe('+OK');
  await rows
    .nth(1)
    .getByRole('button', { name: /^Restore/ })
    .click();
  const sheet = page.getByRole('dialog');
  await sheet.getByRole('radio', { name: /Replace this cluster/ }).check();
  await sheet.getByLabel(/^Type /).fill(name);
  await sheet.getByRole('button', { name: 'Replace the data' }).click();
  const report = page.getByRole('region', { name: 'Replacing the state' });
  await expect(report).toContainText('The state was replaced');
  await expect(report).toContainText('3 nodes agree on');
  expect(await ask(port, 'STRLEN a')).toBe(':4');

  // And a new cluster, by keyboard alone.
  await tabTo(page, rows.nth(1).getByRole('button', { name: /^Restore/ }));
  await page.keyboard.press('Enter');
  await tabTo(page, sheet.getByLabel('Nodes'));
  await page.keyboard.press('1');
  await tabTo(page, sheet.getByLabel('Name of the new cluster'));
  await page.keyboard.press('Control+a');
  await page.keyboard.type('as-it-was');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible();
  await expect(page.getByRole('banner')).toContainText('as-it-was');
  await expect(page.getByRole('region', { name: 'Restored from a snapshot' })).toContainText(
    'one node on',
    { timeout: 30_000 },
  );
  await page.keyboard.press('Control+7');
  const key = page.getByRole('grid', { name: 'Keys' }).getByRole('row').nth(1);
  await expect(key).toContainText('then');
});
