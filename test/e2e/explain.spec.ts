import { expect } from '@playwright/test';

import { createCluster, freePorts, ringNode, ringStop, tabTo, test } from './live-window.ts';

/* Why?, Metrics and Output: on a real cluster, by pointer and by keyboard. */

test.describe('on a real cluster', () => {
  test.describe.configure({ timeout: 120_000 });

  test('a lost quorum is explained and mended, and seen in the figures and the output', async ({
    page,
    live,
  }, { workerIndex }) => {
    await page.goto(live.link);
    await createCluster(page, await freePorts(workerIndex));
    const banner = page.getByRole('banner');
    const why = page.getByRole('region', { name: 'Why' });

    // By keyboard: two nodes are frozen, W asks, Enter takes the first step.
    await tabTo(page, ringStop(page));
    for (const [key, name] of [
      ['Home', 'node-1'],
      ['End', 'node-3'],
    ] as const) {
      await page.keyboard.press(key);
      await page.keyboard.press('f');
      const sheet = page.getByRole('dialog');
      if (name === 'node-3') {
        await expect(sheet.getByRole('button', { name: 'Freeze anyway' })).toBeFocused();
        await page.keyboard.press('Enter');
      }
      await expect(ringNode(page, name, 'frozen')).toBeVisible();
    }
    await expect(banner).toContainText('No leader', { timeout: 20_000 });
    await page.keyboard.press('w');
    await expect(why).toContainText('node-1 and node-3 are frozen.');
    await expect(why.getByRole('region', { name: 'Evidence' })).toContainText('the host');
    await tabTo(page, why.getByRole('button', { name: 'Resume node-1' }));
    await page.keyboard.press('Enter');
    await expect(banner).toContainText('Degraded', { timeout: 20_000 });

    // By pointer: the header asks, and the other node is resumed.
    await expect(why).toContainText('node-3 is frozen.');
    // Each thing that speaks for it leads to its moment, in which the question may be another one.
    await why.getByRole('region', { name: 'Evidence' }).getByRole('button').first().click();
    await expect(banner).toContainText('You are looking at');
    await banner.getByRole('button', { name: 'Go live' }).click();
    await expect(why).toContainText('node-3 is frozen.');
    await why.getByRole('button', { name: 'Close' }).click();
    await banner.getByRole('button', { name: 'Why?' }).click();
    await why.getByRole('button', { name: 'Resume node-3' }).click();
    await expect(banner).toContainText('Healthy', { timeout: 20_000 });
    await expect(why).toContainText('Nothing to explain');

    // The figures of all of it, by keyboard again.
    await page.keyboard.press('Control+9');
    await expect(page.getByRole('heading', { name: 'Metrics' })).toBeVisible();
    await tabTo(page, why.getByRole('button', { name: 'Close' }));
    await page.keyboard.press('Enter');
    await expect(page.locator('.chart canvas')).toHaveCount(6);
    const elections = page.getByRole('region', { name: 'Elections' });
    await expect(elections).toContainText(/leader node-\d/);
    await tabTo(page, page.getByRole('button', { name: 'Show as table' }));
    await page.keyboard.press('Enter');
    const row = page.getByRole('row').filter({ hasText: 'leads' }).first();
    await expect(row).toContainText('MiB');
    await tabTo(page, page.getByRole('radio', { name: '5 min', exact: true }), 'Shift+Tab');
    await page.keyboard.press('ArrowLeft');
    await expect(page.getByRole('radio', { name: '1 min' })).toBeChecked();

    // And what the nodes printed; a line leads to its moment.
    await page.keyboard.press('Control+j');
    const lines = page.getByRole('listbox', { name: 'Lines of output' });
    await expect(lines.getByRole('option', { name: /node-\d/ }).first()).toBeVisible();
    const nodes = page.getByRole('combobox', { name: 'Node' });
    await tabTo(page, nodes);
    // A select is chosen from by what it begins with, or one by one.
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await expect(nodes).toHaveValue('2');
    await expect(lines.getByRole('option', { name: /node-1/ })).toHaveCount(0);
    await tabTo(page, lines);
    await page.keyboard.press('Home');
    await expect(banner).toContainText('You are looking at');
    await expect(page.getByRole('region', { name: 'Line', exact: true })).toContainText('node-2');
    await page.keyboard.press('End');
    await expect(banner).toContainText('Live');
  });
});
