import type { BrowserWindowConstructorOptions, CustomScheme, Session } from 'electron';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { DEFAULT_SETTINGS } from '../../main/contract/settings.ts';
import { APP_ORIGIN } from '../../main/electron/electron-api.ts';
import { Guard } from '../../main/electron/guard.ts';
import { isolationFault } from '../../main/electron/isolation.ts';
import { stopLoudly } from '../../main/electron/loud-stop.ts';
import { switchesFault, webPreferences } from '../../main/electron/rules.ts';
import { END_SIGNALS, startShell, type ShellOptions } from '../../main/electron/shell.ts';
import { FakeHost } from '../contract/fake-host.ts';
import { FakeContents, FakeElectron, type FakeWindow } from './fake-electron.ts';
import { shellHost, shellOptions } from './shell-start.ts';

/* Each rule of the shell, broken: the app has to see it and end. */

let folder: string;
let electron: FakeElectron;
let host: FakeHost;
let closed: string[];
let lines: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'raftdeck-rules-'));
  mkdirSync(join(folder, 'host'));
  electron = new FakeElectron(folder);
  host = new FakeHost();
  closed = [];
  lines = [];
});

afterEach(() => {
  for (const signal of END_SIGNALS) process.removeAllListeners(signal);
  rmSync(folder, { recursive: true });
});

async function begin(): Promise<void> {
  const openHost: ShellOptions['openHost'] = async () => {
    const made = shellHost(host, {
      ...{ settings: DEFAULT_SETTINGS, runningNodes: 3, chosen: [], asked: [] },
      closed,
    });
    made.subscribe = (subscription, listener) => {
      const isClusters = subscription.topic === 'clusters';
      return host.service.subscribe(subscription, (given) => listener(isClusters ? [] : given));
    };
    return { ok: true, value: made };
  };
  const log = (line: string): void => void lines.push(line);
  const started = startShell(electron.api, shellOptions(openHost, { log }));
  electron.app.becomeReady();
  await started;
}

async function start(): Promise<FakeWindow> {
  await begin();
  const [window] = electron.windows;
  if (window === undefined) throw new Error('no window was opened');
  return window;
}

/** The app has ended, and said why, with every window gone and the nodes stopped. */
async function expectStop(reason: string): Promise<void> {
  await expect.poll(() => electron.app.done.at(-1)).toBe('exit 70');
  expect(lines).toContain(`A rule of the app was broken, so it ends: ${reason}`);
  expect(electron.errors).toEqual([expect.stringContaining(`Raftdeck has stopped: ${reason}`)]);
  expect(electron.windows).toEqual([]);
  expect(closed).toEqual(['stop']);
}

test('an app that keeps its rules goes on', async () => {
  const window = await start();
  for (const event of ['did-navigate', 'did-frame-navigate']) {
    window.webContents.emit(event, {}, `${APP_ORIGIN}/#/overview/c1`);
  }
  expect([electron.errors, lines, closed]).toEqual([[], [], []]);
  expect(electron.windows).toHaveLength(1);
});

describe('a page', () => {
  test.each([
    ['did-navigate', 'https://evil.example/a?b', 'A page has gone to https://evil.example.'],
    ['did-navigate', 'file:///etc/passwd', 'A page has gone to file://.'],
    ['did-frame-navigate', 'https://evil.example/', 'A page has gone to https://evil.example.'],
    ['did-frame-navigate', 'app://raftdeck.evil/', 'A page has gone to app://raftdeck.evil.'],
    ['did-frame-navigate', 'nowhere', 'A page has gone to an address that is none.'],
  ])('that has got away (%s to %s) ends the app', async (event, url, reason) => {
    (await start()).webContents.emit(event, {}, url);
    await expectStop(reason);
  });

  test.each([
    ['did-create-window', 'A page has opened a window.'],
    ['did-attach-webview', 'A page has embedded another one.'],
  ])('that has made another one (%s) ends the app', async (event, reason) => {
    (await start()).webContents.emit(event, {});
    await expectStop(reason);
  });

  test('that its preload script has refused ends the app', async () => {
    const error = new Error('The page has no sandbox.');
    (await start()).webContents.emit('preload-error', {}, '/app/preload.cjs', error);
    await expectStop('The preload script has refused its page: The page has no sandbox.');
  });

  test.each(['window', 'webview', 'browserView', 'offscreen', 'remote'])(
    'of the kind %s that the app did not make ends it',
    async (type) => {
      await start();
      const contents = new FakeContents(electron.session);
      contents.type = type;
      electron.app.emit('web-contents-created', {}, contents);
      await expectStop(`A page of the kind “${type}” came to be that the app did not make.`);
    },
  );

  test('in a window that the app did not make ends with it', async () => {
    await start();
    const { BrowserWindow } = electron.api;
    new BrowserWindow({ show: true });
    await expectStop('A page of the kind “window” came to be that the app did not make.');
  });

  test('of the developer tools may come where the app is run from its sources', async () => {
    electron.app.isPackaged = false;
    await start();
    const contents = new FakeContents(electron.session);
    contents.type = 'remote';
    electron.app.emit('web-contents-created', {}, contents);
    expect(electron.errors).toEqual([]);
  });

  test('of another origin that sends a message ends the app', async () => {
    const { webContents } = await start();
    const ipc = webContents.ipcRenderer(electron.ipcMain, { origin: 'https://evil.example' });
    await ipc.invoke('raftdeck:call', 'appInfo', {});
    await expectStop('A page of https://evil.example has sent the app a message.');
    expect(host.calls).toEqual([]);
  });
});

describe('what denies stays:', () => {
  test.each([
    'setPermissionRequestHandler',
    'setPermissionCheckHandler',
    'setDevicePermissionHandler',
    'setDisplayMediaRequestHandler',
    'setCertificateVerifyProc',
  ])('%s of the session, called again, ends the app', async (name) => {
    await start();
    const before = electron.session.permissionCheck;
    const session = electron.session as unknown as Record<string, (handler: unknown) => void>;
    session[name]?.(() => true);
    await expectStop(`${name} was called a second time.`);
    expect(electron.session.permissionCheck).toBe(before);
  });

  test('a page whose way to open windows is changed ends the app', async () => {
    const { webContents } = await start();
    webContents.setWindowOpenHandler(() => ({ action: 'allow' }));
    await expectStop('setWindowOpenHandler was called a second time.');
    expect(webContents.windowOpenHandler?.({ url: 'https://evil.example/' })).toEqual({
      action: 'deny',
    });
  });
});

/** A guard by itself, with a session that denies. */
function guard(): { readonly guard: Guard; readonly broken: string[] } {
  const broken: string[] = [];
  const made = new Guard(electron.api, (sentence) => broken.push(sentence));
  made.watch();
  made.sealSession(electron.session as unknown as Session);
  return { guard: made, broken };
}

describe('a window that was to be made', () => {
  const RIGHT = webPreferences('/app/preload.cjs', true);
  beforeEach(() => electron.app.becomeReady());

  const make = (webPreferences: BrowserWindowConstructorOptions['webPreferences']): string[] => {
    const { guard: made, broken } = guard();
    const window = made.makeWindow({ ...(webPreferences === undefined ? {} : { webPreferences }) });
    expect(window === null).toBe(broken.length > 0);
    expect(electron.windows).toHaveLength(window === null ? 0 : 1);
    return broken;
  };

  test('as it must be is made', () => {
    expect(make(RIGHT)).toEqual([]);
  });

  test.each([
    ['contextIsolation', false],
    ['sandbox', false],
    ['nodeIntegration', true],
    ['nodeIntegrationInWorker', true],
    ['nodeIntegrationInSubFrames', true],
    ['webSecurity', false],
    ['allowRunningInsecureContent', true],
    ['experimentalFeatures', true],
    ['webviewTag', true],
    ['navigateOnDragDrop', true],
  ] as const)('with %s %s is not, nor with it left out', (name, value) => {
    expect(make({ ...RIGHT, [name]: value })).toEqual([
      `A window was to be made with ${name} ${String(value)}.`,
    ]);
    const rest = Object.fromEntries(Object.entries(RIGHT).filter(([other]) => other !== name));
    expect(make(rest)).toEqual([`A window was to be made with ${name} undefined.`]);
  });

  test.each(['enableBlinkFeatures', 'partition', 'plugins', 'offscreen', 'additionalArguments'])(
    'with %s is not',
    (name) => {
      expect(make({ ...RIGHT, [name]: 'x' })).toEqual([
        `A window was to be made with ${name}, which none may have.`,
      ]);
    },
  );

  test('with developer tools is not, once the app is packaged', () => {
    expect(make({ ...RIGHT, devTools: true })).toEqual([
      'A window was to be made with developer tools.',
    ]);
    electron.app.isPackaged = false;
    expect(make({ ...RIGHT, devTools: true })).toEqual([]);
  });

  test('in a session that denies nothing is seen', () => {
    const broken: string[] = [];
    const made = new Guard(electron.api, (sentence) => broken.push(sentence));
    made.watch();
    made.makeWindow({ webPreferences: RIGHT });
    expect(broken).toEqual(['A page came to be in a session that denies nothing.']);
  });

  test('after a rule was broken is not', () => {
    const { guard: made, broken } = guard();
    made.broken('One.');
    expect(made.makeWindow({ webPreferences: RIGHT })).toBeNull();
    made.broken('Two.');
    expect(broken).toEqual(['One.']);
  });
});

describe('an answer to the page', () => {
  test.each([
    'Content-Security-Policy',
    'X-Content-Type-Options',
    'X-Frame-Options',
    'Referrer-Policy',
    'Cross-Origin-Opener-Policy',
  ])('without its %s ends the app and is not given', async (name) => {
    await start();
    const answer = await electron.session.schemes.get('app')?.(new Request(`${APP_ORIGIN}/`));
    const { guard: made, broken } = guard();
    if (answer === undefined) throw new Error('no answer');
    expect(made.checkAnswer(answer)).toBe(answer);
    answer.headers.delete(name);
    expect(made.checkAnswer(answer).type).toBe('error');
    expect(broken).toEqual([`An answer to the page had no ${name} as it must be.`]);
  });

  test('with a weaker policy ends the app', () => {
    const { guard: made, broken } = guard();
    const headers = { 'Content-Security-Policy': "default-src 'self' 'unsafe-inline'" };
    made.checkAnswer(new Response('', { headers }));
    expect(broken).toEqual(['An answer to the page had no Content-Security-Policy as it must be.']);
  });
});

test.each<[CustomScheme, string]>([
  [
    { scheme: 'app', privileges: { standard: true, secure: true, bypassCSP: true } },
    'The page’s scheme was to be given bypassCSP.',
  ],
  [
    { scheme: 'app', privileges: { allowServiceWorkers: true } },
    'The page’s scheme was to be given allowServiceWorkers.',
  ],
  [{ scheme: 'file' }, 'The scheme file was to be given privileges.'],
])('a scheme with too much (%j) is not declared', (scheme, reason) => {
  const { guard: made, broken } = guard();
  made.declareSchemes([scheme]);
  expect([broken, electron.privileged]).toEqual([[reason.replace('’', "'")], []]);
});

test.each([
  'remote-debugging-port',
  'remote-debugging-pipe',
  'disable-web-security',
  'allow-running-insecure-content',
  'disable-site-isolation-trials',
  'load-extension',
])('a packaged app that is started with --%s ends before it opens anything', async (name) => {
  electron.app.switches.add(name);
  await begin();
  await expect.poll(() => electron.app.done.at(-1)).toBe('exit 70');
  expect(electron.errors).toEqual([expect.stringContaining(`It was started with --${name}.`)]);
  expect([electron.windows, closed]).toEqual([[], []]);
  // Whoever runs it from its sources may look into it.
  expect(switchesFault((given) => given === name, false)).toBeNull();
});

test('the preload script refuses a page that is not kept apart', () => {
  const apart = { sandboxed: true, contextIsolated: true, isMainFrame: true };
  expect(isolationFault(apart)).toBeNull();
  // Electron leaves `sandboxed` out where there is no sandbox.
  const open = [
    { contextIsolated: true, isMainFrame: true },
    { ...apart, contextIsolated: false },
    { ...apart, isMainFrame: false },
  ].map(isolationFault);
  expect(open).toEqual([
    'The page has no sandbox.',
    'The page and its preload script are not apart.',
    'A frame inside the page was given the preload script.',
  ]);
});

test('nodes that do not end keep the app from ending for ten seconds and no longer', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const stuck = { close: () => new Promise<void>(() => undefined) };
    const stopping = stopLoudly(electron.api, 'Why.', { host: stuck, log: () => undefined });
    await vi.advanceTimersByTimeAsync(9_999);
    expect(electron.app.done).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    await stopping;
    expect(electron.app.done).toEqual(['exit 70']);
  } finally {
    vi.useRealTimers();
  }
});
