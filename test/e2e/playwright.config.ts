import { defineConfig } from '@playwright/test';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { findBrowser } from '../browser.mjs';

const browser = findBrowser();

/** The tests that open the window on a scripted host, told by the fixture they take. */
const PAGES = readdirSync(import.meta.dirname).filter((name) => {
  if (!name.endsWith('.spec.ts')) return false;
  const text = readFileSync(join(import.meta.dirname, name), 'utf8');
  const isPage = text.includes("from './fake-page.ts'");
  // Beside another test a cluster of real processes would be short of time, and of free ports.
  if (isPage && /from '\.\/(?:live-window|served-app|shell-window)\.ts'/.test(text)) {
    throw new Error(`${name}: what is tested on a real cluster stands in a file of its own`);
  }
  return isPage;
});

/*
 * End-to-end tests drive the built product. The browser is the one that test/browser.mjs finds; without
 * any, tests that open a page must skip through requireTool('chromium', ...), which prints the reason.
 */
export default defineConfig({
  testDir: '.',
  testMatch: '*.spec.ts',
  globalSetup: './build-fake-page.ts',
  outputDir: join(import.meta.dirname, '..', '..', 'test-results'),
  forbidOnly: process.env['CI'] !== undefined,
  // A test that passes only the second time is a bug in the test or in the product.
  retries: 0,
  workers: 1,
  // Bounds on hanging, not on speed: a busy machine must not make a sound test fail.
  timeout: 120_000,
  expect: { timeout: 20_000 },
  projects: [
    // The window on a scripted host: nothing that two of them could share.
    { name: 'pages', testMatch: PAGES, fullyParallel: true },
    // Every answer comes from a cluster of processes: a deadline is for what never comes.
    { name: 'app', testIgnore: PAGES, timeout: 240_000, expect: { timeout: 20_000 } },
  ],
  use: {
    trace: 'retain-on-failure',
    ...('missing' in browser
      ? {}
      : {
          launchOptions: {
            executablePath: browser.path,
            env: { ...definedEnvironment(), ...browser.env },
          },
        }),
  },
});

function definedEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    ),
  );
}
