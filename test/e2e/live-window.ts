import { expect, type Page, test as base } from '@playwright/test';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { requireTool } from '../require-tool.ts';
import { ROOT } from '../tidy/source-files.ts';

/** Ports of these tests; each test takes a block of its own in them. */
const FIRST_PORT = 23_100;
const LAST_PORT = 23_900;
const BLOCK = 10;
const STARTED_WITHIN_MS = 30_000;

/** The built product: a host that serves its window, with a home of its own. */
export interface LiveHost {
  readonly link: string;
  readonly home: string;
  /** Ends the host at once, as a crash would; its nodes go on. */
  readonly kill: () => Promise<void>;
}

interface Fixtures {
  readonly live: LiveHost;
}

export const test = base.extend<Fixtures>({
  // eslint-disable-next-line no-empty-pattern -- Playwright reads the wanted fixtures from it.
  live: async ({}, use) => {
    const home = mkdtempSync(join(tmpdir(), 'raftdeck-e2e-'));
    const { child, link } = await serve(home);
    await use({ link, home, kill: () => end(child, 'SIGKILL') });
    // A test may have killed the host; a new one finds the nodes again and ends them with itself.
    const last =
      child.exitCode === null && child.signalCode === null ? child : (await serve(home)).child;
    await end(last, 'SIGTERM');
    rmSync(home, { recursive: true, force: true });
  },
});

test.beforeEach(() => {
  requireTool('chromium', { skip: (why) => test.skip(true, why) });
});

/** Starts `raftdeck serve` and waits for the link that it prints. */
async function serve(
  home: string,
): Promise<{ readonly child: ChildProcess; readonly link: string }> {
  const entry = join(ROOT, 'out', 'node', 'raftdeck.js');
  const child = spawn(process.execPath, [entry, 'serve', '--home', home, '--stop-nodes'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  const link = await new Promise<string>((found, failed) => {
    const late = setTimeout(
      () => failed(new Error(`no link within 30 s: ${printed}`)),
      STARTED_WITHIN_MS,
    );
    const read = (chunk: Buffer): void => {
      printed += chunk.toString();
      const match = /http:\/\/127\.0\.0\.1:\d+\/\S+/.exec(printed);
      if (match === null) return;
      clearTimeout(late);
      found(match[0]);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', (code) => failed(new Error(`serve ended with ${String(code)}: ${printed}`)));
  });
  return { child, link };
}

function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((ended) => {
    child.once('exit', () => ended());
    child.kill(signal);
  });
}

/** A block of free ports that no other test of this run has. */
export async function freePorts(workerIndex: number): Promise<number> {
  const blocks = (LAST_PORT - FIRST_PORT) / BLOCK;
  for (let tried = 0; tried < blocks; tried += 1) {
    const block = (workerIndex * 37 + tried + process.pid) % blocks;
    const first = FIRST_PORT + block * BLOCK;
    const ports = Array.from({ length: BLOCK }, (_, at) => first + at);
    const free = await Promise.all(ports.map(isFree));
    if (free.every(Boolean)) return first;
  }
  throw new Error(`no free block between ${String(FIRST_PORT)} and ${String(LAST_PORT)}`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((answer) => {
    const probe = createServer();
    probe.once('error', () => answer(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => answer(true)));
  });
}

/** Creates a cluster by hand, on `basePort`, and waits until the window shows it with a leader. */
export async function createCluster(page: Page, basePort: number, nodes = 3): Promise<void> {
  await page.getByRole('radio', { name: new RegExp(`^${String(nodes)} node`) }).check();
  await page.getByText('Options').click();
  await page.getByLabel('First port').fill(String(basePort));
  await page.getByRole('button', { name: /^Start a \d-node cluster/ }).click();
  await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible({ timeout: 40_000 });
  await expect(page.getByRole('banner')).toContainText('Healthy', { timeout: 20_000 });
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
    socket.write(`${line}\r\n`);
  });
}

/** The name of the leader as the header has it. */
export async function leaderName(page: Page): Promise<string> {
  const figure = page
    .getByRole('banner')
    .locator('.truth-figure', { hasText: 'Leader' })
    .locator('dd');
  await expect(figure).toContainText('node-', { timeout: 20_000 });
  return (await figure.innerText()).trim();
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
