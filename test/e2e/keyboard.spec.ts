import { expect, type Page } from '@playwright/test';

import { advance, test } from './fake-page.ts';

/** Asked by every page on its own. */
const OWN_CALLS = ['appInfo', 'suggestPorts', 'readRecording'];

/** The calls that the window made for the user. */
async function calls(page: Page): Promise<readonly (readonly [string, unknown])[]> {
  return page.evaluate(
    (own) =>
      (window.fakeHost?.calls ?? [])
        .filter(({ name }) => !own.includes(name))
        .map(({ name, request }) => [name, request] as const),
    OWN_CALLS,
  );
}

function ringNode(page: Page, name: string): ReturnType<Page['getByRole']> {
  return page
    .getByRole('group', { name: 'Nodes' })
    .getByRole('button', { name: new RegExp(`^${name},`) });
}

test('one press of Enter on a fresh page starts a cluster of three', async ({ page, open }) => {
  await open({ scenario: 'first' });
  await expect(page.getByRole('button', { name: /Start a 3-node cluster/ })).toBeFocused();
  await page.keyboard.press('Enter');
  await advance(page, 400);
  await expect.poll(() => calls(page)).toEqual([['createCluster', { nodes: 3, basePort: 7481 }]]);
  await expect(page).toHaveURL(/#\/overview\//);
  await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible();
});

test('another size is chosen with arrow keys, other ports in the options', async ({
  page,
  open,
}) => {
  await open({ scenario: 'first' });
  await page.getByRole('radio', { name: /^3 nodes/ }).focus();
  await page.keyboard.press('ArrowRight');
  await expect(page.getByText('7481–7485', { exact: true }).first()).toBeVisible();
  await page.getByText('Options').click();
  await page.getByLabel('First port').fill('70000');
  await expect(page.getByText(/the last one is 65535/)).toBeVisible();
  await page.getByLabel('First port').fill('9000');
  await page.getByLabel('Name').fill('orders');
  await page.getByRole('button', { name: /Start a 5-node cluster/ }).press('Enter');
  await expect
    .poll(() => calls(page))
    .toEqual([['createCluster', { nodes: 5, basePort: 9000, name: 'orders' }]]);
});

test('Tab reaches the ring once, arrow keys walk it, and the selection follows everywhere', async ({
  page,
  open,
}) => {
  await open({ scenario: 'healthy', hash: '#/overview/orders-lab' });
  await ringNode(page, 'node-1').focus();
  await page.keyboard.press('ArrowRight');
  await expect(ringNode(page, 'node-2')).toBeFocused();
  await expect(page).toHaveURL(/#\/overview\/orders-lab\/2$/);
  await expect(page.getByRole('complementary', { name: 'Inspector' })).toContainText('node-2');
  await expect(page.getByRole('row', { name: /node-2/ })).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('End');
  await expect(ringNode(page, 'node-3')).toBeFocused();
  await page.keyboard.press('l');
  await expect(ringNode(page, 'node-1')).toBeFocused();
  const tabStops = await page.locator('.ring-node[tabindex="0"]').count();
  expect(tabStops).toBe(1);
});

test('letters act on the selected node while the ring has the focus', async ({ page, open }) => {
  await open({ scenario: 'healthy', hash: '#/overview/orders-lab/2' });
  const target = { clusterId: 'orders-lab', nodeId: '2' };
  await ringNode(page, 'node-2').focus();
  await page.keyboard.press('k');
  await expect(page.getByText('node-2 was killed.')).toBeVisible();
  await page.keyboard.press('s');
  await expect(ringNode(page, 'node-2')).toHaveAccessibleName(/follower/);
  await page.keyboard.press('f');
  await expect(page.getByText('node-2 is frozen.')).toBeVisible();
  await page.keyboard.press('f');
  await expect(ringNode(page, 'node-2')).toHaveAccessibleName(/follower/);
  await expect
    .poll(() => calls(page))
    .toEqual([
      ['killNode', target],
      ['startNode', target],
      ['freezeNode', target],
      ['resumeNode', target],
    ]);
});

test('who was killed in the chaos lab stays chosen when another one leads', async ({
  page,
  open,
}) => {
  await open({ scenario: 'healthy', hash: '#/chaos/orders-lab' });
  await page.getByRole('button', { name: /^Kill −9/ }).click();
  const figure = page.getByRole('banner').locator('.truth-figure', { hasText: 'Leader' });
  const leader = /node-\d/.exec(await figure.innerText())?.[0] ?? '';
  await page.getByRole('button', { name: `Kill ${leader}`, exact: true }).click();
  await expect(page.getByTitle(`${leader}, killed`)).toBeVisible();
  await advance(page, 2_000);
  await expect(figure).not.toContainText(leader);
  await expect(figure).toContainText(/node-\d/);
  await expect(page.getByRole('button', { name: `Start ${leader}`, exact: true })).toBeVisible();
});

test('no letter does anything while the focus is elsewhere', async ({ page, open }) => {
  await open({ scenario: 'healthy', hash: '#/overview/orders-lab/2' });
  await page.getByRole('button', { name: 'Cluster', exact: true }).focus();
  for (const letter of ['k', 's', 'f', 'r', 't', 'a', 'Delete']) await page.keyboard.press(letter);
  expect(await calls(page)).toEqual([]);
  await expect(page.getByRole('dialog')).toHaveCount(0);
});

test('taking the last spare voter away asks first, and Esc leaves all as it is', async ({
  page,
  open,
}) => {
  await open({ scenario: 'degraded', hash: '#/overview/orders-lab/3' });
  await ringNode(page, 'node-3').focus();
  await page.keyboard.press('k');
  const sheet = page.getByRole('dialog');
  await expect(sheet).toContainText('This leaves 1 of 3 voters, and 2 are needed.');
  await page.keyboard.press('Escape');
  await expect(sheet).toHaveCount(0);
  await expect(ringNode(page, 'node-3')).toBeFocused();
  expect(await calls(page)).toEqual([]);
  await page.keyboard.press('k');
  await expect(page.getByRole('button', { name: 'Kill anyway' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect
    .poll(() => calls(page))
    .toEqual([['killNode', { clusterId: 'orders-lab', nodeId: '3' }]]);
});

test('a leader is removed only through a sheet that says who takes over', async ({
  page,
  open,
}) => {
  await open({ scenario: 'healthy', hash: '#/overview/orders-lab' });
  await ringNode(page, 'node-1').focus();
  await page.keyboard.press('Delete');
  const sheet = page.getByRole('dialog');
  await expect(sheet).toContainText(
    'node-1 leads. It hands over to node-2 (2 behind) and then leaves.',
  );
  await expect(sheet).toContainText('Both voters are then needed for every write');
  await sheet.getByRole('button', { name: 'Hand over, then remove' }).press('Enter');
  await expect
    .poll(() => calls(page))
    .toEqual([['removePeer', { clusterId: 'orders-lab', nodeId: '1' }]]);
});

test('a removal is undone from where it is said to be done, and from the node itself', async ({
  page,
  open,
}) => {
  await open({ scenario: 'healthy', hash: '#/overview/orders-lab' });
  const ref = { clusterId: 'orders-lab', nodeId: '2' };
  const remove = async (): Promise<void> => {
    await ringNode(page, 'node-2').focus();
    await page.keyboard.press('Delete');
    await page.getByRole('button', { name: 'Remove', exact: true }).press('Enter');
    await expect(ringNode(page, 'node-2')).toHaveCount(0);
  };
  await remove();
  const toasts = page.getByRole('region', { name: 'Notifications' });
  await expect(toasts).toContainText('node-2 is removed. Its data is kept in');
  const undo = toasts.getByRole('button', { name: 'Undo' });
  // While nobody leads, nobody can take it back, and the button says so.
  const lead = (leaderId: string | null): Promise<void> =>
    page.evaluate((next) => {
      const [cluster] = window.fakeHost?.clusters ?? [];
      if (cluster !== undefined) cluster.leaderId = next;
      window.fakeHost?.pushAll();
    }, leaderId);
  await lead(null);
  await expect(undo).toHaveAttribute('aria-disabled', 'true');
  await lead('1');
  await expect(undo).not.toHaveAttribute('aria-disabled', 'true');
  await undo.press('Enter');
  await expect(ringNode(page, 'node-2')).toBeVisible();
  await expect(toasts).toContainText('node-2 is a member again. It gets its vote once');

  // What was a non-voter for good is that again.
  await page.evaluate(() => {
    const second = window.fakeHost?.clusters[0]?.nodes[1];
    if (second !== undefined) Object.assign(second, { voter: false, promote: false });
    window.fakeHost?.pushAll();
  });
  await remove();
  await page.getByRole('row', { name: /node-2/ }).click();
  const inspector = page.getByRole('complementary', { name: 'Inspector' });
  await expect(inspector).toContainText('It is no longer a member. Its data is kept.');
  await inspector.getByRole('button', { name: 'Add it back' }).press('Enter');
  await expect(ringNode(page, 'node-2')).toBeVisible();
  await expect(toasts).toContainText('node-2 is a member again, without a vote, as it was.');
  await expect
    .poll(() => calls(page))
    .toEqual([
      ['removePeer', ref],
      ['returnPeer', ref],
      ['removePeer', ref],
      ['returnPeer', ref],
    ]);
});

test('a cluster is renamed by what is typed, and deleted only when its name is', async ({
  page,
  open,
}) => {
  await open({ scenario: 'healthy' });
  const rename = async (typed: string): Promise<void> => {
    await page.getByRole('button', { name: 'More for orders-lab' }).press('Enter');
    await page.getByRole('menuitem', { name: 'Rename…' }).press('Enter');
    await expect(page.getByRole('textbox', { name: 'Name' })).toBeFocused();
    await page.keyboard.type(typed);
    await page.keyboard.press('Enter');
    await expect(page.getByRole('dialog')).toHaveCount(0);
  };
  // The same name is no change, and what is typed takes the place of the old one.
  await rename('orders-lab');
  await rename('lab');
  expect(await calls(page)).toEqual([['renameCluster', { clusterId: 'orders-lab', name: 'lab' }]]);
  await expect(page.getByText('orders-lab is now lab.')).toBeVisible();

  const suggestions = (): Promise<unknown> =>
    page.evaluate(() => window.fakeHost?.calls.filter((one) => one.name === 'suggestPorts').length);
  expect(await suggestions()).toBe(1);
  await page.getByRole('button', { name: 'More for lab' }).press('Enter');
  await page.keyboard.press('End');
  await expect(page.getByRole('menuitem', { name: 'Delete…' })).toBeFocused();
  await page.keyboard.press('Enter');
  const field = page.getByLabel('Type lab to delete it');
  await expect(field).toBeFocused();
  await page.keyboard.type('la');
  await page.keyboard.press('Enter');
  expect(await calls(page)).toHaveLength(1);
  await page.keyboard.type('b');
  await page.keyboard.press('Enter');
  await expect(page.getByText('lab is deleted.')).toBeVisible();
  await expect
    .poll(async () => (await calls(page)).slice(1))
    .toEqual([['deleteCluster', { clusterId: 'orders-lab', confirmName: 'lab' }]]);
  // Its ports are nobody's any more.
  await expect.poll(suggestions).toBe(2);
});

test('the list behind ? names every key, and Esc closes it', async ({ page, open }) => {
  await open({ scenario: 'healthy' });
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog')).toContainText('Kill the node (kill -9)');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
});

test('the screens are reached with digits, and Back goes back', async ({ page, open }) => {
  await open({ scenario: 'healthy', hash: '#/overview/orders-lab' });
  await page.keyboard.press('Control+1');
  await expect(page.getByRole('heading', { name: 'Clusters', exact: true })).toBeVisible();
  await page.keyboard.press('Control+2');
  await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible();
  await page.goBack();
  await expect(page.getByRole('heading', { name: 'Clusters', exact: true })).toBeVisible();
});

test('while the host is away nothing can be done, and the reason is said', async ({
  page,
  open,
}) => {
  await open({ scenario: 'healthy', hash: '#/overview/orders-lab/2' });
  await page.evaluate(() => window.fakeHost?.setState('closed'));
  await expect(page.getByRole('banner')).toContainText('Connection to the host lost.');
  const stop = page.getByRole('button', { name: 'Stop', exact: true });
  await expect(stop).toHaveAttribute('aria-disabled', 'true');
  await stop.focus();
  await page.keyboard.press('Enter');
  expect(await calls(page)).toEqual([]);
  await page.evaluate(() => window.fakeHost?.setState('open'));
  await expect(stop).not.toHaveAttribute('aria-disabled', 'true');
});
