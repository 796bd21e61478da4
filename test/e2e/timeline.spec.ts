import { expect, type Page } from '@playwright/test';

import {
  closeRecording,
  deleteCluster,
  expectHalfRefused,
  openRecordingFile,
  saveRecording,
} from './saved-recording.ts';
import { openCluster, command, leaderName, portOf, ringNode, test } from './live-window.ts';

/** Presses `key` until the moment is described so; each press waits for the one before. */
async function stepUntil(page: Page, key: string, description: RegExp): Promise<string> {
  const slider = page.getByRole('slider', { name: 'Moment shown' });
  const text = async (): Promise<string> => (await slider.getAttribute('aria-valuetext')) ?? '';
  const seen: string[] = [];
  for (let shown = await text(); !description.test(shown); shown = await text()) {
    seen.push(shown);
    expect(seen.length, seen.join('\n')).toBeLessThan(200);
    await page.keyboard.press(key);
    await expect.poll(text, { intervals: [30] }).not.toBe(shown);
  }
  return seen.join('\n');
}

test.describe.configure({ timeout: 180_000 });

test('an election is stepped through event by event, and again from a file once the cluster is deleted', async ({
  page,
  live,
}, { workerIndex }) => {
  const basePort = await openCluster(page, live, workerIndex);
  const banner = page.getByRole('banner');
  const old = await leaderName(page);
  expect(await command(portOf(basePort, old), 'SET before 1')).toBe('+OK');
  await ringNode(page, old).click();
  await page.getByRole('button', { name: /^Kill/ }).click();
  await expect.poll(() => leaderName(page), { timeout: 20_000 }).not.toBe(old);
  const leader = await leaderName(page);
  expect(await command(portOf(basePort, leader), 'SET after 2')).toBe('+OK');

  // The whole way by keyboard: to the election, back to the end of the process, and on from there.
  const slider = page.getByRole('slider', { name: 'Moment shown' });
  await slider.focus();
  await page.keyboard.press('<');
  await expect(banner).toContainText('Go live to act.');
  await expect(slider).toHaveAttribute('aria-valuetext', new RegExp(`${leader} is leader in term`));
  await expect(ringNode(page, leader, 'leader')).toBeVisible();
  const killed = new RegExp(`${old} ended: killed by you`);
  await stepUntil(page, ',', killed);
  await expect(ringNode(page, old, 'killed')).toBeVisible();
  await expect(banner).toContainText('Leadernone');
  const killedMs = (await slider.getAttribute('aria-valuenow')) ?? '';

  const steps = await stepUntil(page, '.', /commits entry \d+, the first of term/);
  expect(steps).toMatch(/is candidate in term/);
  expect(steps).toMatch(/asks node-\d for its vote/);
  expect(steps).toMatch(/is leader in term/);

  // Nothing can be done to the past; the reason is that of the header.
  await ringNode(page, old).click();
  const start = page.getByRole('button', { name: 'Start', exact: true });
  await expect(start).toHaveAttribute('aria-disabled', 'true');
  await slider.focus();
  await page.keyboard.press('End');
  await expect(banner).toContainText('Live');
  await expect(start).not.toHaveAttribute('aria-disabled', 'true');
  await start.click();
  await expect(banner).toContainText('3 of 3 voters', { timeout: 20_000 });

  // All of it once more, by keyboard, where there is no such cluster: from the file alone.
  const path = await saveRecording(page);
  await deleteCluster(page, 'local-1');
  await expectHalfRefused(page, path);
  await openRecordingFile(page, path);
  await expect(page.getByRole('main')).toContainText('Recording of local-1 from');
  await expect(banner).toContainText('Recording');
  await slider.focus();
  await page.keyboard.press('<');
  await expect(slider).toHaveAttribute('aria-valuetext', new RegExp(`${leader} is leader in term`));
  await expect(ringNode(page, leader, 'leader')).toBeVisible();
  // The host's own moments are whole milliseconds, as the slider has them.
  await page.evaluate((at) => {
    window.location.hash = window.location.hash.replace(/(\?.*)?$/, `?at=${at}`);
  }, killedMs);
  await expect(slider).toHaveAttribute('aria-valuetext', killed);
  await expect(ringNode(page, old, 'killed')).toBeVisible();
  const again = await stepUntil(page, '.', /commits entry \d+, the first of term/);
  // Which event is captioned where two come in one moment is the same too.
  expect(again).toBe(steps);
  await ringNode(page, leader).click();
  const kill = page.getByRole('button', { name: /^Kill/ });
  await expect(kill).toHaveAttribute('aria-disabled', 'true');
  await kill.hover();
  await expect(page.getByRole('tooltip')).toHaveText(
    'This is a recording: nothing can be done to it.',
  );
  const screens = page.getByRole('navigation', { name: 'Screens' });
  await expect(screens.getByRole('button', { name: 'Console' })).toHaveAttribute(
    'aria-disabled',
    'true',
  );
  await page.keyboard.press('Control+J');
  await expect(page.getByRole('main')).toContainText(/leader/i);
  await page.keyboard.press('Control+9');
  await expect(page.getByRole('heading', { name: 'Metrics' })).toBeVisible();
  await closeRecording(page, live);
});
