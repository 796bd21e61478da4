import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { DEFAULT_SETTINGS } from '../../main/contract/settings.ts';
import { outsideWord } from '../../main/electron/from-outside.ts';
import { END_SIGNALS, startShell } from '../../main/electron/shell.ts';
import { FakeHost } from '../contract/fake-host.ts';
import { FakeElectron } from './fake-electron.ts';
import { shellHost, shellOptions, type ShellState } from './shell-start.ts';

let folder: string;
let electron: FakeElectron;
let state: ShellState;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'raftdeck-outside-'));
  mkdirSync(join(folder, 'host'));
  electron = new FakeElectron(folder);
  state = { settings: DEFAULT_SETTINGS, runningNodes: 0, closed: [], chosen: [], asked: [] };
});

afterEach(() => {
  for (const signal of END_SIGNALS) process.removeAllListeners(signal);
  rmSync(folder, { recursive: true });
});

/** Starts the shell; what happens `before` it is ready happens then. */
async function start(argv: readonly string[], before: () => void = () => undefined): Promise<void> {
  const made = shellHost(new FakeHost(), state);
  made.subscribe = () => () => undefined;
  const options = shellOptions(async () => ({ ok: true, value: made }), { argv });
  const started = startShell(electron.api, options);
  before();
  electron.app.becomeReady();
  await started;
}

/** What the page would be asked. */
function asked(): unknown[] {
  return state.asked.flatMap(({ request }) => (request === null ? [] : [request.ask]));
}

const SETTINGS = { kind: 'show', target: { screen: 'settings' } };

test.each([
  ['no word', ['raftdeck'], null],
  ['a switch', ['raftdeck', '--home', '/tmp/x'], null],
  [
    'a link',
    ['raftdeck', '--', 'raftdeck://clusters'],
    { type: 'link', text: 'raftdeck://clusters' },
  ],
  ['a link in capitals', ['r', 'RAFTDECK:x'], { type: 'link', text: 'RAFTDECK:x' }],
  [
    'the first of two links',
    ['r', 'raftdeck:a', 'raftdeck:b'],
    { type: 'link', text: 'raftdeck:a' },
  ],
  ['a file', ['r', '/x/a.raftdeck-recording'], { type: 'file', path: '/x/a.raftdeck-recording' }],
  [
    'a file as an address',
    ['r', 'file:///x/a%20b.raftdeck-recording'],
    { type: 'file', path: '/x/a b.raftdeck-recording' },
  ],
  [
    'a file of another machine',
    ['r', 'file://there/a.raftdeck-recording'],
    { type: 'file', path: 'file://there/a.raftdeck-recording' },
  ],
  [
    'a file by its name',
    ['r', 'a.raftdeck-recording'],
    { type: 'file', path: resolve('a.raftdeck-recording') },
  ],
  ['the program itself', ['/x/a.raftdeck-recording'], null],
  ['a switch that looks like a file', ['r', '--x=a.raftdeck-recording'], null],
])('among the words of a start, %s', (_what, argv, found) => {
  expect(outsideWord(argv)).toEqual(found);
});

test('a link that starts the app is asked about once there is a page', async () => {
  await start(['raftdeck', '--', 'raftdeck://settings']);
  expect(asked()).toEqual([SETTINGS]);
});

test('a link that comes with a second start shows the window and is asked about', async () => {
  await start(['raftdeck']);
  const [window] = electron.windows;
  if (window === undefined) throw new Error('no window was opened');
  window.visible = false;
  electron.app.emit('second-instance', {}, ['raftdeck', 'raftdeck://settings'], folder);
  expect([window.visible, asked()]).toEqual([true, [SETTINGS]]);
  electron.app.emit('second-instance', {}, ['raftdeck'], folder);
  expect(asked()).toHaveLength(1);
});

test('a file that comes with a second start is looked for where that start was made', async () => {
  const elsewhere = join(folder, 'elsewhere');
  mkdirSync(elsewhere);
  writeFileSync(join(elsewhere, 'lab.raftdeck-recording'), 'bytes');
  await start(['raftdeck']);
  electron.app.emit('second-instance', {}, ['raftdeck', 'lab.raftdeck-recording'], elsewhere);
  const ask = { kind: 'recording', fileName: 'lab.raftdeck-recording', sizeBytes: 5 };
  await expect.poll(() => asked()).toEqual([ask]);
});

test('a link as macOS hands it over is taken before and after the app is ready', async () => {
  let prevented = 0;
  const event = { preventDefault: () => (prevented += 1) };
  await start(['raftdeck'], () => electron.app.emit('open-url', event, 'raftdeck://settings'));
  expect(asked()).toEqual([SETTINGS]);
  electron.app.emit('open-url', event, 'raftdeck://settings?x');
  // The first one waits for its answer.
  expect([prevented, asked().length]).toEqual([2, 1]);
});

test('a link that is none is refused in words, and nothing is done', async () => {
  await start(['raftdeck', 'raftdeck://kill/c1/2']);
  expect(asked()).toEqual([
    { kind: 'refused', what: 'link', why: expect.stringContaining('nothing else') as string },
  ]);
});

test('a recording as the system hands it over is asked about', async () => {
  const path = join(folder, 'lab.raftdeck-recording');
  writeFileSync(path, 'bytes');
  await start(['raftdeck']);
  electron.app.emit('open-file', { preventDefault: () => undefined }, path);
  const ask = { kind: 'recording', fileName: 'lab.raftdeck-recording', sizeBytes: 5 };
  await expect.poll(() => asked()).toEqual([ask]);
});

test.each([
  // Behind `--` a link cannot be taken for a switch.
  ['win32', true, [`links raftdeck ${process.execPath} --`]],
  // A checkout has no program of its own.
  ['win32', false, []],
  // The package has told the system.
  ['linux', true, []],
  ['darwin', true, []],
])(
  'on %s, packaged: %s, the app registers itself for links as needed',
  async (platform, isPackaged, said) => {
    vi.spyOn(process, 'platform', 'get').mockReturnValue(platform as NodeJS.Platform);
    try {
      electron.app.isPackaged = isPackaged;
      await start(['raftdeck']);
      expect(electron.app.done.filter((done) => done.startsWith('links'))).toEqual(said);
    } finally {
      vi.restoreAllMocks();
    }
  },
);
