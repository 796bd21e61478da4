import { expect, type Page, test as base } from '@playwright/test';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { findRendererFile, readRendererFiles } from '../../main/host/renderer-files.ts';
import { securityHeaders } from '../../main/host/security-headers.ts';
import type { FakeHost } from '../../renderer/connection/fake/fake.ts';
import { requireTool } from '../require-tool.ts';
import { ROOT } from '../tidy/source-files.ts';

declare global {
  interface Window {
    fakeHost?: FakeHost;
    /** Panels that are to stop when they are drawn; see renderer/ui/error-boundary.tsx. */
    brokenPanels?: readonly string[];
  }
}

/** What to open: a scenario of the scripted host, and a place in the window. */
export interface Opening {
  readonly scenario: string;
  readonly hash?: string;
  /** In a language whose words are longer; see renderer/ui/pseudo-locale.ts. */
  readonly locale?: 'pseudo';
}

/** What the page complained of, and which of it a test expects. */
interface Complaints {
  readonly texts: string[];
  readonly allow: (pattern: RegExp) => void;
}

interface Fixtures {
  readonly complaints: Complaints;
  readonly open: (opening: Opening) => Promise<void>;
}

interface WorkerFixtures {
  readonly origin: string;
}

/**
 * A page whose host is scripted, served with the headers of the real one. A test fails when the page
 * reports an error, and when it breaks the content security policy.
 */
export const test = base.extend<Fixtures, WorkerFixtures>({
  origin: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads the wanted fixtures from it.
    async ({}, use) => {
      const server = await serve(join(ROOT, 'out', 'renderer-fake'));
      const { port } = server.address() as AddressInfo;
      await use(`http://127.0.0.1:${String(port)}`);
      await new Promise((closed) => server.close(closed));
    },
    { scope: 'worker' },
  ],
  complaints: async ({ page }, use) => {
    const texts: string[] = [];
    const allowed: RegExp[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error') texts.push(message.text());
    });
    page.on('pageerror', (error) => texts.push(error.message));
    await use({ texts, allow: (pattern) => allowed.push(pattern) });
    expect(texts.filter((text) => !allowed.some((pattern) => pattern.test(text)))).toEqual([]);
  },
  open: async ({ page, origin, complaints }, use) => {
    let opened = 0;
    await use(async ({ scenario, hash = '', locale }) => {
      // The scripted host stands still until a test moves it; so does the window's own clock, or a slow
      // machine would see every node fall silent between two keys.
      await page.clock.setFixedTime(new Date());
      // A number of its own: an address that differs in its hash alone would leave the page before as it
      // is, with a clock that has gone on while its host stood still.
      opened += 1;
      const words = locale === undefined ? '' : `&locale=${locale}`;
      await page.goto(`${origin}/?fake=${scenario}&still&opened=${String(opened)}${words}${hash}`);
      await screenShown(page);
      expect(complaints.texts).toEqual([]);
    });
  },
});

test.beforeEach(() => {
  requireTool('chromium', { skip: (why) => test.skip(true, why) });
});

function serve(folder: string): Promise<Server> {
  const files = readRendererFiles(folder);
  const headers = securityHeaders([]);
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://127.0.0.1');
    const file = findRendererFile(files, pathname);
    if (file === undefined) response.writeHead(404, headers).end();
    else response.writeHead(200, { ...headers, 'Content-Type': file.contentType }).end(file.bytes);
  });
  return new Promise((listening) => {
    server.listen(0, '127.0.0.1', () => listening(server));
  });
}

/** Waits for the screen, and for the timeline below it, whose code comes later. */
async function screenShown(page: Page): Promise<void> {
  await expect(page.getByRole('main').getByRole('heading').first()).toBeVisible();
  await expect(page.locator('.shell-dock:empty')).toHaveCount(0);
}

/** Goes to another screen of the open window, and waits until nothing of the one before is left. */
export async function goToScreen(page: Page, hash: string): Promise<void> {
  await page.evaluate((next) => {
    for (const part of document.querySelectorAll('main > *')) part.setAttribute('data-left', '');
    window.location.hash = next;
  }, hash);
  await expect(page.locator('main > [data-left]')).toHaveCount(0);
  await screenShown(page);
}

/** Lets `ms` pass at the scripted host, in the steps in which a real one pushes. */
export async function advance(page: Page, ms: number): Promise<void> {
  await page.evaluate((elapsed) => {
    for (let passed = 0; passed < elapsed; passed += 200) window.fakeHost?.advance(200);
  }, ms);
}
