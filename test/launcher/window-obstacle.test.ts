import { expect, test } from 'vitest';

import { windowObstacle } from '../../main/launcher/window-obstacle.mjs';

const LINUX = { platform: 'linux', env: { DISPLAY: ':0' }, userId: 1000, sandbox: true };

test('nothing is in the way of a window on a desktop', () => {
  expect(windowObstacle(LINUX)).toBeUndefined();
  expect(windowObstacle({ ...LINUX, env: { WAYLAND_DISPLAY: 'wayland-0' } })).toBeUndefined();
  expect(windowObstacle({ platform: 'darwin', env: {}, userId: 0, sandbox: true })).toBeUndefined();
});

test('without a display the reason is the display', () => {
  expect(windowObstacle({ ...LINUX, env: { DISPLAY: '' } })).toMatch(/no display/);
});

test("root is told about Electron's sandbox, unless it was switched off by hand", () => {
  expect(windowObstacle({ ...LINUX, userId: 0 })).toMatch(/root/);
  expect(windowObstacle({ ...LINUX, userId: 0, sandbox: false })).toBeUndefined();
});
