import { defineConfig } from 'vitest/config';

/*
 * Two projects. `unit` is fast and part of `npm run check`; `slow` holds what starts processes or runs
 * for seconds (test files named *.slow.test.ts) and runs only in `npm test`. Tests share one module
 * graph per worker (no isolation: ten times faster here), so a test must not leave global state behind.
 */
export default defineConfig({
  test: {
    pool: 'threads',
    isolate: false,
    maxWorkers: 2,
    setupFiles: ['test/fixed-seed.ts'],
    // A bound on hanging, as those below.
    expect: { poll: { timeout: 20_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.{ts,tsx}'],
          exclude: ['test/**/*.slow.test.{ts,tsx}', 'test/fixtures/**'],
          // A bound on hanging, not on speed: a busy machine must not make a sound test fail.
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'slow',
          include: ['test/**/*.slow.test.{ts,tsx}'],
          globalSetup: 'test/build-first.mjs',
          testTimeout: 240_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
