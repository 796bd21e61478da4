import { expect, type Page } from '@playwright/test';
import { readFileSync } from 'node:fs';

import {
  ask,
  openCluster,
  command,
  leaderName,
  portOf,
  ringNode,
  ringStop,
  tabTo,
  test,
  untilHealthy,
} from './live-window.ts';
import { runCommand } from './saved-recording.ts';

const NAMES = ['node-1', 'node-2', 'node-3'];

/** The row of the table of faults that is about this. */
function faultRow(page: Page, title: string | RegExp): ReturnType<Page['getByRole']> {
  return page.getByRole('table', { name: 'Active faults' }).getByRole('row', { name: title });
}

/** Draws a line across the ring that has this node alone on one side. */
async function cutOff(page: Page, name: string): Promise<void> {
  const box = async (one: string) => {
    const shape = await ringNode(page, one).locator('.ring-body').boundingBox();
    if (shape === null) throw new Error(`${one} is not on the ring`);
    return { x: shape.x + shape.width / 2, y: shape.y + shape.height / 2 };
  };
  const lone = await box(name);
  const [one, other] = await Promise.all(NAMES.filter((each) => each !== name).map(box));
  if (one === undefined || other === undefined) throw new Error('three nodes are needed');
  // Through the middles of the two links, a little longer at both ends.
  const ends = [one, other].map((far) => ({ x: (lone.x + far.x) / 2, y: (lone.y + far.y) / 2 }));
  const [from, to] = ends;
  if (from === undefined || to === undefined) return;
  const [dx, dy] = [(to.x - from.x) / 4, (to.y - from.y) / 4];
  await page.mouse.move(from.x - dx, from.y - dy);
  await page.mouse.down();
  await page.mouse.move((from.x + to.x) / 2, (from.y + to.y) / 2, { steps: 4 });
  await page.mouse.move(to.x + dx, to.y + dy, { steps: 4 });
  await page.mouse.up();
}

test('a partition is ticked by keyboard, is measured, and all is healed by one key', async ({
  page,
  live,
}, { workerIndex }) => {
  const basePort = await openCluster(page, live, workerIndex);
  const leader = await leaderName(page);
  const follower = NAMES.find((name) => name !== leader) ?? '';

  await tabTo(page, ringStop(page));
  await page.keyboard.press('p');
  await expect(page.getByRole('heading', { name: 'Chaos lab' })).toBeVisible();
  // The leader alone is what is ticked first: the follower goes to its side and back again.
  const side = page.getByRole('radiogroup', { name: `Side of ${follower}` });
  await tabTo(page, side.getByRole('radio', { name: 'B' }));
  await page.keyboard.press('ArrowLeft');
  await expect(page.getByText(`Minority: ${leader}`)).toBeHidden();
  await page.keyboard.press('ArrowRight');
  const others = NAMES.filter((name) => name !== leader).join(', ');
  await expect(page.getByText(`Majority side: ${others} (can elect).`)).toBeVisible();
  await expect(
    page.getByText(`Minority: ${leader} (still thinks it leads, cannot commit).`),
  ).toBeVisible();
  // The longest lease: on a busy machine nothing must heal before it is healed.
  await tabTo(page, page.getByRole('combobox', { name: 'Lease' }));
  await page.keyboard.press('End');
  await tabTo(page, page.getByRole('button', { name: 'Apply' }));
  await page.keyboard.press('Enter');

  const row = faultRow(page, new RegExp(`^{${leader}} \\| {${others}}|^{.*} \\| {.*}`));
  await expect(row).toContainText(/Works:.*0 of \d+ messages? arrived/);
  await expect(row).toContainText(/\d+ s of \d{3}/);
  await expect(page.locator('.link-fault')).toHaveCount(2);
  await expect(page.getByRole('banner')).toContainText('1 fault');
  await expect(ringNode(page, leader, 'leader')).toBeHidden();
  const next = await leaderName(page, leader);
  expect(await ask(portOf(basePort, next), 'SET k v')).toBe('+OK');

  // A frozen node is healed with the rest.
  const third = NAMES.find((name) => name !== leader && name !== next) ?? '';
  await tabTo(page, page.getByRole('button', { name: 'Freeze', exact: true }), 'Shift+Tab');
  await page.keyboard.press('Enter');
  const chosen = page
    .getByRole('radiogroup', { name: 'Node' })
    .getByRole('radio', { checked: true });
  await tabTo(page, chosen);
  for (let at = NAMES.indexOf(await nameOf(chosen)); NAMES[at] !== third; at = (at + 1) % 3) {
    await page.keyboard.press('ArrowRight');
  }
  await tabTo(page, page.getByRole('button', { name: `Freeze ${third}` }));
  // A leader that is new is taken to hear everybody for a moment: by then one of them counts as lost.
  await expect(page.getByRole('banner')).toContainText('2 of 3 voters');
  await page.keyboard.press('Enter');
  // One is cut off already: without this one nobody could commit, and that is said first.
  const sheet = page.getByRole('dialog');
  await expect(sheet).toContainText('This leaves 1 of 3 voters');
  await expect(sheet.getByRole('button', { name: 'Freeze anyway' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(faultRow(page, `${third}, frozen`)).toContainText(/\d+ s of \d{3}/);
  await expect(page.getByRole('banner')).toContainText('2 faults');
  await page.keyboard.press('Shift+H');
  await expect(page.getByText(/Healed: 4 faults, 1 node resumed\./)).toBeVisible();
  await expect(page.getByText('Nothing is broken on purpose.')).toBeVisible();
  await untilHealthy(page);
});

test('a load runs through a partition that was drawn, is found linearizable, and faults heal without a host', async ({
  page,
  live,
}, { workerIndex }) => {
  const basePort = await openCluster(page, live, workerIndex);
  const leader = await leaderName(page);
  await page.keyboard.press('Control+5');

  const load = page.getByRole('complementary', { name: 'Load and verdict' });
  await load.getByLabel('Clients').fill('8');
  await load.getByLabel('Seconds').fill('6');
  await load.getByRole('button', { name: 'Start' }).click();
  await expect(load).toContainText(/\d+ ops\/s of 200/);
  // It has begun before the cut. How many come of it in its few seconds is the machine's affair.
  await expect.poll(() => done(load)).toBeGreaterThan(10);

  await cutOff(page, leader);
  await expect(
    page.getByText(`Minority: ${leader} (still thinks it leads, cannot commit).`),
  ).toBeVisible();
  // Nothing is to heal before all of this is over.
  const lease = page.getByRole('combobox', { name: 'Lease' });
  await lease.selectOption('5 minutes');
  await page.getByRole('button', { name: 'Apply' }).click();
  await expect(faultRow(page, /\|/)).toContainText(/0 of \d+ messages? arrived/);
  const verdict = load.getByRole('region', { name: 'Verdict' });
  await expect(verdict).toContainText('Linearizable', { timeout: 30_000 });
  await expect(verdict).toContainText(/One order explains all \d/);
  await expect(load).toContainText('its time was over');
  // The next one is the same, unless somebody types other figures.
  await expect(load.locator('summary')).toContainText(
    '8 clients, 64 keys, 50 % reads, 200 ops/s, 6 s',
  );
  await verdict.getByRole('button', { name: 'Save the history (JSONL)' }).click();
  await expect(page.getByText(/operations, .* are in .*\.jsonl/)).toBeVisible();
  // The recording holds the verdict, so a report that is made of it tells it.
  await runCommand(page, 'Save a report');
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save the report' }).click();
  const report = readFileSync(await (await download).path(), 'utf8');
  expect(report).toMatch(/<strong>Linearizable\.<\/strong> One order explains all \d/);

  // Its lease, a short one now, goes on when nobody is left who could heal it.
  await lease.selectOption('10 s');
  await page.getByRole('button', { name: 'Extend' }).click();
  const left = async (): Promise<string> => (await faultRow(page, /\|/).allInnerTexts()).join();
  await expect.poll(left).not.toMatch(/\d{3} s of/);
  await page.close();
  await live.kill();
  for (const port of [basePort, basePort + 1, basePort + 2]) {
    await expect.poll(() => command(port, 'RAFT FAULT LIST'), { timeout: 30_000 }).toBe('*0');
  }
});

/** Which node a radio button stands for. */
async function nameOf(radio: ReturnType<Page['locator']>): Promise<string> {
  return (await radio.evaluate((one) => one.closest('label')?.textContent ?? '')).trim();
}

/** How many operations the panel says are done. */
async function done(load: ReturnType<Page['getByRole']>): Promise<number> {
  const text = await load.locator('.load-counts > div', { hasText: /^[\d,]+done$/ }).innerText();
  return Number(text.replaceAll(/\D/g, ''));
}
