import { expect, type Page } from '@playwright/test';

import type { OutsideAsk } from '../../main/contract/outside.ts';
import { test } from './fake-page.ts';
import { violations } from './violations.ts';

/* What the system hands to the app: the page asks, and does nothing by itself. */

const LOGS: OutsideAsk = {
  kind: 'show',
  target: { screen: 'logs', clusterId: 'orders-lab', nodeId: '2', atMs: null },
};

function ask(page: Page, asked: OutsideAsk): Promise<void> {
  return page.evaluate((given) => window.fakeHost?.askFromOutside(given), asked);
}

function answers(page: Page): Promise<readonly unknown[]> {
  return page.evaluate(() =>
    (window.fakeHost?.calls ?? [])
      .filter(({ name }) => name === 'answerOutside')
      .map(({ request }) => (request as { readonly accept: boolean }).accept),
  );
}

test('a link is asked about, Enter alone refuses it, and only its button follows it', async ({
  page,
  open,
}) => {
  await open({ scenario: 'healthy', hash: '#/overview/orders-lab' });
  const sheet = page.getByRole('dialog');
  await ask(page, LOGS);
  await expect(sheet).toContainText('Logs of the cluster');
  await expect(sheet.getByRole('button', { name: 'Cancel' })).toBeFocused();
  expect(await violations(page)).toEqual([]);
  // A command of a menu moves nothing under a question.
  await page.evaluate(() => window.fakeHost?.chooseFromMenu('screen-settings'));
  await page.keyboard.press('Enter');
  await expect(sheet).toHaveCount(0);
  expect(await answers(page)).toEqual([false]);
  await expect(page).toHaveURL(/#\/overview\/orders-lab$/);

  await ask(page, LOGS);
  await page.keyboard.press('Escape');
  await expect(sheet).toHaveCount(0);
  expect(await answers(page)).toEqual([false, false]);

  await ask(page, LOGS);
  await sheet.getByRole('button', { name: 'Show it' }).click();
  await expect(page).toHaveURL(/#\/logs\/orders-lab\/2$/);
  await expect(sheet).toHaveCount(0);
  await ask(page, { kind: 'refused', what: 'link', why: 'It is not a link of Raftdeck.' });
  await expect(sheet).toContainText('It is not a link of Raftdeck.');
  await expect(sheet.getByRole('button')).toHaveText(['', 'Close']);
  await page.keyboard.press('Enter');
  await expect(sheet).toHaveCount(0);

  // What the menu chooses is what its key does.
  await page.evaluate(() => window.fakeHost?.chooseFromMenu('screen-settings'));
  await expect(page).toHaveURL(/#\/settings$/);
  await page.evaluate(() => window.fakeHost?.chooseFromMenu('kill'));
  await page.evaluate(() => window.fakeHost?.chooseFromMenu('palette'));
  await expect(page.getByRole('combobox')).toBeFocused();
  const calls = await page.evaluate(() => window.fakeHost?.calls.map(({ name }) => name));
  expect(calls).not.toContain('killNode');
});
