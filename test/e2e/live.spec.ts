import { expect } from '@playwright/test';

import {
  ask,
  openCluster,
  command,
  createCluster,
  freePorts,
  leaderFigure,
  leaderName,
  portOf,
  ringNode,
  test,
  untilHealthy,
} from './live-window.ts';

test('a cluster is made by a click, answers Redis commands, and the window shows each write', async ({
  page,
  live,
}, { workerIndex }) => {
  const basePort = await openCluster(page, live, workerIndex);
  const leader = await leaderName(page);
  const port = portOf(basePort, leader);
  await expect(page.getByText(`redis-cli -c -p ${String(port)}`, { exact: true })).toBeVisible();
  expect(await ask(port, 'SET hello world')).toBe('+OK');
  expect(await ask(port, 'GET hello')).toBe('$5');
  const other = ['node-1', 'node-2', 'node-3'].find((name) => name !== leader) ?? '';
  expect(await command(portOf(basePort, other), 'SET a b')).toMatch(
    new RegExp(`^-MOVED \\d+ 127\\.0\\.0\\.1:${String(port)}$`),
  );

  const committed = page.locator('.ring-centre-figure');
  const before = Number((await committed.textContent())?.replaceAll(',', ''));
  for (let write = 0; write < 20; write += 1) await ask(port, `SET key-${String(write)} v`);
  await expect
    .poll(async () => Number((await committed.textContent())?.replaceAll(',', '')))
    .toBeGreaterThanOrEqual(before + 20);
  await expect(page.getByText('up to date')).toHaveCount(2);
});

test('a killed leader is replaced, and comes back as a follower', async ({ page, live }, info) => {
  const basePort = await freePorts(info.workerIndex);
  await page.goto(live.link);
  await createCluster(page, basePort);
  const first = await leaderName(page);

  await ringNode(page, first).focus();
  await page.keyboard.press('k');
  await expect(page.getByText(`${first} was killed.`)).toBeVisible();
  await expect(ringNode(page, first, 'killed')).toBeVisible();
  await expect(page.getByRole('banner')).toContainText('Degraded');
  const second = await leaderName(page, first);
  await expect(ringNode(page, second, 'leader')).toBeVisible();
  expect(await ask(portOf(basePort, second), 'SET after failover')).toBe('+OK');

  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await untilHealthy(page);
  await expect(ringNode(page, first, 'follower')).toBeVisible();
});

test('a frozen node falls silent and is resumed; a restarted one has another process', async ({
  page,
  live,
}, info) => {
  const basePort = await freePorts(info.workerIndex);
  await page.goto(live.link);
  await createCluster(page, basePort);
  const leader = await leaderName(page);
  const name = leader === 'node-3' ? 'node-2' : 'node-3';

  await ringNode(page, name).focus();
  await page.keyboard.press('f');
  await expect(ringNode(page, name, 'frozen')).toBeVisible();
  await expect(page.getByRole('banner')).toContainText(`${name} is frozen`);
  await page.keyboard.press('f');
  await expect(ringNode(page, name, 'follower')).toBeVisible();
  await untilHealthy(page);

  const inspector = page.getByRole('complementary', { name: 'Inspector' });
  // Between the two processes there is none.
  const pid = async (): Promise<number> =>
    Number(/pid (\d+)/.exec(await inspector.innerText())?.[1] ?? 0);
  const before = await pid();
  expect(before).toBeGreaterThan(0);
  await page.keyboard.press('r');
  await expect(page.getByText(`${name} was restarted.`)).toBeVisible({ timeout: 30_000 });
  const another = async (): Promise<boolean> => ![0, before].includes(await pid());
  await expect.poll(another).toBe(true);
  await expect(ringNode(page, name, 'follower')).toBeVisible();
});

test('leadership goes where it is told, and what a node prints can be read', async ({
  page,
  live,
}, info) => {
  const basePort = await freePorts(info.workerIndex);
  await page.goto(live.link);
  await createCluster(page, basePort);
  const first = await leaderName(page);
  const next = first === 'node-2' ? 'node-3' : 'node-2';
  const more = async (item: string): Promise<void> => {
    await page.getByRole('button', { name: `More for ${next}` }).click();
    await page.getByRole('menuitem', { name: item }).click();
  };
  await ringNode(page, next).click();
  await more('Make it the leader');
  await expect(ringNode(page, next, 'leader')).toBeVisible();
  await expect(leaderFigure(page)).toHaveText(next);

  await more('Show its output');
  await expect(page.getByRole('log', { name: 'Output' })).toContainText(
    String(portOf(basePort, next)),
  );
});

test('a cluster is stopped, started again with its data, and deleted by its name', async ({
  page,
  live,
}, info) => {
  const basePort = await freePorts(info.workerIndex);
  await page.goto(live.link);
  await createCluster(page, basePort, 1);
  expect(await ask(basePort, 'SET kept value')).toBe('+OK');
  await page.keyboard.press('Control+1');
  await page.getByRole('button', { name: 'More for local-1' }).click();
  await page.getByRole('menuitem', { name: 'Stop' }).click();
  await expect(page.getByText('local-1 is stopped.')).toBeVisible();

  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await expect(page.getByRole('row', { name: /^local-1/ })).toContainText('Healthy', {
    timeout: 30_000,
  });
  expect(await ask(basePort, 'GET kept')).toBe('$5');

  await page.getByRole('button', { name: 'More for local-1' }).click();
  await page.getByRole('menuitem', { name: 'Delete…' }).click();
  await page.getByLabel('Type local-1 to delete it').fill('local-1');
  await page.getByRole('button', { name: 'Delete cluster' }).click();
  await expect(page.getByText('No clusters yet.')).toBeVisible();
});

test('two windows show the same, and both say so when the host is gone', async ({
  page,
  live,
}, info) => {
  const basePort = await freePorts(info.workerIndex);
  await page.goto(live.link);
  await createCluster(page, basePort, 1);
  const second = await page.context().newPage();
  await second.goto(page.url());
  await expect(ringNode(second, 'node-1', 'leader')).toBeVisible();

  await live.kill();
  for (const window of [page, second]) {
    await expect(window.getByRole('banner')).toContainText('Connection to the host lost.');
    await expect(window.getByRole('button', { name: 'Stop', exact: true })).toHaveAttribute(
      'aria-disabled',
      'true',
    );
  }
  // The cluster does not need the host.
  expect(await command(basePort, 'PING')).toBe('+PONG');
});
