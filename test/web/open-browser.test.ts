import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { browserCommand, type BrowserSurroundings } from '../../main/web/open-browser.ts';

const LINK = 'http://127.0.0.1:23000/?token=abc';
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'raftdeck-browser-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function program(name: string): string {
  const path = join(folder, name);
  writeFileSync(path, '');
  chmodSync(path, 0o755);
  return path;
}

function on(change: Partial<BrowserSurroundings>): ReturnType<typeof browserCommand> {
  const env = { PATH: folder, DISPLAY: ':0' };
  return browserCommand(LINK, { platform: 'linux', env, userId: 1000, profile: '/p', ...change });
}

test('a Chromium-family browser opens a window of its own with its own profile', () => {
  program('xdg-open');
  const chromium = program('chromium');
  expect(on({})).toMatchObject({ how: 'window', program: chromium });
  expect(on({})?.args).toContain(`--app=${LINK}`);
  expect(on({})?.args).toContain('--user-data-dir=/p');
});

test('else the link goes to the user’s browser', () => {
  const opener = program('xdg-open');
  expect(on({})).toEqual({ how: 'tab', program: opener, args: [LINK] });
});

test('without a display, or with nothing to open it, the link is only printed', () => {
  expect(on({})).toBeNull();
  program('chromium');
  expect(on({ env: { PATH: folder } })).toBeNull();
});

test('the root user gets no browser: it would run without its sandbox', () => {
  program('chromium');
  expect(on({ userId: 0 })).toBeNull();
});

test('macOS and Windows have one way each', () => {
  expect(on({ platform: 'darwin' })).toEqual({ how: 'tab', program: 'open', args: [LINK] });
  expect(on({ platform: 'win32' })?.program).toBe('rundll32');
});
