import { expect, type Page, test } from '@playwright/test';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { RespClient } from '../../node-engine/client/resp-client.ts';
import { requireTool } from '../require-tool.ts';
import { untilHealthy } from './live-window.ts';
import { type ServedApp, serveApp } from './served-app.ts';

/** RAFTDECK_SCREENSHOTS=docs writes the pictures of the documentation; else they go with the results. */
const FOLDER =
  process.env['RAFTDECK_SCREENSHOTS'] === 'docs'
    ? join(import.meta.dirname, '..', '..', 'docs', 'images')
    : join(import.meta.dirname, '..', '..', 'test-results', 'screens');
const WRITES_PER_BATCH = 12;
const BATCH_EVERY_MS = 100;

let app: ServedApp;

test.beforeAll(async () => {
  app = await serveApp();
});

test.afterAll(async () => {
  await app.stop();
});

test('the real app at work, in light and dark and at three sizes', async ({ page }) => {
  requireTool('chromium', test);
  await mkdir(FOLDER, { recursive: true });
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.goto(app.link);
  await expect(page.getByRole('button', { name: 'Start a 3-node cluster' })).toBeEnabled();
  if (FOLDER.includes('test-results'))
    await page.screenshot({ path: join(FOLDER, 'clusters.png') });
  await page.getByRole('button', { name: 'Start a 3-node cluster' }).click();
  await untilHealthy(page);
  const line = page.getByRole('region', { name: 'Connect' }).getByText(/^redis-cli -c -p \d+$/u);
  const port = Number((await line.textContent())?.split(' ').at(-1));
  const client = await RespClient.connect({ address: `127.0.0.1:${String(port)}` });
  let written = 0;
  const writes: Promise<unknown>[] = [];
  const load = setInterval(() => {
    for (let at = 0; at < WRITES_PER_BATCH; at += 1) {
      written += 1;
      writes.push(client.call(['SET', `order:${String(written % 500)}`, 'x'.repeat(64)]));
    }
  }, BATCH_EVERY_MS);
  // Long enough for the last minute's lines to have a shape.
  await expect.poll(() => written, { timeout: 60_000 }).toBeGreaterThan(1200);
  await page.screenshot({ path: join(FOLDER, 'overview.png') });
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.screenshot({ path: join(FOLDER, 'overview-dark.png') });
  if (process.env['RAFTDECK_SCREENSHOTS'] !== 'docs') {
    for (const [width, height] of [
      [1024, 640],
      [1600, 1000],
    ] as const) {
      await page.setViewportSize({ width, height });
      await page.screenshot({ path: join(FOLDER, `overview-${String(width)}-dark.png`) });
      await page.emulateMedia({ colorScheme: 'light' });
      await page.screenshot({ path: join(FOLDER, `overview-${String(width)}.png`) });
      await page.emulateMedia({ colorScheme: 'dark' });
    }
  }
  clearInterval(load);
  if (process.env['RAFTDECK_SCREENSHOTS'] === 'docs') await tour(page, client);
  // The chaos lab ends some of them.
  await Promise.allSettled(writes);
  client.close();
});

/** The pictures of docs/tour.md, from the cluster that the window shows. */
async function tour(page: Page, client: RespClient): Promise<void> {
  await page.emulateMedia({ colorScheme: 'light' });
  const show = async (screen: string): Promise<void> => {
    await page
      .getByRole('navigation', { name: 'Screens' })
      .getByRole('button', { name: screen })
      .click();
  };
  const keep = (name: string): Promise<Buffer> =>
    page.screenshot({ path: join(FOLDER, `${name}.png`) });

  await show('Logs');
  // Nothing is written any more, so every node has the same, and every row that is shown is filled.
  const rows = 15;
  await expect.poll(() => page.getByText('SET order:').count()).toBeGreaterThan(3 * rows);
  await expect(page.getByRole('banner')).toContainText(/Worst lag\s*none/u);
  await keep('logs');

  await show('Console');
  const input = page.getByRole('combobox', { name: /^Command for/u });
  for (const line of ['SET hello world', 'GET hello', 'RAFTPEERS']) {
    await input.fill(line);
    await input.press('Enter');
    await expect(input).toHaveValue('');
  }
  await keep('console');

  await client.call(['SET', 'user:1', JSON.stringify({ name: 'Ada', visits: 41 })]);
  await show('Data');
  await page.getByRole('textbox', { name: 'Match' }).fill('user:*');
  await page.getByText('user:1', { exact: true }).click();
  await expect(page.getByText('Ada').first()).toBeVisible();
  await page.getByRole('button', { name: 'Compare' }).click();
  const copies = page.getByRole('region', { name: 'The key on every node' });
  await expect(copies.getByRole('listitem')).toHaveCount(3);
  await keep('data');

  await client.call(['RAFTSNAPSHOT']);
  await show('Snapshots');
  await page.getByRole('button', { name: 'Verify all' }).click();
  await expect(page.getByText('not verified')).toHaveCount(0);
  await keep('snapshots');

  await show('Chaos lab');
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await page.getByRole('button', { name: 'Isolate the leader' }).click();
  await page.getByRole('button', { name: 'Apply' }).click();
  const faults = page.getByRole('table', { name: 'Active faults' });
  await expect(faults).toContainText(/0 of \d+ messages arrived/u);
  await expect(page.getByRole('banner')).toContainText('Degraded');
  await keep('chaos');
  await page.getByRole('button', { name: /^Heal all/u }).click();

  await show('Metrics');
  await expect(page.getByRole('heading', { name: 'Commit latency' })).toBeVisible();
  await page.getByText('1 min', { exact: true }).click();
  await expect(page.getByText(/^Healed/u)).toHaveCount(0);
  await keep('metrics');
}
