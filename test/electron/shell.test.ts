import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { parse } from 'yaml';

import { DEFAULT_SETTINGS } from '../../main/contract/settings.ts';
import { END_SIGNALS, startShell, type ShellOptions } from '../../main/electron/shell.ts';
import type { NodeSpawner } from '../../main/host/spawner.ts';
import { homeDirectory } from '../../node-engine/node/home-directory.ts';
import { FakeHost } from '../contract/fake-host.ts';
import { ROOT } from '../tidy/source-files.ts';
import { FakeElectron, type FakeWindow } from './fake-electron.ts';
import { shellHost, shellOptions, type ShellState } from './shell-start.ts';

let folder: string;
let electron: FakeElectron;
let host: FakeHost;
let state: ShellState;
let tellClusters: (clusters: unknown) => void;
let spawner: NodeSpawner | null;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'raftdeck-shell-'));
  mkdirSync(join(folder, 'host'));
  electron = new FakeElectron(folder);
  host = new FakeHost();
  state = { settings: DEFAULT_SETTINGS, runningNodes: 3, closed: [], chosen: [], asked: [] };
  spawner = null;
});

afterEach(() => {
  for (const signal of END_SIGNALS) process.removeAllListeners(signal);
  rmSync(folder, { recursive: true });
});

async function start(
  argv: readonly string[] = ['raftdeck'],
  changed: Partial<ShellOptions> = {},
): Promise<FakeWindow> {
  const openHost: ShellOptions['openHost'] = async (_home, given) => {
    spawner = given;
    const made = shellHost(host, state);
    made.subscribe = (subscription, listener) => {
      if (subscription.topic === 'clusters') tellClusters = listener;
      return host.service.subscribe(subscription, (payload) => {
        if (subscription.topic !== 'clusters') listener(payload);
      });
    };
    return { ok: true, value: made };
  };
  const options = { ...shellOptions(openHost, { argv }), ...changed };
  const started = startShell(electron.api, options);
  electron.app.becomeReady();
  await started;
  const [window] = electron.windows;
  if (window === undefined) throw new Error('no window was opened');
  return window;
}

test('what must come before Electron is ready does', async () => {
  await start();
  expect(electron.app.done.slice(0, 2)).toEqual(['enableSandbox', 'ready']);
  expect(electron.privileged).toEqual([
    { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ]);
});

test('the page runs without any right that it does not need', async () => {
  const window = await start();
  expect(window.options.webPreferences).toEqual({
    preload: '/app/preload.cjs',
    contextIsolation: true,
    sandbox: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    webSecurity: true,
    allowRunningInsecureContent: false,
    experimentalFeatures: false,
    webviewTag: false,
    navigateOnDragDrop: false,
    spellcheck: false,
    devTools: false,
  });
  expect(window.url).toBe('app://raftdeck/');
  expect(window.options.show).toBe(false);
  expect(window.visible).toBe(true);
});

test('no page goes anywhere, opens a window or embeds another page', async () => {
  const { webContents } = await start();
  for (const type of [
    'will-navigate',
    'will-frame-navigate',
    'will-redirect',
    'will-attach-webview',
  ]) {
    let prevented = false;
    webContents.emit(type, { preventDefault: () => (prevented = true) });
    expect([type, prevented]).toEqual([type, true]);
  }
  const links = [
    'https://raft.github.io/',
    'https://raft.github.io:444/',
    'https://user@raft.github.io/',
    'http://raft.github.io/',
    'https://raft.github.io.evil.example/',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'not a link',
  ];
  for (const url of links) {
    expect(webContents.windowOpenHandler?.({ url })).toEqual({ action: 'deny' });
  }
  expect(electron.opened).toEqual(['https://raft.github.io/']);
});

test('to put text on the clipboard is the one permission that there is, and only for our page', async () => {
  await start();
  const granted = (permission: string, url: string, isMainFrame: boolean): unknown[] => {
    const { permissionCheck, permissionRequest } = electron.session;
    let answer: unknown;
    const take = (given: unknown): void => void (answer = given);
    permissionRequest?.(null, permission, take, { requestingUrl: url, isMainFrame });
    return [answer, permissionCheck?.(null, permission, url, { isMainFrame })];
  };
  expect(granted('clipboard-sanitized-write', 'app://raftdeck/', true)).toEqual([true, true]);
  const denied = [
    granted('clipboard-sanitized-write', 'app://raftdeck/', false),
    granted('clipboard-sanitized-write', 'app://raftdeck.evil/', true),
    granted('clipboard-sanitized-write', 'https://evil.example/', true),
    ...['clipboard-read', 'media', 'notifications', 'openExternal', 'fileSystem', 'unknown'].map(
      (permission) => granted(permission, 'app://raftdeck/', true),
    ),
  ];
  expect(denied).toEqual(denied.map(() => [false, false]));
});

test('every device is denied, and every request that leaves the app', async () => {
  await start();
  expect(electron.session.devicePermission?.()).toBe(false);
  const verdicts = [
    'app://raftdeck/x.js',
    'https://evil.example/',
    'file:///etc/passwd',
    'app://other/',
  ].map((url) => {
    let verdict: unknown;
    electron.session.beforeRequest?.({ url }, (given) => (verdict = given));
    return verdict;
  });
  expect(verdicts).toEqual([
    { cancel: false },
    { cancel: true },
    { cancel: true },
    { cancel: true },
  ]);
});

test('the app’s own scheme serves the renderer and nothing else', async () => {
  await start();
  const get = async (url: string, method = 'GET'): Promise<Response | undefined> =>
    electron.session.schemes.get('app')?.(new Request(url, { method }));
  const page = await get('app://raftdeck/');
  expect(await page?.text()).toContain('the page');
  expect(page?.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(page?.headers.get('content-security-policy')).toContain("connect-src 'none'");
  const statuses = [
    await get('app://raftdeck/assets/main.js'),
    await get('app://raftdeck/../../etc/passwd'),
    await get('app://raftdeck/%2e%2e/%2e%2e/etc/passwd'),
    await get('app://elsewhere/index.html'),
    await get('app://raftdeck/index.html', 'POST'),
  ].map((response) => response?.status);
  expect(statuses).toEqual([200, 404, 404, 404, 405]);
});

test('a file that was offered is handed to Electron to be saved, whole or not at all', async () => {
  const bytes = Buffer.from('the whole file');
  let cut = false;
  host.download = async (token) => ({
    ok: true,
    value: {
      ...{ fileName: `${token}.bin`, sizeBytes: bytes.length },
      send: async (sink) => {
        await sink(bytes.subarray(0, 4));
        if (cut) return { ok: false, error: { code: 'E_UNREACHABLE', message: 'node-1 is gone' } };
        await sink(bytes.subarray(4));
        return { ok: true, value: null };
      },
    },
  });
  await start();
  const get = async (): Promise<Response | undefined> =>
    electron.session.schemes.get('app')?.(new Request('app://raftdeck/download/abc'));
  const whole = await get();
  expect(whole?.headers.get('content-disposition')).toBe('attachment; filename="abc.bin"');
  expect(await whole?.text()).toBe('the whole file');
  cut = true;
  await expect((await get())?.text()).rejects.toThrow('node-1 is gone');
});

test('nodes are utility processes, which end with the app', async () => {
  await start();
  expect(spawner?.isolation).toBe('process');
  expect(spawner?.outlivesHost).toBe(false);
});

test('a second start shows the first one’s window and is gone', async () => {
  electron.app.isFirst = false;
  await startShell(
    electron.api,
    shellOptions(() => Promise.reject(new Error('must not be opened'))),
  );
  expect(electron.app.done).toEqual(['exit 0']);
  electron = new FakeElectron(folder);
  const window = await start();
  window.minimized = true;
  window.visible = false;
  electron.app.emit('second-instance', {}, ['raftdeck']);
  expect([window.minimized, window.visible, electron.windows.length]).toEqual([false, true, 1]);
});

test('a host that cannot be opened is said in a box, and the app ends', async () => {
  const started = startShell(
    electron.api,
    shellOptions(async () => ({
      ok: false,
      error: { code: 'E_STATE', message: 'Another one runs.' },
    })),
  );
  electron.app.becomeReady();
  await started;
  expect(electron.errors).toEqual(['Raftdeck cannot start: Another one runs.']);
  expect(electron.app.done.at(-1)).toBe('exit 1');
});

test('a page that dies is loaded again; one that dies again and again asks first', async () => {
  const { webContents } = await start();
  const die = (reason: string): boolean =>
    webContents.emit('render-process-gone', {}, { reason, exitCode: 5 });
  die('crashed');
  die('oom');
  expect([webContents.reloads, electron.questions]).toEqual([2, []]);
  electron.answer = { response: 1, checkboxChecked: false };
  die('crashed');
  await expect.poll(() => electron.questions).toHaveLength(1);
  expect(electron.questions[0]).toContain('has died 3 times within a minute (crashed)');
  expect(webContents.reloads).toBe(2);
  // What comes after the answer is counted from the start.
  electron.answer = { response: 0, checkboxChecked: false };
  for (let death = 0; death < 3; death += 1) die('killed');
  await expect.poll(() => webContents.reloads).toBe(5);
  die('clean-exit');
  expect([webContents.reloads, electron.questions.length]).toEqual([5, 2]);
  expect(state.closed).toEqual([]);
});

test('closing the window asks what becomes of the nodes; cancel keeps everything', async () => {
  const window = await start();
  expect(window.close()).toBe(false);
  await expect.poll(() => electron.questions).toEqual(['3 nodes are running.']);
  expect([window.visible, state.closed]).toEqual([true, []]);
});

test('"stop" stops the nodes and quits', async () => {
  const window = await start();
  electron.answer = { response: 0, checkboxChecked: false };
  window.close();
  await expect.poll(() => electron.app.done.at(-1)).toBe('quit');
  expect(state.closed).toEqual(['stop']);
  expect(state.settings.quit).toBe('ask');
});

test('"keep" hides the window and leaves a way back', async () => {
  const window = await start();
  electron.answer = { response: 1, checkboxChecked: true };
  window.close();
  await expect.poll(() => electron.trays).toHaveLength(1);
  expect([window.visible, state.closed, state.settings.quit]).toEqual([false, [], 'keep']);
  electron.app.emit('second-instance', {}, ['raftdeck']);
  expect([window.visible, electron.trays[0]?.destroyed]).toEqual([true, true]);
  // The answer was to be remembered.
  window.close();
  await expect.poll(() => electron.trays).toHaveLength(2);
  expect(electron.questions).toHaveLength(1);
});

test('the tray’s last entry stops the nodes and quits', async () => {
  state.settings = { ...state.settings, quit: 'keep' };
  const window = await start();
  window.close();
  await expect.poll(() => electron.trays).toHaveLength(1);
  const quit = electron.trays[0]?.menu[1]?.click as (() => void) | undefined;
  quit?.();
  await expect.poll(() => electron.app.done.at(-1)).toBe('quit');
  expect(state.closed).toEqual(['stop']);
});

test('the icon in the tray stays while the window is shown only where that is chosen', async () => {
  await start();
  expect(electron.trays).toHaveLength(0);
  state.settings = { ...state.settings, tray: true };
  host.push({ topic: 'settings' }, state.settings);
  expect(electron.trays).toHaveLength(1);
  electron.app.emit('second-instance', {}, ['raftdeck']);
  expect(electron.trays[0]?.destroyed).toBe(false);
  state.settings = { ...state.settings, tray: false };
  host.push({ topic: 'settings' }, state.settings);
  expect(electron.trays[0]?.destroyed).toBe(true);
});

test('high contrast is light or dark as the system is', async () => {
  state.settings = { ...state.settings, theme: 'dark' };
  await start();
  expect(electron.nativeTheme.themeSource).toBe('dark');
  state.settings = { ...state.settings, theme: 'contrast' };
  host.push({ topic: 'settings' }, state.settings);
  expect(electron.nativeTheme.themeSource).toBe('system');
});

test('a notification comes where it was asked for and nobody looks', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const window = await start();
  const lose = (): void => {
    for (const health of ['healthy', 'no-leader'] as const) {
      tellClusters([{ id: 'c1', name: 'orders', health, sentence: '', nodesUp: 3, nodes: 3 }]);
      vi.advanceTimersByTime(60_000);
    }
  };
  lose();
  expect(electron.notifications).toEqual([]);
  state.settings = { ...state.settings, notify: true };
  lose();
  expect(electron.notifications).toEqual(['orders: there is a leader again', 'orders: no leader']);
  window.focused = true;
  lose();
  expect(electron.notifications).toHaveLength(2);
  vi.useRealTimers();
});

test('without running nodes nothing is asked', async () => {
  state.runningNodes = 0;
  const window = await start();
  window.close();
  await expect.poll(() => electron.app.done.at(-1)).toBe('quit');
  expect([electron.questions, state.closed]).toEqual([[], ['stop']]);
});

test('quitting from the menu goes the same way, and is asked once', async () => {
  await start();
  electron.answer = { response: 0, checkboxChecked: false };
  electron.app.quit();
  electron.app.quit();
  await expect.poll(() => electron.app.done.at(-1)).toBe('quit');
  expect([electron.questions.length, state.closed]).toEqual([1, ['stop']]);
});

test('the window comes back where it was', async () => {
  const window = await start();
  expect(window.options).toMatchObject({ width: 1280, height: 800 });
  state.runningNodes = 0;
  window.close();
  await expect.poll(() => electron.app.done.at(-1)).toBe('quit');
  electron = new FakeElectron(folder);
  const again = await start();
  expect(again.options).toMatchObject({ x: 10, y: 20, width: 1000, height: 700 });
});

test.each(END_SIGNALS)('%s stops the nodes and quits, and nobody is asked', async (signal) => {
  await start();
  process.emit(signal);
  process.emit(signal);
  await expect.poll(() => electron.app.done.at(-1)).toBe('quit');
  expect([electron.questions, state.closed]).toEqual([[], ['stop']]);
});

test('a host that cannot end its nodes does not keep the app, and is told of', async () => {
  const lines: string[] = [];
  const options = shellOptions(
    async () => {
      const close = (): Promise<void> => Promise.reject(new Error('the disk is gone'));
      return {
        ok: true,
        value: { ...shellHost(host, state), close, subscribe: () => () => undefined },
      };
    },
    { log: (line) => lines.push(line) },
  );
  const started = startShell(electron.api, options);
  electron.app.becomeReady();
  await started;
  process.emit('SIGTERM');
  await expect.poll(() => electron.app.done.at(-1)).toBe('quit');
  expect(lines).toEqual(['The nodes did not end as they should: the disk is gone']);
});

test('a home that was asked for holds what Electron keeps too: two homes are two apps', async () => {
  const home = join(folder, 'elsewhere');
  mkdirSync(join(home, 'host'), { recursive: true });
  await start(['raftdeck'], { home });
  const profile = join(home, 'window');
  // Who is alone is decided by where that is, so it comes first.
  expect(electron.app.done[0]).toBe(`userData ${profile}`);
  expect(statSync(profile).mode & 0o777).toBe(0o700);
});

test.each(['linux', 'darwin', 'win32'] as const)(
  'on %s the folder that Electron keeps for the app is the home of the command line',
  (platform) => {
    // Electron names it after the product, and after the package where there is none.
    const { productName, name } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      productName?: string;
      name: string;
    };
    const home = homeDirectory({ flag: null, env: {}, platform });
    expect(basename(home)).toBe(productName ?? name);
  },
);

test('a home that cannot be made is for the host to complain of', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  await start(['raftdeck'], { home: join(file, 'home') });
  expect(electron.app.done.filter((done) => done.startsWith('userData'))).toEqual([]);
});

test('towards Windows the packaged app has the name of its shortcut', async () => {
  vi.spyOn(process, 'platform', 'get').mockReturnValue('win32');
  try {
    await start();
    const { appId } = parse(readFileSync(join(ROOT, 'electron-builder.yml'), 'utf8')) as {
      appId: string;
    };
    expect(electron.app.done[0]).toBe(`id ${appId}`);
  } finally {
    vi.restoreAllMocks();
  }
});

test('a window that is ended while its page loads is left alone', async () => {
  let fail: (error: Error) => void = () => undefined;
  electron.loading = new Promise((_resolve, reject) => (fail = reject));
  const window = await start();
  window.destroy();
  const shown = vi.spyOn(window, 'show');
  fail(new Error('ERR_FAILED'));
  await new Promise((resolve) => setImmediate(resolve));
  expect(shown).not.toHaveBeenCalled();
});
