import { expect } from '@playwright/test';

import {
  ask,
  command,
  createCluster,
  freePorts,
  leaderName,
  ringNode,
  ringStop,
  tabTo,
  test,
  untilHealthy,
} from './live-window.ts';

test('a cluster is made, grown, led by another, saved and shrunk without a pointer', async ({
  page,
  live,
}) => {
  await page.goto(live.link);
  await expect(page.getByRole('button', { name: 'Start a 3-node cluster' })).toBeFocused();
  await page.keyboard.press('Enter');
  await untilHealthy(page);
  await page.keyboard.press('Control+Shift+C');
  await expect(page.getByText(/redis-cli -c -p \d+$/).last()).toBeVisible();

  // A peer: one letter, and Enter on what it offers.
  await tabTo(page, ringStop(page));
  await page.keyboard.press('a');
  const add = page.getByRole('button', { name: 'Add node-4' });
  await expect(add).toBeFocused();
  await expect(add).toBeEnabled();
  await page.keyboard.press('Enter');
  await untilHealthy(page, 4);
  // That it is done is said, and the next one is offered to whoever asks again.
  await expect(page.getByRole('heading', { name: 'node-4 is added' })).toBeVisible();
  await tabTo(page, ringStop(page), 'Shift+Tab');
  await page.keyboard.press('a');
  await expect(page.getByRole('button', { name: 'Add node-5' })).toBeFocused();

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
  await untilHealthy(page);
  expect(await leaderName(page, first)).not.toBe(first);

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
  await expect(shrink).toBeEnabled();
  await page.keyboard.press('Enter');
  await expect(page.getByText(/^The log of node-\d was shrunk\.$/).first()).toBeVisible();
});

test('nodes are kept for the next start by keyboard, and stopped with the window by pointer', async ({
  page,
  live,
}, { workerIndex }) => {
  const port = await freePorts(workerIndex);
  await page.goto(live.link);
  await createCluster(page, port, 1);
  expect(await ask(port, 'SET kept value')).toBe('+OK');

  await page.keyboard.press('Control+k');
  await expect(page.getByRole('combobox', { name: 'Find a command' })).toBeFocused();
  await page.keyboard.type('quit');
  await page.keyboard.press('Enter');
  const sheet = page.getByRole('dialog', { name: 'Quit Raftdeck?' });
  await expect(sheet).toContainText('1 node is running.');
  await expect(sheet.getByRole('button', { name: 'Stop them and quit' })).toBeFocused();
  await tabTo(page, sheet.getByRole('button', { name: 'Keep them running' }), 'Shift+Tab');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Raftdeck has ended' })).toBeVisible();
  await expect(page.getByRole('main')).toContainText('1 node goes on running');
  await live.ended();
  expect(await ask(port, 'GET kept')).toBe('$5');

  await page.goto(await live.again());
  await expect(
    page.getByText(/^Found 1 node from your last session and reconnected\. Nobody watched for/),
  ).toBeVisible();
  await expect(page.getByRole('row', { name: /^local-1/ })).toContainText('Healthy');
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByRole('button', { name: 'Quit Raftdeck…' }).click();
  await sheet.getByRole('button', { name: 'Stop them and quit' }).click();
  await expect(page.getByRole('main')).toContainText('1 node was told to stop');
  await live.ended();
  await expect(command(port, 'PING')).rejects.toThrow('ECONNREFUSED');
});
