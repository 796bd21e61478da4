import type { BrowserWindow, Tray } from 'electron';
import { join } from 'node:path';

import type { Result } from '../contract/errors.ts';
import type { HostService } from '../host/client-session.ts';
import { causeOf } from '../host/failure.ts';
import type { RendererFiles } from '../host/renderer-files.ts';
import type { NodeSpawner } from '../host/spawner.ts';
import { declareAppScheme, serveApp } from './app-protocol.ts';
import { APP_ID, type ElectronApi } from './electron-api.ts';
import { OutsideInbox, type OutsideTaker, outsideWord, registerLinks } from './from-outside.ts';
import { Guard } from './guard.ts';
import { hardenContents, hardenSession } from './harden.ts';
import { keepProfileIn } from './home-argument.ts';
import { bindIpc } from './ipc.ts';
import { stopLoudly } from './loud-stop.ts';
import { setMenu } from './menu.ts';
import { notifyOfEdges } from './notifications.ts';
import { reloadAfterCrash } from './page-crashes.ts';
import { askOnQuit, type QuitHost } from './quit.ts';
import { showTray } from './tray.ts';
import { UtilitySpawner } from './utility-spawner.ts';
import { openWindow, revealWindow } from './window.ts';

/** The host as the shell needs it. */
export interface ShellHost extends HostService {
  readonly runningNodes: QuitHost['runningNodes'];
  readonly settings: QuitHost['settings'];
  readonly outside: OutsideTaker;
  chooseFromMenu(command: string): void;
  close(options: { readonly nodes: 'keep' | 'stop' }): Promise<void>;
}

/** What asks the app to end from outside. */
export const END_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What the shell is made from, beside Electron. */
export interface ShellOptions {
  /** The words with which the program was started. */
  readonly argv: readonly string[];
  /** Null for the folder that Electron keeps for the app. */
  readonly home: string | null;
  /** The built preload script and the built command line. */
  readonly preload: string;
  readonly nodeEntry: string;
  readonly readFiles: () => RendererFiles;
  readonly openHost: (home: string, spawner: NodeSpawner) => Promise<Result<ShellHost>>;
  readonly log: (line: string) => void;
}

/**
 * Runs the window. Everything that must come before Electron is ready is done before the first wait:
 * a caller must not wait for this at the top level of an ES module, because Electron becomes ready
 * only after its entry has been evaluated.
 */
export async function startShell(electron: ElectronApi, options: ShellOptions): Promise<void> {
  const { app } = electron;
  if (options.home !== null) keepProfileIn(electron, options.home);
  if (app.isPackaged && process.platform === 'win32') app.setAppUserModelId(APP_ID);
  // The second start of the app shows the first one's window, and is gone.
  if (!app.requestSingleInstanceLock()) {
    app.exit(0);
    return;
  }
  const inbox = new OutsideInbox(electron, options.argv);
  let host: ShellHost | null = null;
  const guard = new Guard(electron, (sentence) => {
    void stopLoudly(electron, sentence, { host, log: options.log });
  });
  app.enableSandbox();
  declareAppScheme(guard);
  hardenContents(electron);
  guard.watch();
  await app.whenReady();
  if (guard.isBroken) return;
  const files = options.readFiles();
  const home = options.home ?? app.getPath('userData');
  // Utility processes exist only once the app is ready.
  const spawner = new UtilitySpawner(electron.utilityProcess, options.nodeEntry);
  const opened = await options.openHost(home, spawner);
  if (!opened.ok) {
    electron.dialog.showErrorBox('Raftdeck cannot start', opened.error.message);
    app.exit(1);
    return;
  }
  host = opened.value;
  new Shell(electron, { ...options, guard, host, home, inbox }).run(files);
  registerLinks(electron);
  inbox.deliverTo(host.outside);
}

/** What the window is run with, once there is a host. */
interface ShellParts extends ShellOptions {
  readonly guard: Guard;
  readonly host: ShellHost;
  readonly home: string;
  readonly inbox: OutsideInbox;
}

class Shell {
  readonly #electron: ElectronApi;
  readonly #parts: ShellParts;
  readonly #host: ShellHost;
  #window: BrowserWindow | null = null;
  #tray: Tray | null = null;
  /** Whether the question was answered and nothing keeps the app any more. */
  #leaving = false;
  #asking = false;
  /** Whether the nodes go on behind a window that is not shown. */
  #hidden = false;

  constructor(electron: ElectronApi, parts: ShellParts) {
    this.#electron = electron;
    this.#parts = parts;
    this.#host = parts.host;
  }

  run(files: RendererFiles): void {
    const { app, ipcMain, nativeTheme, session } = this.#electron;
    const { guard, log } = this.#parts;
    hardenSession(session.defaultSession);
    guard.sealSession(session.defaultSession);
    serveApp(session.defaultSession, guard, { files, host: this.#host });
    bindIpc(ipcMain, this.#host, { log, broken: guard.broken });
    this.#host.subscribe({ topic: 'settings' }, () => {
      const { theme, keys } = this.#host.settings;
      const run = (command: string): void => this.#host.chooseFromMenu(command);
      setMenu(this.#electron, { platform: process.platform, keys, run });
      // High contrast comes light and dark, as the system is.
      nativeTheme.themeSource = theme === 'contrast' ? 'system' : theme;
      this.#placeTray();
    });
    notifyOfEdges(this.#electron, this.#host, {
      isWatched: () => this.#window?.isFocused() === true,
      open: () => this.#show(),
    });
    app.on('second-instance', (_event, argv, folder) => {
      this.#show();
      const given = outsideWord(argv, folder);
      if (given !== null) this.#parts.inbox.take(given);
    });
    app.on('activate', () => this.#show());
    // Electron would quit; whether the app does is for the user to say.
    app.on('window-all-closed', () => undefined);
    app.on('before-quit', (event) => {
      if (this.#leaving) return;
      event.preventDefault();
      void this.#wantToLeave();
    });
    // The session of the user ends, or the terminal wants its program to: nobody is there to be asked, and
    // the nodes have got a Ctrl-C too. Electron itself would ask.
    for (const signal of END_SIGNALS) process.on(signal, () => void this.#leave());
    this.#show();
  }

  #show(): void {
    if (this.#parts.guard.isBroken) return;
    this.#hidden = false;
    this.#placeTray();
    if (this.#window !== null) {
      revealWindow(this.#window);
      return;
    }
    const { guard, home, log, preload } = this.#parts;
    const bounds = join(home, 'host', 'window.json');
    const window = openWindow(this.#electron, guard, { preload, bounds });
    if (window === null) return;
    this.#window = window;
    reloadAfterCrash(this.#electron.dialog, window, log);
    window.on('close', (event) => {
      if (this.#leaving) return;
      event.preventDefault();
      void this.#wantToLeave();
    });
    window.on('closed', () => {
      this.#window = null;
    });
  }

  async #wantToLeave(): Promise<void> {
    const window = this.#window;
    if (this.#asking || window === null) return;
    this.#asking = true;
    try {
      const answer = await askOnQuit(this.#electron.dialog, window, this.#host);
      if (answer === 'stop') await this.#leave();
      if (answer === 'keep') this.#hide(window);
    } finally {
      this.#asking = false;
    }
  }

  #hide(window: BrowserWindow): void {
    window.hide();
    this.#hidden = true;
    this.#placeTray();
  }

  /** A hidden window always has a way back; else the icon is there for who asked for it. */
  #placeTray(): void {
    if (!this.#hidden && !this.#host.settings.tray) {
      this.#tray?.destroy();
      this.#tray = null;
      return;
    }
    this.#tray ??= showTray(this.#electron, {
      open: () => this.#show(),
      quit: () => void this.#leave(),
    });
  }

  async #leave(): Promise<void> {
    if (this.#leaving) return;
    this.#leaving = true;
    this.#window?.hide();
    try {
      await this.#host.close({ nodes: 'stop' });
    } catch (error) {
      // The nodes end with this process. An app that cannot be seen and does not end would be worse.
      this.#parts.log(`The nodes did not end as they should: ${causeOf(error)}`);
    }
    this.#tray?.destroy();
    this.#electron.app.quit();
  }
}
