import { expect, type Page, test as base } from '@playwright/test';
import { connect, createServer } from 'node:net';

import { requireTool } from '../require-tool.ts';
import { serveApp, type ServedApp } from './served-app.ts';

/** Ports of these tests; each test takes a block of its own in them. */
const FIRST_PORT = 23_100;
const LAST_PORT = 23_900;
const BLOCK = 10;
/** Of so many workers none looks where another one does: who has just looked has not taken it yet. */
const LANES = 8;
/** No screen has so many stops: who has not arrived by then goes in circles. */
const TABS_MAX = 60;

interface Fixtures {
  /** The built product: a host that serves its window, with a home of its own. */
  readonly live: ServedApp;
}

export const test = base.extend<Fixtures>({
  // eslint-disable-next-line no-empty-pattern -- Playwright reads the wanted fixtures from it.
  live: async ({}, use) => {
    const app = await serveApp();
    await use(app);
    await app.stop();
  },
});

test.beforeEach(() => {
  requireTool('chromium', { skip: (why) => test.skip(true, why) });
});

/** A block of free ports that no other test of this run has. */
export async function freePorts(workerIndex: number): Promise<number> {
  const blocks = (LAST_PORT - FIRST_PORT) / BLOCK / LANES;
  for (let tried = 0; tried < blocks; tried += 1) {
    const block = (workerIndex % LANES) * blocks + ((process.pid + tried) % blocks);
    const first = FIRST_PORT + block * BLOCK;
    const ports = Array.from({ length: BLOCK }, (_, at) => first + at);
    const free = await Promise.all(ports.map(isFree));
    if (free.every(Boolean)) return first;
  }
  const range = `${String(FIRST_PORT)} and ${String(LAST_PORT)}`;
  throw new Error(`worker ${String(workerIndex)} found no free block between ${range}`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((answer) => {
    const probe = createServer();
    probe.once('error', () => answer(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => answer(true)));
  });
}

/** Opens the window and creates a cluster of three in it; the first of its ports. */
export async function openCluster(
  page: Page,
  live: ServedApp,
  workerIndex: number,
): Promise<number> {
  const basePort = await freePorts(workerIndex);
  await page.goto(live.link);
  await createCluster(page, basePort);
  return basePort;
}

/** Creates a cluster by hand, on `basePort`, and waits until the window shows it whole. */
export async function createCluster(page: Page, basePort: number, nodes = 3): Promise<void> {
  await page.getByRole('radio', { name: new RegExp(`^${String(nodes)} node`) }).check();
  await page.getByText('Options').click();
  await page.getByLabel('First port').fill(String(basePort));
  await page.getByRole('button', { name: /^Start a \d-node cluster/ }).click();
  await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible({ timeout: 40_000 });
  await untilHealthy(page, nodes);
}

/**
 * Waits until the header says that so many voters are up and all follow one leader: from then on each
 * of them answers, or knows who does. That so many are up, and one can be lost, is said earlier.
 */
export async function untilHealthy(page: Page, voters = 3): Promise<void> {
  const spare = voters - (Math.floor(voters / 2) + 1);
  const up = `${String(voters)} of ${String(voters)} ${voters === 1 ? 'voter' : 'voters'}`;
  const sentence = `Healthy: ${up}, can lose ${spare === 0 ? 'none' : String(spare)}`;
  const banner = page.getByRole('banner');
  await expect(banner.getByTitle(sentence, { exact: true })).toBeVisible({ timeout: 40_000 });
}

/** Sends one inline command to a node and returns the first line of its answer. */
export function command(port: number, line: string): Promise<string> {
  return new Promise((answered, failed) => {
    const socket = connect(port, '127.0.0.1');
    socket.setTimeout(10_000, () => socket.destroy(new Error(`${line}: no answer within 10 s`)));
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString();
      if (!text.includes('\r\n')) return;
      socket.end();
      answered(text.slice(0, text.indexOf('\r\n')));
    });
    socket.on('error', failed);
    socket.on('close', () => failed(new Error(`${line}: the connection was closed, no answer`)));
    socket.write(`${line}\r\n`);
  });
}

/**
 * The same as a client of the cluster does it, who may begin at any node: on to the leader where that
 * is another one, and once more after an answer that says that nothing was done because nobody leads.
 */
export async function ask(port: number, line: string): Promise<string> {
  const untilMs = Date.now() + 20_000;
  let target = port;
  for (;;) {
    const answer = await command(target, line);
    const isUndone = /^-(?:MOVED|CLUSTERDOWN|TRYAGAIN|LOADING) /.test(answer);
    if (!isUndone || Date.now() > untilMs) return answer;
    target = Number(/^-MOVED \d+ \S+:(\d+)$/.exec(answer)?.[1] ?? port);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Where the header has the leader. */
export function leaderFigure(page: Page): ReturnType<Page['locator']> {
  return page.getByRole('banner').locator('.truth-figure', { hasText: 'Leader' }).locator('dd');
}

/** The name of the leader as the header has it; waits for one that is none of `others`. */
export async function leaderName(page: Page, ...others: readonly string[]): Promise<string> {
  let name = '';
  const read = async (): Promise<string> => {
    // One look: between two of them it may be another one, or nobody.
    name = (await leaderFigure(page).innerText()).trim();
    return others.includes(name) ? 'none' : name;
  };
  await expect.poll(read, { timeout: 20_000 }).toMatch(/^node-\d+$/);
  return name;
}

export function portOf(basePort: number, name: string): number {
  return basePort + Number(name.replace('node-', '')) - 1;
}

/** A node on the ring, by its name and what it says of itself. */
export function ringNode(page: Page, name: string, says = ''): ReturnType<Page['getByRole']> {
  return page
    .getByRole('group', { name: 'Nodes' })
    .getByRole('button', { name: new RegExp(`^${name}, ${says}`) });
}

/** Goes to something as a hand does: Tab, or Shift+Tab, until it has the focus. */
export async function tabTo(
  page: Page,
  target: ReturnType<Page['locator']>,
  key: 'Tab' | 'Shift+Tab' = 'Tab',
): Promise<void> {
  const isThere = (): Promise<boolean> => target.evaluate((one) => one === document.activeElement);
  for (let press = 0; press < TABS_MAX; press += 1) {
    if (await isThere()) return;
    await page.keyboard.press(key);
  }
  throw new Error(`${String(target)} was not reached by ${String(TABS_MAX)} times ${key}`);
}

/** The node on the ring that Tab reaches; arrow keys go on from it. */
export function ringStop(page: Page): ReturnType<Page['locator']> {
  return page.locator('.ring-node[tabindex="0"]');
}
