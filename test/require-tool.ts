import { spawnSync } from 'node:child_process';

import { electronBinary } from '../main/launcher/electron-binary.mjs';
import { findBrowser, findProgram } from './browser.mjs';
import { ROOT } from './tidy/source-files.ts';

/*
 * How a test says that it needs a program of the machine. Where the program is missing the test is
 * skipped with a printed reason; where RAFTDECK_REQUIRE names it (a comma-separated list, set in
 * continuous integration) the test fails instead, so that a skip can never hide there.
 */

/** Where a tool is, or why it is not. */
export type Tool = { readonly path: string } | { readonly missing: string };

/** Looks for a tool: `chromium`, `electron`, `python3-redis`, or any program on the PATH. */
export function findTool(name: string): Tool {
  if (name === 'electron') return electronBinary(ROOT);
  if (name === 'chromium') return findBrowser();
  if (name === 'python3-redis') return pythonWithRedis();
  const path = findProgram(name);
  return path === undefined ? { missing: `${name} is not installed` } : { path };
}

/** Whether RAFTDECK_REQUIRE says that this machine must have the tool. */
export function isRequired(name: string): boolean {
  const required = process.env['RAFTDECK_REQUIRE'] ?? '';
  return required.split(',').some((item) => item.trim() === name);
}

/**
 * The path of a tool; skips the test when the tool is missing.
 *
 * In Vitest pass the test's context, in Playwright `{ skip: (why) => test.skip(true, why) }`.
 *
 * @throws when the tool is missing although RAFTDECK_REQUIRE names it
 */
export function requireTool(name: string, context: { skip: (reason: string) => unknown }): string {
  const tool = findTool(name);
  if ('path' in tool) return tool.path;
  if (isRequired(name)) {
    throw new Error(`RAFTDECK_REQUIRE names ${name}, but: ${tool.missing}`);
  }
  context.skip(tool.missing);
  throw new Error(`the test goes on without ${name}: skip() must end it`);
}

/** A Python that has redis-py: the system's own, for another one before it may not have it. */
function pythonWithRedis(): Tool {
  for (const python of ['/usr/bin/python3', 'python3']) {
    if (spawnSync(python, ['-c', 'import redis.cluster']).status === 0) return { path: python };
  }
  return { missing: 'python3-redis is not installed' };
}
