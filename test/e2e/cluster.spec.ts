import { expect, test } from '@playwright/test';
import type { Locator, Page } from '@playwright/test';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { followRedirect } from '../../node-engine/client/follow-redirect.ts';
import { textOf } from '../cluster/local-cluster.ts';
import { requireTool } from '../require-tool.ts';
import { CommandTrace } from './command-trace.ts';
import { leaderFigure, leaderName, untilHealthy } from './live-window.ts';
import { type ServedApp, diskBytes, redisCli, serveApp } from './served-app.ts';
import { violations } from './violations.ts';

/** One entry of a load is this big; so many make 200 MB. */
const VALUE_BYTES = 1024 * 1024;
const VALUES = 200;

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
  await untilHealthy(page);
  // Of the leader is told first, and that need not be the first node.
  await node(page, 1).click();
  const inspector = page.getByRole('complementary', { name: 'Inspector' });
  await expect(inspector.getByRole('heading', { name: 'node-1' })).toBeVisible();
  const line = page.getByRole('region', { name: 'Connect' }).getByText(/^redis-cli -c -p \d+$/u);
  return Number((await line.textContent())?.split(' ').at(-1));
}

/** A node on the ring, by its number. */
function node(page: Page, id: number): Locator {
  return page.getByRole('button', { name: new RegExp(`^node-${String(id)}, `, 'u') });
}

/** The number of the leader, by what the header says; waits for one that is not `other`. */
async function leaderOf(page: Page, other?: number): Promise<number> {
  const name = await leaderName(page, ...(other === undefined ? [] : [`node-${String(other)}`]));
  return Number(name.replace('node-', ''));
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

/** Writes it wherever the leader is; again where nobody knows whether it was done, twice being as good. */
async function put(ports: readonly number[], key: string, value: Buffer): Promise<void> {
  const addresses = ports.map((port) => `127.0.0.1:${String(port)}`);
  const write = async (): Promise<string> => {
    const args = ['SET', key, value];
    const written = await followRedirect({ args, addresses, deadlineMs: 20_000 });
    return written.outcome === 'answered' ? textOf(written.reply) : written.detail;
  };
  await expect.poll(write, { timeout: 60_000 }).toBe('OK');
}

test('one click makes a cluster that redis-cli reaches, and the screen follows', async ({
  page,
}) => {
  requireTool('chromium', test);
  requireTool('redis-cli', test);
  const port = await createByClick(page);
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
  const port = await createByClick(page);
  const trace = new CommandTrace();
  for (const offset of [0, 1, 2]) await trace.watch(port + offset);
  const sent = (word: string): readonly string[] =>
    trace.commands().filter((command) => command.includes(word));

  await page.getByRole('button', { name: 'Add peer' }).click();
  await page.getByRole('button', { name: 'Add node-4' }).click();
  await untilHealthy(page, 4);
  // What the nodes say of it comes over connections of its own, in no order with the page's.
  await expect
    .poll(() => sent('RAFTADDPEER').at(-1))
    .toMatch(/^\d+ RAFTADDPEER 127\.0\.0\.1:\d+$/u);
  const joined = sent('RAFTADDPEER').at(-1);
  const fourth = Number(joined?.split(':').at(-1));
  await trace.watch(fourth);

  await page.getByRole('button', { name: 'Close' }).click();
  const leader = await leaderOf(page);
  await choose(page, leader, /^Remove from the cluster/u);
  await page.getByRole('dialog').getByRole('button', { name: 'Hand over, then remove' }).click();
  await untilHealthy(page, 3);
  expect(await leaderOf(page, leader)).not.toBe(leader);
  const left = `127\\.0\\.0\\.1:${String(port + leader - 1)}`;
  const removal = new RegExp(`^\\d+ RAFTREMOVEPEER (?:${left}|${String(leader)})$`, 'u');
  await expect.poll(() => sent('REMOVE')).toContainEqual(expect.stringMatching(removal));
  // And back, with what it kept.
  const said = page.getByRole('region', { name: 'Notifications' });
  await said.getByRole('button', { name: 'Undo' }).click();
  await untilHealthy(page, 4);
  await expect.poll(() => sent('RAFTADDPEER').at(-1)).toMatch(new RegExp(` ${left}$`, 'u'));
  trace.close();
});

test('snapshot and shrink after 200 MB free the log, and a killed node comes back', async ({
  page,
}) => {
  requireTool('chromium', test);
  requireTool('redis-cli', test);
  const port = await createByClick(page);
  const trace = new CommandTrace();
  for (const offset of [0, 1, 2]) await trace.watch(port + offset);
  const value = Buffer.alloc(VALUE_BYTES, 'x');
  const ports = [port, port + 1, port + 2];
  for (let at = 0; at < VALUES; at += 1) await put(ports, `key:${String(at % 8)}`, value);
  await untilHealthy(page);
  const leader = await leaderOf(page);

  const [cluster = ''] = await readdir(join(app.home, 'clusters'));
  const log = join(app.home, 'clusters', cluster, 'nodes', String(leader), 'log');
  const before = await diskBytes(log);
  await choose(page, leader, 'Take a snapshot');
  // What is shrunk is what a snapshot covers: this one, and not one that was there before.
  await expect(page.getByText(`node-${String(leader)} has taken a snapshot.`)).toBeVisible();
  await choose(page, leader, 'Shrink its log');
  await expect.poll(() => diskBytes(log), { timeout: 60_000 }).toBeLessThan(before / 5);
  for (const command of ['RAFTSNAPSHOT', 'RAFTSHRINKLOG']) {
    await expect.poll(() => trace.commands()).toContain(`${String(port + leader - 1)} ${command}`);
  }

  // With a quorum that is not whole a kill is asked about first.
  await untilHealthy(page);
  await node(page, leader).click();
  await page.getByRole('button', { name: /^Kill/u }).click();
  await expect(page.getByRole('banner')).toContainText('2 of 3 voters');
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  // A node that does not follow the new leader yet is up as well, and knows of nobody to send us to.
  await untilHealthy(page);
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
  await expect(leaderFigure(page)).toHaveText(`node-${String(follower)}`);
  const third = [1, 2, 3].find((id) => id !== leader && id !== follower) ?? 3;
  const address = `127.0.0.1:${String(port + third - 1)}`;
  expect(await redisCli(port + follower - 1, 'RAFTREMOVEPEER', address)).toBe('OK');
  await expect(page.getByRole('banner')).toContainText('2 of 2 voters');
  expect(await redisCli(port + follower - 1, 'RAFTADDPEER', address)).toBe('OK');
  await untilHealthy(page);
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`both screens have no axe violation in ${colorScheme}`, async ({ page }) => {
    requireTool('chromium', test);
    await page.emulateMedia({ colorScheme });
    await page.goto(app.link);
    await expect(page.getByRole('button', { name: 'Start a 3-node cluster' })).toBeEnabled();
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Start a 3-node cluster' }).click();
    await untilHealthy(page);
    expect(await violations(page)).toEqual([]);
  });
}
