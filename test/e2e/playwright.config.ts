import { defineConfig } from '@playwright/test';
import { join } from 'node:path';

import { findBrowser } from '../browser.mjs';

const browser = findBrowser();

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
  // One at a time: each test runs an app with a cluster of real processes, and the two would look for
  // the same free ports at the same moment.
  workers: 1,
  timeout: 60_000,
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
