import { expect, type Page } from '@playwright/test';
import { readFileSync } from 'node:fs';

import { SCREENS } from '../../renderer/features/shell/screens.ts';
import { advance, type Opening, test } from './fake-page.ts';
import { OTHER_THEMES, violations } from './violations.ts';

/** Every situation that a screen must look right in. */
const OPENINGS: readonly Opening[] = [
  { scenario: 'first' },
  { scenario: 'healthy' },
  { scenario: 'hostile' },
  { scenario: 'healthy', hash: '#/settings' },
  { scenario: 'recording' },
  { scenario: 'recording', hash: '#/overview/rec-1a2b3c4d' },
  { scenario: 'healthy', hash: '#/overview/orders-lab' },
  { scenario: 'healthy', hash: '#/overview/orders-lab/2?mode=table' },
  { scenario: 'healthy', hash: '#/overview/orders-lab/2?mode=matrix' },
  { scenario: 'no-leader', hash: '#/overview/orders-lab?mode=matrix' },
  { scenario: 'healthy', hash: '#/overview/no-such-cluster' },
  { scenario: 'degraded', hash: '#/overview/orders-lab/1' },
  { scenario: 'no-leader', hash: '#/overview/orders-lab' },
  { scenario: 'creating', hash: '#/overview/new' },
  { scenario: 'five', hash: '#/overview/five' },
  { scenario: 'nine', hash: '#/overview/nine' },
  { scenario: 'one', hash: '#/overview/one' },
  { scenario: 'damaged', hash: '#/overview/orders-lab/2' },
  { scenario: 'adding', hash: '#/overview/orders-lab/4' },
  { scenario: 'stopped', hash: '#/overview/five-way' },
  { scenario: 'hostile', hash: '#/overview/hostile/2' },
  { scenario: 'healthy', hash: '#/console/orders-lab/2' },
  { scenario: 'healthy', hash: '#/logs/orders-lab' },
  { scenario: 'healthy', hash: '#/data/orders-lab' },
  { scenario: 'healthy', hash: '#/snapshots/orders-lab' },
  { scenario: 'faults', hash: '#/chaos/orders-lab' },
  { scenario: 'violation', hash: '#/chaos/orders-lab' },
  { scenario: 'adding', hash: '#/chaos/orders-lab' },
  { scenario: 'degraded', hash: '#/metrics/orders-lab' },
  { scenario: 'hostile', hash: '#/output/hostile' },
  { scenario: 'hostile', hash: '#/data/hostile' },
  { scenario: 'one', hash: '#/data/one' },
];

const SIZES = [
  { width: 1024, height: 640 },
  { width: 1280, height: 800 },
  { width: 1600, height: 1000 },
];

for (const opening of OPENINGS) {
  test(`${opening.scenario} ${opening.hash ?? ''} breaks no rule of accessibility in any theme`, async ({
    page,
    open,
  }) => {
    await page.emulateMedia({ colorScheme: 'light' });
    await open(opening);
    await advance(page, 1_000);
    expect(await violations(page, 'all')).toEqual([]);
    for (const theme of OTHER_THEMES) {
      await page.emulateMedia(theme);
      expect(await violations(page, 'colour'), JSON.stringify(theme)).toEqual([]);
    }
  });
}

for (const size of SIZES) {
  test(`at ${String(size.width)}×${String(size.height)} nothing sticks out of the window`, async ({
    page,
    open,
  }) => {
    await page.setViewportSize(size);
    for (const opening of OPENINGS) {
      await open(opening);
      const outside = await page.evaluate(() => {
        const { innerWidth, innerHeight } = window;
        const fixed = document.querySelectorAll('.header *, .toolbar *, .rail *, .status-bar *');
        return [...fixed].flatMap((element) => {
          const box = element.getBoundingClientRect();
          // The button that asks why stands in a pill, and must not stick out of that either.
          const pill = element.matches('.button') ? element.closest('.truth-sentence') : null;
          const rightMost = pill?.getBoundingClientRect().right ?? innerWidth;
          const inside = box.right <= rightMost + 1 && box.bottom <= innerHeight + 1;
          return inside || box.width === 0 ? [] : [element.className];
        });
      });
      expect(outside, JSON.stringify(opening)).toEqual([]);
      const scrolls = await page.evaluate(
        () => document.documentElement.scrollWidth > window.innerWidth,
      );
      expect(scrolls, JSON.stringify(opening)).toBe(false);
      expect(await cutOffOnRing(page), JSON.stringify(opening)).toEqual([]);
    }
  });
}

/** What is written on a ring and reaches out of it, and names that cross the outline of their node. */
function cutOffOnRing(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    const all = [...document.querySelectorAll<SVGGraphicsElement>('.ring-picture text')];
    return all.flatMap((text) => {
      const node = text.closest('.ring-node');
      const isName = text.classList.contains('ring-name');
      const frame = isName ? node?.querySelector('.ring-body') : text.closest('.ring');
      const box = text.getBoundingClientRect();
      const room = frame?.getBoundingClientRect();
      if (room === undefined || box.width === 0) return [];
      const fits =
        box.left >= room.left - 1 && box.right <= room.right + 1 && box.bottom <= room.bottom + 1;
      return fits ? [] : [text.textContent];
    });
  });
}

test('text from a cluster is shown as text, whatever it looks like', async ({ page, open }) => {
  await open({ scenario: 'hostile', hash: '#/overview/hostile/2' });
  await expect(page.getByText('<script>alert(1)</script>').first()).toBeVisible();
  expect(await page.locator('img').count()).toBe(0);
  expect(await page.locator('main script').count()).toBe(0);
});

test.describe('with reduced motion', () => {
  test.use({ contextOptions: { reducedMotion: 'reduce' } });

  test('nothing moves', async ({ page, open }) => {
    await open({ scenario: 'healthy', hash: '#/overview/orders-lab' });
    await advance(page, 1_000);
    await expect(page.getByText('Messages are not drawn one by one')).toBeVisible();
    await expect(page.locator('canvas')).toHaveCount(0);
    expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
  });
});

test('with full motion messages are drawn, and the caption says that their speed is not real', async ({
  page,
  open,
}) => {
  await open({ scenario: 'healthy', hash: '#/overview/orders-lab' });
  await expect(page.getByText('Message speed is not to scale')).toBeVisible();
  const painted = (): Promise<boolean> =>
    page.evaluate(() => {
      const canvas = document.querySelector('canvas');
      const pen = canvas?.getContext('2d');
      if (!canvas || !pen) return false;
      const { data } = pen.getImageData(0, 0, canvas.width, canvas.height);
      return data.some((value) => value !== 0);
    });
  await expect.poll(painted).toBe(false);
  // From here on a frame is drawn when it is asked for: no message arrives before it has been looked at.
  await page.clock.pauseAt(Date.now() + 60_000);
  await advance(page, 200);
  await page.clock.runFor(100);
  expect(await painted()).toBe(true);
  // And the canvas is empty again once they have arrived.
  await page.clock.runFor(1_000);
  expect(await painted()).toBe(false);
});

test('the theme is that of the system until another one is chosen', async ({ page, open }) => {
  await page.emulateMedia({ colorScheme: 'light' });
  await open({ scenario: 'healthy', hash: '#/settings' });
  const ground = (): Promise<string> =>
    page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  expect(await ground()).toBe('rgb(255, 255, 255)');
  await page.getByRole('radiogroup', { name: 'Theme' }).getByText('Dark').click();
  await expect.poll(ground).toBe('rgb(15, 19, 24)');
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.getByRole('radiogroup', { name: 'Theme' }).getByText('Light').click();
  await expect.poll(ground).toBe('rgb(255, 255, 255)');
});

test('a panel that stops leaves the others running, and can be reloaded', async ({
  page,
  open,
  complaints,
}) => {
  await open({ scenario: 'healthy', hash: '#/overview/orders-lab' });
  // A field that only the inspector reads is not what the contract says.
  complaints.allow(/Cannot read properties of null/);
  await page.evaluate(() => {
    const host = window.fakeHost;
    if (host === undefined) return;
    host.alter = (view) =>
      JSON.parse(
        JSON.stringify(view).replaceAll(/"snapshots":\[[^\]]*\]/g, '"snapshots":null'),
      ) as typeof view;
    host.pushAll();
  });
  const alert = page.getByRole('alert');
  await expect(alert).toContainText('The inspector stopped:');
  await expect(alert).toContainText('The cluster is unaffected.');
  await expect(page.getByRole('row', { name: /node-2/ })).toBeVisible();
  await expect(page.getByRole('button', { name: /^node-2, follower/ })).toBeVisible();
  await page.evaluate(() => {
    const host = window.fakeHost;
    if (host === undefined) return;
    host.alter = (view) => view;
    host.pushAll();
  });
  await page.getByRole('button', { name: 'Reload panel' }).click();
  await expect(page.getByRole('complementary', { name: 'Inspector' })).toContainText('Who says so');
});

/** Every panel that may stop by itself, and where it is; the screens go by their own names. */
const PANELS: readonly (readonly [hash: string, panels: readonly string[]])[] = [
  ['#/clusters', ['Start a cluster', 'Your clusters']],
  ['#/overview/orders-lab', ['The header', 'The ring', 'The faults', 'The table', 'The inspector']],
  ['#/overview/orders-lab?mode=matrix', ['The matrix', 'The timeline']],
  ['#/chaos/orders-lab', ['The ring', 'The table of faults', 'The load']],
  ['#/logs/orders-lab', ['The inspector']],
  ['#/data/orders-lab', ['The value']],
];

test('whatever panel stops, it says so, the rest goes on, and it can be reloaded', async ({
  page,
  open,
  complaints,
}) => {
  complaints.allow(/was told to stop/);
  const alerts = page.locator('.panel-fault');
  const breaks = (panels: readonly string[]): Promise<void> =>
    page.evaluate((broken) => void (window.brokenPanels = broken), panels);
  await open({ scenario: 'degraded', hash: '#/settings' });
  for (const [hash, panels] of PANELS) {
    await breaks(panels);
    await page.evaluate((next) => void (window.location.hash = next), hash);
    for (const panel of panels) {
      const alert = alerts.filter({ hasText: `${panel} stopped: ${panel} was told to stop` });
      await expect(alert.first()).toContainText('The cluster is unaffected.');
    }
    await expect(page.getByRole('navigation', { name: 'Screens' })).toBeVisible();
    await breaks([]);
    for (const panel of panels) {
      const alert = alerts.filter({ hasText: `${panel} stopped:` });
      await alert.getByRole('button', { name: 'Reload panel' }).click();
    }
    await expect(alerts).toHaveCount(0);
  }
  // The way between the screens: what is shown stays, and keys still lead on.
  await breaks(['The rail']);
  await page.evaluate(() => void (window.location.hash = '#/metrics/orders-lab'));
  await expect(alerts).toContainText('The rail stopped: The rail was told to stop');
  await page.keyboard.press('Control+2');
  await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible();
  await breaks([]);
  await alerts.getByRole('button', { name: 'Reload panel' }).click();
  await expect(page.getByRole('navigation', { name: 'Screens' })).toBeVisible();
  // A whole screen: the header does not go with it.
  for (const { screen, label } of SCREENS) {
    await page.evaluate(() => void (window.location.hash = '#/settings/orders-lab'));
    await breaks([label]);
    await page.evaluate(
      (name) => void (window.location.hash = `#/${name}/orders-lab`),
      screen === 'settings' ? 'clusters' : screen,
    );
    if (screen === 'settings') {
      await page.evaluate(() => void (window.location.hash = '#/settings/orders-lab'));
    }
    await expect(alerts).toContainText(`${label} stopped:`);
    await expect(page.getByRole('banner').getByRole('button').first()).toBeVisible();
    await breaks([]);
    await alerts.getByRole('button', { name: 'Reload panel' }).click();
    await expect(alerts).toHaveCount(0);
  }
});

test('figures of sixteen digits have room where they stand', async ({ page, open }) => {
  await page.setViewportSize({ width: 1280, height: 800 });
  await open({ scenario: 'hostile', hash: '#/logs/hostile' });
  await expect(page.getByRole('rowheader').first()).toHaveText(/^9,007,199,254,7\d\d,\d{3}$/);
  // What is written is no wider than its place, so that nothing is drawn over its neighbour.
  const outside = await page.locator('.log-index, .log-last').evaluateAll((all) =>
    all.flatMap((one) => {
      const range = document.createRange();
      range.selectNodeContents(one);
      const [text, place] = [range.getBoundingClientRect(), one.getBoundingClientRect()];
      const fits = text.left >= place.left - 1 && text.right <= place.right + 1;
      return fits ? [] : [one.textContent];
    }),
  );
  expect(outside).toEqual([]);
  const cells = await page
    .getByRole('columnheader')
    .evaluateAll((all) =>
      all.map(({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth + 1),
    );
  expect(cells).toEqual([true, true, true, true]);
});

test('five nodes and what is broken between them have room in the chaos lab', async ({
  page,
  open,
}) => {
  await page.setViewportSize({ width: 1280, height: 800 });
  await open({ scenario: 'faults', hash: '#/chaos/orders-lab' });
  await advance(page, 1_000);
  const bodies = await page.locator('.chaos-ring .ring-body').evaluateAll((all) =>
    all.map((one) => {
      const { x, y, width } = one.getBoundingClientRect();
      return { x: x + width / 2, y: y + width / 2, radius: width / 2 };
    }),
  );
  expect(bodies).toHaveLength(5);
  // Between two outlines there is more than a node's own width: room for a hatched lane and its sign.
  for (const [at, one] of bodies.entries()) {
    for (const other of bodies.slice(at + 1)) {
      const gap = Math.hypot(one.x - other.x, one.y - other.y) - one.radius - other.radius;
      expect(gap).toBeGreaterThan(40);
    }
  }
  // And the first faults of the list are in sight below.
  const table = page.getByRole('table', { name: 'Active faults' });
  const main = await page.locator('.chaos-main').boundingBox();
  const second = await table.getByRole('row').nth(2).boundingBox();
  if (main === null || second === null) throw new Error('the list of faults is not shown');
  expect(second.y + second.height).toBeLessThanOrEqual(main.y + main.height);
});

test('forced colours keep every word readable and the selected node marked', async ({
  page,
  open,
}) => {
  await page.emulateMedia({ forcedColors: 'active' });
  await open({ scenario: 'degraded', hash: '#/overview/orders-lab/1' });
  await advance(page, 1_000);
  expect(await violations(page, 'all')).toEqual([]);
});

test('a damaged node is rebuilt by keys alone, after a sheet that says what is kept and breaks no rule', async ({
  page,
  open,
}) => {
  await open({ scenario: 'healthy', hash: '#/overview/orders-lab/2' });
  const ring = page.getByRole('group', { name: 'Nodes' });
  const node = ring.getByRole('button', { name: /^node-2,/ });
  await node.focus();
  // On a node that is well the key does nothing.
  await page.keyboard.press('b');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await page.evaluate(() => {
    const second = window.fakeHost?.clusters[0]?.nodes[1];
    if (second === undefined) throw new Error('no second node');
    Object.assign(second, { health: 'damaged', healthReason: 'its log lost entries' });
    window.fakeHost?.pushAll();
  });
  const inspector = page.getByRole('complementary', { name: 'Inspector' });
  await expect(inspector.getByRole('button', { name: /Rebuild from the leader/ })).toBeVisible();
  await node.press('b');
  const sheet = page.getByRole('dialog', { name: 'Rebuild node-2 from the leader?' });
  await expect(sheet).toContainText('Nothing in it is changed or deleted');
  await expect(sheet).toContainText('Afterwards it can lose 1.');
  await expect(sheet.getByRole('button', { name: 'Cancel' })).toBeFocused();
  expect(await violations(page, 'all')).toEqual([]);
  await page.emulateMedia({ colorScheme: 'dark' });
  expect(await violations(page, 'colour')).toEqual([]);
  await page.keyboard.press('Enter');
  await expect(sheet).toHaveCount(0);

  // The answer to Why? leads there too.
  await node.press('w');
  await inspector.getByRole('button', { name: 'Rebuild node-2 from the leader…' }).press('Enter');
  await expect(sheet.getByRole('button', { name: 'Cancel' })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(sheet).toHaveCount(0);
  await page.keyboard.press('ControlOrMeta+k');
  await page.getByRole('combobox', { name: 'Find a command' }).fill('rebuild node-2');
  await page.keyboard.press('Enter');
  await sheet.getByRole('button', { name: 'Rebuild', exact: true }).press('Enter');
  await expect(page.getByText('node-4 gets everything from the leader.')).toBeVisible();
  const asked = await page.evaluate(() => window.fakeHost?.calls.at(-1));
  expect(asked).toEqual({
    name: 'rebuildPeer',
    request: { clusterId: 'orders-lab', nodeId: '2' },
  });
});

test('the sheet that saves the recording says what goes with it, and breaks no rule', async ({
  page,
  open,
}) => {
  await open({ scenario: 'healthy', hash: '#/overview/orders-lab' });
  await advance(page, 1_000);
  await page.getByRole('button', { name: 'Cluster', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Save the recording…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Save the recording' });
  await expect(dialog).toContainText('command lines, and whatever a node printed');
  expect(await violations(page, 'all')).toEqual([]);
});

test('a report is saved, and is a page that needs nothing and breaks no rule', async ({
  page,
  open,
}) => {
  await open({ scenario: 'degraded', hash: '#/overview/orders-lab/1' });
  await page.evaluate(() => {
    const cluster = window.fakeHost?.clusters[0];
    if (cluster === undefined || window.fakeHost === undefined) throw new Error('no cluster');
    const request = {
      clients: 24,
      readPercent: 50,
      keys: 64,
      opsPerSecond: 200,
      durationMs: 9_000,
    };
    const startedAtMs = window.fakeHost.nowMs - 60_000;
    cluster.load = {
      request,
      startedAtMs,
      endedAtMs: null,
      gap: null,
      verdict: 'not linearizable',
    };
  });
  await advance(page, 1_000);
  await page.keyboard.press('ControlOrMeta+k');
  await page.getByRole('combobox', { name: 'Find a command' }).fill('save a report');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog', { name: 'Save a report' })).toBeVisible();
  expect(await violations(page, 'all')).toEqual([]);
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save the report' }).click();
  const download = await downloading;
  expect(download.suggestedFilename()).toMatch(/^orders-lab-[\dT-]+Z\.html$/);
  const report = readFileSync(await download.path(), 'utf8');
  await page.goto('about:blank');
  await page.setContent(report);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('What happened in orders-lab');
  await expect(page.getByRole('heading', { name: 'Nodes at the end' })).toBeVisible();
  await expect(page.getByRole('row', { name: /24 clients/ })).toContainText('Not linearizable.');
  await expect(page.getByRole('row', { name: /cannot come next/ })).toContainText('reads 611');
  expect(await violations(page, 'all')).toEqual([]);
  await page.emulateMedia({ colorScheme: 'dark' });
  expect(await violations(page, 'colour')).toEqual([]);
});
