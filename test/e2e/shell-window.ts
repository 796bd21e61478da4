import type { Page } from '@playwright/test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { ClusterView } from '../../main/contract/model.ts';
import { IPC_PUSH } from '../../main/contract/wire.ts';
import { END_SIGNALS, startShell } from '../../main/electron/shell.ts';
import { Host } from '../../main/host/host.ts';
import { processEntry } from '../../main/host/process-table.ts';
import { readRendererFiles } from '../../main/host/renderer-files.ts';
import { dialResp } from '../../main/host/resp-dial.ts';
import type { NodeSpawner } from '../../main/host/spawner.ts';
import { invokeAll, preloadInPage } from '../contract/preload-in-page.ts';
import { FakeElectron, type FakeWindow } from '../electron/fake-electron.ts';
import { ROOT } from '../tidy/source-files.ts';

/** Where the page thinks it is: nothing of it leaves this process. */
const ORIGIN = 'https://raftdeck.test';
const OUT = join(ROOT, 'out');

/**
 * The app without Electron's program: its shell, its host, its nodes as utility processes, the built page
 * and the built preload script. Chromium is Playwright's, and what is between them a stand-in.
 */
export class ShellWindow {
  readonly home = mkdtempSync(join(tmpdir(), 'raftdeck-shell-'));
  #electron = new FakeElectron(this.home);
  #host: Host | null = null;
  /** A main process that dies stops no node: they end because it does. */
  #dying = false;

  /** Starts the app, again after it has ended. */
  async start(): Promise<void> {
    this.#electron = new FakeElectron(this.home);
    const before = new Set<unknown>(END_SIGNALS.flatMap((signal) => process.listeners(signal)));
    const started = startShell(this.#electron.api, {
      argv: ['raftdeck'],
      home: null,
      preload: '',
      nodeEntry: join(OUT, 'node', 'raftdeck.js'),
      readFiles: () => readRendererFiles(join(OUT, 'renderer')),
      openHost: (home, spawner) => this.#openHost(home, spawner),
      log: () => undefined,
    });
    this.#electron.app.becomeReady();
    await started;
    // The worker of the tests has its own way to end.
    for (const signal of END_SIGNALS) {
      for (const listener of process.listeners(signal)) {
        if (!before.has(listener)) process.off(signal, listener);
      }
    }
  }

  get window(): FakeWindow {
    const [window] = this.#electron.windows;
    if (window === undefined) throw new Error('no window was opened');
    return window;
  }

  /** Makes `page` the page of the window, with what the shell serves and its own end of the IPC. */
  async show(page: Page, hash = ''): Promise<void> {
    const { webContents } = this.window;
    const { ipcMain, session } = this.#electron;
    const ipc = webContents.ipcRenderer(ipcMain);
    await page.exposeFunction('__invoke', (batch: readonly [string, unknown[]][]) =>
      invokeAll(ipc, batch),
    );
    await page.exposeFunction('__send', (channel: string, args: unknown[]) => {
      ipc.send(channel, ...args);
    });
    await page.addInitScript(preloadInPage());
    const tell = teller(page);
    webContents.page.removeAllListeners(IPC_PUSH);
    webContents.page.on(IPC_PUSH, (_event: unknown, message: unknown) => tell(message));
    await page.route(`${ORIGIN}/**`, async (route) => {
      const { pathname } = new URL(route.request().url());
      const answer = await session.schemes.get('app')?.(new Request(`app://raftdeck${pathname}`));
      if (answer === undefined) throw new Error('the shell serves nothing');
      const body = Buffer.from(await answer.arrayBuffer());
      await route.fulfill({
        status: answer.status,
        headers: Object.fromEntries(answer.headers),
        body,
      });
    });
    await page.goto(`${ORIGIN}/${hash}`);
  }

  /** The main process dies, and its nodes with it. */
  async die(clusterId: string): Promise<void> {
    const pids = this.#view(clusterId).nodes.flatMap(({ pid }) => pid ?? []);
    this.#dying = true;
    await this.#host?.close({ nodes: 'keep' });
    this.#host = null;
    this.#dying = false;
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    // The ports and the locks of one that is still ending are not free.
    while (pids.some((pid) => processEntry(pid)?.state === 'running')) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async stop(): Promise<void> {
    await this.#host?.close({ nodes: 'stop' });
    rmSync(this.home, { recursive: true, force: true });
  }

  #view(clusterId: string): ClusterView {
    let seen: unknown = null;
    this.#host?.subscribe({ topic: 'cluster', clusterId }, (payload) => (seen = payload))();
    if (seen === null) throw new Error(`there is no cluster ${clusterId}`);
    return seen as ClusterView;
  }

  async #openHost(home: string, spawner: NodeSpawner): ReturnType<typeof Host.open> {
    const isDying = (): boolean => this.#dying;
    const opened = await Host.open({
      home,
      spawner: {
        isolation: spawner.isolation,
        get outlivesHost() {
          return isDying();
        },
        spawn: (launch) => spawner.spawn(launch),
        runTool: (args) => spawner.runTool(args),
        attach: (launch, identity) => spawner.attach(launch, identity),
      },
      dial: dialResp,
      checker: join(OUT, 'node', 'history-checker.js'),
      info: { version: '0.0.0', mode: 'electron', modeReason: null },
      log: () => undefined,
    });
    if (opened.ok) this.#host = opened.value;
    return opened;
  }
}

/**
 * Passes messages on to the page, in their order: all that have come by the time the one call before has
 * returned. With a call for each, a slow machine gets further behind with every one.
 */
function teller(page: Page): (message: unknown) => void {
  let waiting: unknown[] = [];
  let isTelling = false;
  const tellAll = async (): Promise<void> => {
    isTelling = true;
    while (waiting.length > 0) {
      const messages = waiting;
      waiting = [];
      // To a page that has just died nothing can be said.
      await page.evaluate(push, [IPC_PUSH, messages] as const).catch(() => undefined);
    }
    isTelling = false;
  };
  return (message) => {
    waiting.push(message);
    if (!isTelling) void tellAll();
  };
}

/** Runs in the page. */
function push([channel, messages]: readonly [string, readonly unknown[]]): void {
  const page = globalThis as unknown as {
    readonly __push: (channel: string, message: unknown) => void;
  };
  for (const message of messages) page.__push(channel, message);
}
