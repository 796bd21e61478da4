import { expect, type Page } from '@playwright/test';

import { advance, test } from './fake-page.ts';
import { violations } from './violations.ts';

/** The calls of this name that the window made. */
async function calls(page: Page, name: string): Promise<readonly unknown[]> {
  return page.evaluate(
    (wanted) =>
      (window.fakeHost?.calls ?? [])
        .filter((call) => call.name === wanted)
        .map(({ request }) => request),
    name,
  );
}

test('a node is killed by five letters, from any screen, and what was run comes first again', async ({
  page,
  open,
}) => {
  await open({ scenario: 'healthy', hash: '#/logs/orders-lab' });
  await page.keyboard.press('ControlOrMeta+k');
  const field = page.getByRole('combobox', { name: 'Find a command' });
  await expect(field).toBeFocused();
  expect(await violations(page)).toEqual([]);
  await page.keyboard.type('kn2');
  const first = page.getByRole('option').first();
  await expect(first).toHaveAttribute('aria-selected', 'true');
  await expect(first).toContainText('Kill node-2');
  await expect(first).toContainText(/kill -KILL \d+/);
  await page.keyboard.press('Enter');
  await expect(field).toBeHidden();
  const killed = [{ clusterId: 'orders-lab', nodeId: '2' }];
  await expect.poll(() => calls(page, 'killNode')).toEqual(killed);
  await expect(page.getByText('node-2 was killed.')).toBeVisible();

  // Now the other two are the quorum: the palette asks first, like every other way to it.
  await advance(page, 1_000);
  await page.keyboard.press('F1');
  await page.keyboard.type('stop node-3');
  await expect(first).toContainText('Stop node-3');
  await page.keyboard.press('Enter');
  const sheet = page.getByRole('dialog', { name: /Stop node-3, and with it the quorum/ });
  await expect(sheet).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(sheet).toHaveCount(0);
  expect(await calls(page, 'stopNode')).toEqual([]);

  await page.keyboard.press('ControlOrMeta+k');
  await expect(page.getByRole('group', { name: 'Recent' }).getByRole('option')).toHaveCount(1);
  // Nobody has said what: Enter does not run what only happens to stand first.
  await page.keyboard.press('Enter');
  await expect(page.getByRole('option', { selected: true })).toHaveCount(0);
  expect(await calls(page, 'killNode')).toHaveLength(1);
  await page.keyboard.press('ArrowDown');
  await expect(page.getByRole('option').first()).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('ArrowUp');
  await expect(page.getByRole('option').last()).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.type('no such thing');
  await expect(page.getByRole('status')).toContainText(['Nothing matches no such thing.']);
  expect(await violations(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
});

test('what is typed before the palette is there waits for it, and is no key of the screen behind', async ({
  page,
  open,
}) => {
  let arrive = (): void => undefined;
  const arrived = new Promise<void>((resolve) => (arrive = resolve));
  await page.route(/\/palette-[^/]*\.js$/, async (route) => {
    await arrived;
    await route.continue();
  });
  await open({ scenario: 'healthy', hash: '#/overview/orders-lab/2' });
  await page
    .getByRole('group', { name: 'Nodes' })
    .getByRole('button', { name: /^node-2,/ })
    .focus();
  await page.keyboard.press('ControlOrMeta+k');
  await page.keyboard.type('sn3');
  await page.keyboard.press('Enter');
  arrive();
  await expect(page.getByRole('option').first()).toContainText('Stop node-3');
  await expect(page.getByRole('combobox', { name: 'Find a command' })).toHaveValue('sn3');
  await page.keyboard.type('x');
  await expect(page.getByRole('combobox', { name: 'Find a command' })).toHaveValue('sn3x');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('button', { name: /^node-2,/ })).toBeFocused();
  expect(await calls(page, 'stopNode')).toEqual([]);
});

test('while the past is shown the palette says why nothing can be done, and leads back', async ({
  page,
  open,
}) => {
  await open({ scenario: 'healthy', hash: '#/overview/orders-lab/2' });
  await advance(page, 1_000);
  await page.getByRole('slider', { name: 'Moment shown' }).focus();
  await page.keyboard.press('PageUp');
  await expect(page.getByRole('banner')).toContainText('Go live to act.');
  await page.keyboard.press('ControlOrMeta+k');
  await page.keyboard.type('kill node-2');
  const kill = page.getByRole('option', { name: /^Kill node-2/ });
  await expect(kill).toHaveAttribute('aria-disabled', 'true');
  await expect(kill).toContainText('Go live to act.');
  await page.keyboard.press('Enter');
  await expect(kill).toBeVisible();
  expect(await calls(page, 'killNode')).toEqual([]);
  await page.getByRole('combobox').fill('go live');
  await expect(page.getByRole('option').first()).toContainText('Go live');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('banner')).toContainText('Live');
});

test('F6 goes from one part of the window to the next, and Shift+F6 back', async ({
  page,
  open,
}) => {
  await open({ scenario: 'healthy', hash: '#/overview/orders-lab/2' });
  await expect(page.getByRole('slider', { name: 'Moment shown' })).toBeVisible();
  const pane = (): Promise<string | null> =>
    page.evaluate(() => {
      const found = document.activeElement?.closest('[data-pane]');
      return found?.getAttribute('aria-label') ?? found?.tagName ?? null;
    });
  const seen: (string | null)[] = [];
  for (let press = 0; press < 6; press += 1) {
    await page.keyboard.press('F6');
    seen.push(await pane());
  }
  expect(seen).toEqual(['HEADER', 'Screens', 'MAIN', 'Inspector', 'DIV', 'HEADER']);
  await page.keyboard.press('Shift+F6');
  expect(await pane()).toBe('DIV');
});

test('a key is put elsewhere, and a key that is taken is refused', async ({ page, open }) => {
  await open({ scenario: 'healthy', hash: '#/settings' });
  await page.getByText('While the ring or the table has the focus').click();
  const change = page.getByRole('button', { name: 'Change for Kill the node' });
  await change.click();
  await expect(page.getByText('Press a key')).toBeVisible();
  await page.keyboard.press('s');
  await expect(page.getByRole('alert')).toContainText(
    'Start or stop the node has this key already.',
  );
  await page.keyboard.press('x');
  await expect(page.getByRole('button', { name: 'Reset Kill the node' })).toBeVisible();
  expect(await violations(page)).toEqual([]);
  expect(await calls(page, 'setSettings')).toMatchObject([{ keys: { kill: 'X' } }]);
  await page.goto(`${page.url().split('#')[0] ?? ''}#/overview/orders-lab/2`);
  await page
    .getByRole('group', { name: 'Nodes' })
    .getByRole('button', { name: /^node-2,/ })
    .focus();
  await page.keyboard.press('k');
  await page.keyboard.press('x');
  await expect(page.getByText('node-2 was killed.')).toBeVisible();
  expect(await calls(page, 'killNode')).toHaveLength(1);
});
