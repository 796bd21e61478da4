import { expect, type Locator, type Page } from '@playwright/test';

import { advance, test } from './fake-page.ts';
import { OTHER_THEMES, violations } from './violations.ts';

/* What a screen says while it waits, when there is nothing, and when something did not work out. */

async function goTo(page: Page, hash: string): Promise<void> {
  await page.evaluate((next) => void (window.location.hash = next), hash);
}

/** From now on the host does not answer these calls and is silent on these topics. */
function silence(page: Page, ...names: readonly string[]): Promise<void> {
  return page.evaluate((silent) => {
    if (window.fakeHost !== undefined) window.fakeHost.silent = new Set(silent);
  }, names);
}

test('what takes long says what is awaited after a second, and how to leave after ten', async ({
  page,
  open,
}) => {
  // The screens themselves are there: what is waited for is the host alone.
  await open({ scenario: 'healthy', hash: '#/data/orders-lab' });
  await goTo(page, '#/metrics/orders-lab');
  await expect(page.getByRole('heading', { name: 'Metrics' })).toBeVisible();
  await goTo(page, '#/settings/orders-lab');
  await page.clock.pauseAt(Date.now() + 60_000);
  await silence(page, 'readMetrics', 'scanKeys');
  await goTo(page, '#/metrics/orders-lab');
  const waiting = page.locator('.waiting');
  await expect(waiting).toBeAttached();
  await expect(waiting).toBeEmpty();
  await passUntil(page, 200, waiting.locator('.waiting-row').nth(5));
  await expect(waiting).toHaveText('');
  await page.clock.runFor(1_000);
  await expect(waiting).toHaveText('Asking the host for the figures');
  await page.clock.runFor(9_000);
  await expect(waiting).toContainText('This takes longer than it should.');
  await page.clock.resume();
  expect(await violations(page)).toEqual([]);
  await page.clock.pauseAt(Date.now() + 180_000);
  await waiting.getByRole('button', { name: 'Cancel' }).click();
  const alert = page.getByRole('main').getByRole('alert');
  await expect(alert).toContainText('The host had not answered when you stopped waiting.');
  await silence(page, 'scanKeys');
  await alert.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('region', { name: 'Elections' })).toBeVisible();
  await expect(alert).toHaveCount(0);

  await goTo(page, '#/data/orders-lab');
  await passUntil(page, 11_000, waiting.getByRole('button', { name: 'Cancel' }));
  await expect(waiting).toContainText('Reading the keys');
  await waiting.getByRole('button', { name: 'Cancel' }).click();
  const keys = page.getByRole('region', { name: 'Keys' }).getByRole('alert');
  await passUntil(page, 200, keys);
  await expect(keys).toContainText('The node had not answered when you stopped waiting.');
  await silence(page);
  await keys.getByRole('button', { name: 'Try again' }).click();
  await passUntil(page, 200, page.getByRole('grid', { name: 'Keys' }));

  await silence(page, 'cluster');
  await goTo(page, '#/overview/five-way');
  const leave = waiting.getByRole('button', { name: 'Show all clusters' });
  await passUntil(page, 11_000, leave);
  await expect(waiting).toContainText('Waiting for the host to say how the cluster is');
  await leave.click();
  await expect(page.getByRole('heading', { name: 'Your clusters' })).toBeVisible();
});

/** Lets time pass in steps of `ms` until this is shown: what is drawn begins its own waiting later. */
async function passUntil(page: Page, ms: number, shown: Locator): Promise<void> {
  await expect(async () => {
    await page.clock.runFor(ms);
    // Long enough for the slowest machine to draw it: what passes once too often is past the next stage.
    await expect(shown).toBeVisible({ timeout: 2_000 });
  }).toPass();
}

test('a screen whose code could not be fetched is there once the host is, without a new window', async ({
  page,
  open,
  complaints,
}) => {
  complaints.allow(/Failed to load resource|dynamically imported module/);
  await open({ scenario: 'healthy', hash: '#/settings/orders-lab' });
  await page.route('**/assets/metrics-screen-*.js', (route) => route.abort());
  await goTo(page, '#/metrics/orders-lab');
  const alert = page.getByRole('main').getByRole('alert');
  await expect(alert).toContainText('Metrics stopped:');
  await alert.getByRole('button', { name: 'Reload panel' }).click();
  await expect(alert).toContainText('Metrics stopped:');
  await page.unroute('**/assets/metrics-screen-*.js');
  await alert.getByRole('button', { name: 'Reload panel' }).click();
  await expect(page.getByRole('region', { name: 'Elections' })).toBeVisible();
});

test('where there are no snapshots yet, one is a press away', async ({ page, open }) => {
  await open({ scenario: 'no-snapshots', hash: '#/snapshots/orders-lab' });
  await expect(page.getByRole('heading', { name: 'No snapshots yet' })).toBeVisible();
  expect(await violations(page)).toEqual([]);
  await page.getByRole('button', { name: 'Take one on every node' }).click();
  const table = page.getByRole('region', { name: 'Snapshots' });
  await expect(page.getByText('node-3 made a snapshot.')).toBeVisible();
  await expect(table.getByRole('row')).not.toHaveCount(0);
});

test('a node that is slow to come up is named, and its output is a press away', async ({
  page,
  open,
}) => {
  await open({ scenario: 'creating', hash: '#/overview/new' });
  const steps = page.getByRole('region', { name: 'Starting the cluster' });
  await expect(steps).toContainText('Start node-3');
  await expect(steps).not.toContainText('has not opened');
  await advance(page, 5_000);
  await expect(steps).toContainText('node-3 has not opened port 7483 for 5.4 s.');
  expect(await violations(page)).toEqual([]);
  await steps.getByRole('button', { name: 'Show its output' }).last().click();
  await expect(page.getByRole('heading', { name: 'Output' })).toBeVisible();
  await expect(page.getByRole('combobox', { name: 'Node' })).toHaveValue('3');
});

test('a start that failed says where it failed, and what can be done', async ({ page, open }) => {
  await open({ scenario: 'failed-start', hash: '#/overview/new' });
  await expect(page.getByRole('heading', { name: 'cluster-1 did not start' })).toBeVisible();
  await expect(page.getByRole('list', { name: 'Steps of starting the cluster' })).toContainText(
    'Port 7482 is used by redis-server (PID 4120)',
  );
  const main = page.getByRole('main');
  await expect(main).toContainText('The members have agreed on their addresses');
  expect(await violations(page)).toEqual([]);
  await page.getByRole('button', { name: 'Show the output' }).click();
  await expect(page.getByRole('listbox', { name: 'Lines of output' })).toBeVisible();
  await page.goBack();
  await main.getByRole('button', { name: 'Try again' }).click();
  const asked = await page.evaluate(() => window.fakeHost?.calls.map(({ name }) => name));
  expect(asked).toContain('startCluster');
});

test('a port that is taken is named, and free ones are a press away', async ({ page, open }) => {
  await open({ scenario: 'healthy' });
  await page.getByText('Options').click();
  await page.getByLabel('First port').fill('7481');
  await page.getByRole('button', { name: 'Start a 3-node cluster' }).click();
  const fault = page.locator('.create-fault');
  await expect(fault).toContainText('Port 7481 is used by');
  expect(await violations(page)).toEqual([]);
  await fault.getByRole('button', { name: 'Choose ports' }).click();
  await expect(page.getByLabel('First port')).toBeFocused();
  await fault.getByRole('button', { name: 'Use 7496–7498' }).click();
  await advance(page, 1_000);
  await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible();
});

test('an answer that sends elsewhere, or finds no leader, is explained in the console', async ({
  page,
  open,
}) => {
  await open({ scenario: 'healthy', hash: '#/console/orders-lab/2' });
  await page.getByRole('checkbox', { name: 'Follow MOVED' }).uncheck();
  await page.getByRole('radio', { name: 'node-2' }).check();
  await page.getByRole('combobox', { name: /command/i }).fill('SET a 1');
  await page.keyboard.press('Enter');
  const answers = page.getByRole('log', { name: 'Answers' });
  await expect(answers).toContainText('node-2 is not the leader: node-1 is. Nothing was done.');
  expect(await violations(page)).toEqual([]);
  await answers.getByRole('button', { name: 'Send to node-1' }).click();
  await expect(answers.getByRole('region', { name: 'SET a 1' }).last()).toContainText('OK');
});

/** Held to all rules in light, and to those of colour in every other theme. */
async function expectNoViolations(page: Page): Promise<void> {
  await page.emulateMedia({ colorScheme: 'light', contrast: 'no-preference' });
  expect(await violations(page)).toEqual([]);
  for (const theme of OTHER_THEMES) {
    await page.emulateMedia(theme);
    expect(await violations(page, 'colour'), JSON.stringify(theme)).toEqual([]);
  }
}

test('leaving, and a host that is gone, break no rule of accessibility in any theme', async ({
  page,
  open,
}) => {
  await open({ scenario: 'healthy', hash: '#/overview/orders-lab/2' });
  await page.evaluate(() => window.fakeHost?.setState('closed'));
  await expect(page.getByRole('banner')).toContainText('Connection to the host lost.');
  await expectNoViolations(page);
  await page.evaluate(() => window.fakeHost?.setState('open'));
  await page.keyboard.press('Control+,');
  await page.getByRole('button', { name: 'Quit Raftdeck…' }).press('Enter');
  const sheet = page.getByRole('dialog', { name: 'Quit Raftdeck?' });
  await expect(sheet).toContainText('3 nodes are running.');
  await expectNoViolations(page);
  await sheet.getByRole('button', { name: 'Keep them running' }).press('Enter');
  await expect(page.getByRole('heading', { name: 'Raftdeck has ended' })).toBeVisible();
  await expectNoViolations(page);
  await page.emulateMedia({ colorScheme: 'light', contrast: 'more' });
  expect(await violations(page, 'colour')).toEqual([]);
});
