import { expect } from '@playwright/test';

import { openCluster, leaderName, portOf, test } from './live-window.ts';

test('the console talks to any node, follows MOVED and says so, all by keyboard', async ({
  page,
  live,
}, { workerIndex }) => {
  const basePort = await openCluster(page, live, workerIndex);
  const leader = await leaderName(page);
  const follower = ['node-1', 'node-2', 'node-3'].find((name) => name !== leader) ?? '';
  await page.keyboard.press('Control+6');
  const field = page.getByRole('combobox');
  await expect(field).toBeFocused();
  const log = page.getByRole('log', { name: 'Answers' });

  // What can be typed comes from the nodes themselves.
  await field.pressSequentially('setra');
  await expect(page.getByRole('option')).toContainText(['SETRANGE']);
  await field.press('Tab');
  await expect(field).toHaveValue('SETRANGE ');
  await field.fill('SET user:7 "Ada L"');
  await field.press('Enter');
  await expect(log.getByRole('region').last()).toContainText('OK');
  await expect(log.getByRole('region').last()).toContainText(leader);

  await page.getByRole('radio', { name: follower }).check();
  await field.focus();
  await field.fill('GET user:7');
  await field.press('Enter');
  const answer = log.getByRole('region').last();
  const moved = `MOVED 2780 127.0.0.1:${String(portOf(basePort, leader))} followed to ${leader}`;
  await expect(answer).toContainText(moved);
  await expect(answer).toContainText('"Ada L"');
  await expect(answer).toContainText(/\d\sms/);

  await page.getByRole('checkbox', { name: 'Follow MOVED' }).uncheck();
  await field.focus();
  await field.press('ArrowUp');
  await expect(field).toHaveValue('GET user:7');
  await field.press('Enter');
  await expect(log.getByRole('region')).toHaveCount(3);
  await expect(log.getByRole('region').last()).toContainText('MOVED 2780');
  await expect(log.getByRole('region').last()).not.toContainText('followed to');
  await expect(log.getByRole('region').last()).not.toContainText('Ada L');

  // A hundred keys in one answer: their types are there, and the page stays small.
  await page.getByRole('radio', { name: 'Leader' }).check();
  await field.focus();
  const keys = Array.from({ length: 100 }, (_, at) => `k${String(at)} v`).join(' ');
  await field.fill(`MSET ${keys}`);
  await field.press('Enter');
  await expect(log.getByRole('region').last()).toContainText('OK');
  await field.fill('KEYS k*');
  await field.press('Enter');
  await expect(log.getByRole('region').last()).toContainText(/(array|set) of 100/);
  // Several lines would become one command; a browser says nothing of it.
  await field.evaluate((input) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', 'DEL a\nDEL b\n');
    const init = { clipboardData, bubbles: true, cancelable: true };
    input.dispatchEvent(new ClipboardEvent('paste', init));
  });
  await expect(page.getByRole('alert')).toContainText('these are 2. Nothing was pasted');
  await expect(field).toHaveValue('');
  // Its end is in sight, as in a terminal.
  await expect(log.locator('.console-row').last()).toBeInViewport();
});
