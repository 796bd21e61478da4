import { expect, test } from 'vitest';

import { homeArgument } from '../../main/electron/home-argument.ts';
import { fitBounds } from '../../main/electron/window-bounds.ts';

const SCREENS = [
  { x: 0, y: 0, width: 1920, height: 1080 },
  { x: 1920, y: 0, width: 1280, height: 1024 },
];

test.each<[string, unknown, object]>([
  ['nothing saved', null, { width: 1280, height: 800 }],
  ['no rectangle', { x: 'a' }, { width: 1280, height: 800 }],
  [
    'on the second screen',
    { x: 2000, y: 50, width: 1000, height: 700 },
    { x: 2000, y: 50, width: 1000, height: 700 },
  ],
  [
    'on a screen that is gone',
    { x: 5000, y: 50, width: 1000, height: 700 },
    { width: 1000, height: 700 },
  ],
  ['too small', { x: 0, y: 0, width: 10, height: 10 }, { x: 0, y: 0, width: 960, height: 600 }],
  [
    'above the screen, where no title bar can be grasped',
    { x: 0, y: -50, width: 1000, height: 700 },
    { width: 1000, height: 700 },
  ],
])('%s', (_name, saved, bounds) => {
  expect(fitBounds(saved, SCREENS)).toEqual(bounds);
});

test('the home comes from the flag, else from the environment, else from Electron', () => {
  expect(homeArgument(['electron', '.', '--home', '/a'], { RAFTDECK_HOME: '/b' })).toBe('/a');
  expect(homeArgument(['electron', '.', '--home=/a'], {})).toBe('/a');
  expect(homeArgument(['electron', '.'], { RAFTDECK_HOME: '/b' })).toBe('/b');
  expect(homeArgument(['electron', '.'], {})).toBeNull();
});
