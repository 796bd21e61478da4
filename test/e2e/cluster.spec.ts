import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '@playwright/test';
import type { Locator, Page } from '@playwright/test';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { isErrorReply } from '../../node-engine/client/reply-text.ts';
import { RespClient } from '../../node-engine/client/resp-client.ts';
import { requireTool } from '../require-tool.ts';
import { CommandTrace } from './command-trace.ts';
import { type ServedApp, diskBytes, redisCli, serveApp } from './served-app.ts';

/** One entry of a load is this big; so many make 200 MB. */
const VALUE_BYTES = 1024 * 1024;
const VALUES = 200;

/** The whole sentence: a part of it is also in the one about a node that follows nobody yet. */
const HEALTHY = 'Healthy: 3 of 3 voters, can lose 1';

let app: ServedApp;

test.beforeEach(async () => {
  app = await serveApp();
});

test.afterEach(async () => {
  await app.stop();
});

/** Opens the app and makes a cluster of three with the one button. Returns its first port. */
async function createByClick(page: Page): Promise<number> {
  await page.goto(app.link);
  await page.getByRole('button', { name: 'Start a 3-node cluster' }).click();
  await expect(page.getByTitle(HEALTHY, { exact: true })).toBeVisible({ timeout: 20_000 });
  await expect(node(page, 1)).toBeVisible();
  const line = page.getByRole('region', { name: 'Connect' }).getByText(/^redis-cli -c -p \d+$/u);
  return Number((await line.textContent())?.split(' ').at(-1));
}

function truthLine(page: Page): Locator {
  return page.getByRole('banner');
}

/** A node on the ring, by its number. */
function node(page: Page, id: number): Locator {
  return page.getByRole('button', { name: new RegExp(`^node-${String(id)}, `, 'u') });
}

/** The leader's name as the truth line has it, as a number. */
async function leaderOf(page: Page): Promise<number> {
  const text = await truthLine(page).textContent();
  return Number(/node-(\d+)/u.exec(text ?? '')?.[1]);
}

/** Chooses from a node's menu in the inspector. */
async function choose(page: Page, id: number, item: string | RegExp): Promise<void> {
  await node(page, id).click();
  await page.getByRole('button', { name: `More for node-${String(id)}` }).click();
  await page.getByRole('menuitem', { name: item }).click();
}

/** The committed index that the screen shows for a node. */
async function commitOf(page: Page, id: number): Promise<number> {
  const name = await node(page, id).getAttribute('aria-label');
  return Number(/commit (\d+)/u.exec((name ?? '').replaceAll(',', ' '))?.[1]);
}

async function noAxeViolations(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
}

test('one click makes a cluster that redis-cli reaches, and the screen follows', async ({
  page,
}) => {
  requireTool('chromium', test);
  requireTool('redis-cli', test);
  const port = await createByClick(page);
  await node(page, 2).click();
  const before = await commitOf(page, 2);
  expect(await redisCli(port, 'set', 'a', '1')).toBe('OK');
  await expect.poll(() => commitOf(page, 2)).toBeGreaterThan(before);
  expect(await redisCli(port + 2, 'get', 'a')).toBe('1');
});

test('a fourth node joins as a non-voter and is promoted; the leader hands over and leaves', async ({
  page,
}) => {
  requireTool('chromium', test);
  requireTool('redis-cli', test);
  test.setTimeout(120_000);
  const port = await createByClick(page);
  const trace = new CommandTrace();
  for (const offset of [0, 1, 2]) await trace.watch(port + offset);

  await page.getByRole('button', { name: 'Add peer' }).click();
  await page.getByRole('button', { name: 'Add node-4' }).click();
  await expect(truthLine(page)).toContainText('4 of 4 voters', { timeout: 30_000 });
  const joined = trace.commands().find((command) => command.includes('RAFTADDPEER'));
  expect(joined).toMatch(/^\d+ RAFTADDPEER 127\.0\.0\.1:\d+$/u);
  const fourth = Number(joined?.split(':').at(-1));
  await trace.watch(fourth);

  await page.getByRole('button', { name: 'Close' }).click();
  const leader = await leaderOf(page);
  await choose(page, leader, /^Remove from the cluster/u);
  await page.getByRole('dialog').getByRole('button', { name: 'Hand over, then remove' }).click();
  await expect(truthLine(page)).toContainText('3 of 3 voters', { timeout: 30_000 });
  expect(await leaderOf(page)).not.toBe(leader);
  expect(trace.commands().filter((command) => /REMOVE/u.test(command))[0]).toMatch(
    new RegExp(
      `^\\d+ RAFTREMOVEPEER (?:127\\.0\\.0\\.1:${String(port + leader - 1)}|${String(leader)})$`,
      'u',
    ),
  );
  // And back, with what it kept.
  const said = page.getByRole('region', { name: 'Notifications' });
  await said.getByRole('button', { name: 'Undo' }).click();
  await expect(truthLine(page)).toContainText('4 of 4 voters', { timeout: 30_000 });
  const back = trace.commands().filter((command) => command.includes('RAFTADDPEER'));
  expect(back.at(-1)).toMatch(new RegExp(` 127\\.0\\.0\\.1:${String(port + leader - 1)}$`, 'u'));
  trace.close();
});

test('snapshot and shrink after 200 MB free the log, and a killed node comes back', async ({
  page,
}) => {
  requireTool('chromium', test);
  requireTool('redis-cli', test);
  test.setTimeout(240_000);
  const port = await createByClick(page);
  const trace = new CommandTrace();
  for (const offset of [0, 1, 2]) await trace.watch(port + offset);
  const leader = await leaderOf(page);
  const client = await RespClient.connect({ address: `127.0.0.1:${String(port + leader - 1)}` });
  const value = Buffer.alloc(VALUE_BYTES, 'x');
  for (let at = 0; at < VALUES; at += 1) {
    const reply = await client.call(['SET', `key:${String(at % 8)}`, value]);
    expect(isErrorReply(reply)).toBe(false);
  }
  client.close();

  const [cluster = ''] = await readdir(join(app.home, 'clusters'));
  const log = join(app.home, 'clusters', cluster, 'nodes', String(leader), 'log');
  const before = await diskBytes(log);
  await choose(page, leader, 'Take a snapshot');
  await expect
    .poll(() => trace.commands(), { timeout: 30_000 })
    .toContain(`${String(port + leader - 1)} RAFTSNAPSHOT`);
  await expect(page.getByRole('complementary', { name: 'Inspector' })).not.toContainText(
    'none yet',
    {
      timeout: 30_000,
    },
  );
  await choose(page, leader, 'Shrink its log');
  const sheet = page.getByRole('dialog').getByRole('button', { name: /^Shrink/u });
  if (await sheet.isVisible()) await sheet.click();
  await expect
    .poll(() => trace.commands(), { timeout: 30_000 })
    .toContain(`${String(port + leader - 1)} RAFTSHRINKLOG`);
  await expect.poll(() => diskBytes(log), { timeout: 60_000 }).toBeLessThan(before / 5);

  await node(page, leader).click();
  await page.getByRole('button', { name: /^Kill/u }).click();
  await expect(truthLine(page)).toContainText('2 of 3 voters', { timeout: 20_000 });
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  // A node that does not follow the new leader yet is up as well, and knows of nobody to send us to.
  await expect(page.getByTitle(HEALTHY, { exact: true })).toBeVisible({ timeout: 30_000 });
  expect(await redisCli(port, 'strlen', 'key:3')).toBe(String(VALUE_BYTES));
  trace.close();
});

test('what redis-cli does shows on the screen without a click or a reload', async ({ page }) => {
  requireTool('chromium', test);
  requireTool('redis-cli', test);
  const port = await createByClick(page);
  const leader = await leaderOf(page);
  expect(await redisCli(port + leader - 1, 'RAFTSNAPSHOT')).toBe('OK');
  await node(page, leader).click();
  const inspector = page.getByRole('complementary', { name: 'Inspector' });
  await expect(inspector).not.toContainText('none yet');
  expect(await redisCli(port + leader - 1, 'RAFTSHRINKLOG')).toBe('OK');
  const follower = leader === 1 ? 2 : 1;
  expect(await redisCli(port + leader - 1, 'RAFT', 'SERVER', 'TRANSFER', String(follower))).toBe(
    'OK',
  );
  await expect.poll(() => leaderOf(page)).toBe(follower);
  const third = [1, 2, 3].find((id) => id !== leader && id !== follower) ?? 3;
  const address = `127.0.0.1:${String(port + third - 1)}`;
  expect(await redisCli(port + follower - 1, 'RAFTREMOVEPEER', address)).toBe('OK');
  await expect(truthLine(page)).toContainText('2 of 2 voters');
  expect(await redisCli(port + follower - 1, 'RAFTADDPEER', address)).toBe('OK');
  await expect(page.getByTitle(HEALTHY, { exact: true })).toBeVisible({ timeout: 20_000 });
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`both screens have no axe violation in ${colorScheme}`, async ({ page }) => {
    requireTool('chromium', test);
    await page.emulateMedia({ colorScheme });
    await page.goto(app.link);
    await expect(page.getByRole('button', { name: 'Start a 3-node cluster' })).toBeEnabled();
    await noAxeViolations(page);
    await page.getByRole('button', { name: 'Start a 3-node cluster' }).click();
    await expect(truthLine(page)).toContainText('3 of 3 voters', { timeout: 20_000 });
    await noAxeViolations(page);
  });
}
