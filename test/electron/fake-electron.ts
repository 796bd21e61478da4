import { EventEmitter } from 'node:events';
import { existsSync } from 'node:fs';
import type { BrowserWindowConstructorOptions, MenuItemConstructorOptions } from 'electron';

import { APP_ORIGIN, type ElectronApi } from '../../main/electron/electron-api.ts';
import type { BridgeIpc } from '../../main/electron/bridge.ts';
import { fakeUtilityProcess } from '../host/fake-utility-process.ts';

/*
 * Stands in for the few parts of Electron that the shell uses, as its documentation describes them.
 * What crosses between page and main process is cloned, so that nothing gets through that Electron's
 * structured clone would not carry. What comes too early, too late, or to a window that is gone, throws.
 */

/** A frame of a page. */
export interface FakeFrame {
  readonly origin: string;
}

type Handler = (event: unknown, ...args: unknown[]) => unknown;

/** `ipcMain`, with the way in that a page has. */
export class FakeIpcMain extends EventEmitter {
  readonly handlers = new Map<string, Handler>();

  handle(channel: string, handler: Handler): void {
    if (this.handlers.has(channel)) throw new Error(`a second handler for '${channel}'`);
    this.handlers.set(channel, handler);
  }

  /** What Electron does with `ipcRenderer.invoke`. */
  async invoke(event: unknown, channel: string, args: readonly unknown[]): Promise<unknown> {
    const handler = this.handlers.get(channel);
    if (handler === undefined) throw new Error(`No handler registered for '${channel}'`);
    return structuredClone(await handler(event, ...structuredClone([...args])));
  }
}

/** `webContents` of one page, with the page's own end of the IPC. */
export class FakeContents extends EventEmitter {
  readonly mainFrame: FakeFrame = { origin: APP_ORIGIN };
  readonly page = new EventEmitter();
  readonly session: unknown;
  type = 'window';
  reloads = 0;
  windowOpenHandler: ((details: { url: string }) => { action: string }) | null = null;
  #destroyed = false;

  constructor(session: unknown = null) {
    super();
    this.session = session;
  }

  getType(): string {
    return this.type;
  }

  setWindowOpenHandler(handler: (details: { url: string }) => { action: string }): void {
    this.windowOpenHandler = handler;
  }

  send(channel: string, message: unknown): void {
    this.page.emit(channel, {}, structuredClone(message));
  }

  isDestroyed(): boolean {
    return this.#destroyed;
  }

  reload(): void {
    this.reloads += 1;
  }

  destroy(): void {
    this.#destroyed = true;
    this.emit('destroyed');
  }

  /** The page's `ipcRenderer`, as seen from `frame`. */
  ipcRenderer(ipcMain: FakeIpcMain, frame: FakeFrame | null = this.mainFrame): BridgeIpc {
    const event = { sender: this, senderFrame: frame };
    const ipc = {
      invoke: (channel: string, ...args: unknown[]) => ipcMain.invoke(event, channel, args),
      send: (channel: string, ...args: unknown[]) => {
        ipcMain.emit(channel, event, ...structuredClone(args));
      },
      on: (channel: string, listener: (...args: unknown[]) => void) => {
        this.page.on(channel, listener);
        return ipc;
      },
    };
    return ipc as unknown as BridgeIpc;
  }
}

/** Emits an event that a listener may prevent; whether one did. */
function isPrevented(emitter: EventEmitter, type: string): boolean {
  const event = {
    prevented: false,
    preventDefault: () => {
      event.prevented = true;
    },
  };
  emitter.emit(type, event);
  return event.prevented;
}

/** `BrowserWindow`. */
export class FakeWindow extends EventEmitter {
  readonly webContents: FakeContents;
  readonly options: BrowserWindowConstructorOptions;
  visible = false;
  focused = false;
  minimized = false;
  url = '';
  readonly #loading: Promise<void>;
  #destroyed = false;

  /** `loading` settles when the page has been loaded, or could not be. */
  constructor(
    options: BrowserWindowConstructorOptions,
    session: unknown,
    loading: Promise<void> = Promise.resolve(),
  ) {
    super();
    this.#loading = loading;
    this.options = options;
    this.webContents = new FakeContents(session);
  }

  isFocused(): boolean {
    return this.focused;
  }

  isDestroyed(): boolean {
    return this.#destroyed;
  }

  async loadURL(url: string): Promise<void> {
    this.#mustBe();
    this.url = url;
    this.emit('ready-to-show');
    await this.#loading;
  }

  show(): void {
    this.#mustBe();
    this.visible = true;
  }

  hide(): void {
    this.#mustBe();
    this.visible = false;
  }

  focus(): void {
    this.#mustBe();
    this.visible = true;
  }

  restore(): void {
    this.#mustBe();
    this.minimized = false;
  }

  isMinimized(): boolean {
    this.#mustBe();
    return this.minimized;
  }

  getNormalBounds(): { x: number; y: number; width: number; height: number } {
    return { x: 10, y: 20, width: 1000, height: 700 };
  }

  /** The app ends it, whatever its page says. */
  destroy(): void {
    this.visible = false;
    this.#destroyed = true;
    this.webContents.destroy();
    this.emit('closed');
  }

  /** The user closes it; whether it is gone afterwards. */
  close(): boolean {
    if (isPrevented(this, 'close')) return false;
    this.destroy();
    return true;
  }

  #mustBe(): void {
    if (this.#destroyed) throw new TypeError('Object has been destroyed');
  }
}

class FakeApp extends EventEmitter {
  isPackaged = true;
  isFirst = true;
  /** What the program was started with, without the dashes. */
  readonly switches = new Set<string>();
  readonly commandLine = { hasSwitch: (name: string) => this.switches.has(name) };
  readonly done: string[] = [];
  readonly #fake: FakeElectron;
  #ready: () => void = () => undefined;
  readonly #whenReady = new Promise<void>((resolve) => {
    this.#ready = resolve;
  });

  constructor(fake: FakeElectron) {
    super();
    this.#fake = fake;
  }

  becomeReady(): void {
    this.done.push('ready');
    this.#ready();
  }

  setAppUserModelId(id: string): void {
    this.done.push(`id ${id}`);
  }

  setPath(name: string, path: string): void {
    if (!existsSync(path)) throw new Error(`Failed to set path: there is no ${path}`);
    this.#mustNotBeReady('setPath');
    this.done.push(`${name} ${path}`);
  }

  /** What must have happened before Electron is ready, or after. */
  mustBeReady(what: string): void {
    if (!this.done.includes('ready')) throw new Error(`${what} before the app is ready`);
  }

  #mustNotBeReady(what: string): void {
    if (this.done.includes('ready')) throw new Error(`${what} when the app is ready already`);
  }

  setAsDefaultProtocolClient(...given: unknown[]): boolean {
    this.done.push(['links', ...given].join(' '));
    return true;
  }

  requestSingleInstanceLock(): boolean {
    return this.isFirst;
  }

  enableSandbox(): void {
    this.#mustNotBeReady('enableSandbox');
    this.done.push('enableSandbox');
  }

  whenReady(): Promise<void> {
    return this.#whenReady;
  }

  getPath(): string {
    return this.#fake.userData;
  }

  exit(code: number): void {
    this.done.push(`exit ${String(code)}`);
  }

  quit(): void {
    if (isPrevented(this, 'before-quit')) return;
    if (!this.#fake.windows.every((window) => window.close())) return;
    this.done.push('quit');
  }
}

class FakeSession {
  readonly schemes = new Map<string, (request: Request) => Response | Promise<Response>>();
  permissionRequest: ((...args: unknown[]) => void) | null = null;
  permissionCheck: ((...args: unknown[]) => boolean) | null = null;
  devicePermission: (() => boolean) | null = null;
  beforeRequest: ((details: { url: string }, answer: (verdict: unknown) => void) => void) | null =
    null;

  readonly protocol = {
    handle: (scheme: string, handler: (request: Request) => Response | Promise<Response>) => {
      this.schemes.set(scheme, handler);
    },
  };

  readonly webRequest = {
    onBeforeRequest: (listener: FakeSession['beforeRequest']) => {
      this.beforeRequest = listener;
    },
  };

  setPermissionRequestHandler(handler: (...args: unknown[]) => void): void {
    this.permissionRequest = handler;
  }

  setPermissionCheckHandler(handler: (...args: unknown[]) => boolean): void {
    this.permissionCheck = handler;
  }

  setDevicePermissionHandler(handler: () => boolean): void {
    this.devicePermission = handler;
  }
}

/** A whole Electron of the few parts that are used. */
export class FakeElectron {
  readonly app = new FakeApp(this);
  readonly ipcMain = new FakeIpcMain();
  readonly session = new FakeSession();
  readonly windows: FakeWindow[] = [];
  readonly opened: string[] = [];
  readonly errors: string[] = [];
  readonly trays: { destroyed: boolean; menu: MenuItemConstructorOptions[] }[] = [];
  readonly notifications: string[] = [];
  readonly nativeTheme = { shouldUseDarkColors: false, themeSource: 'system' };
  menu: MenuItemConstructorOptions[] = [];
  /** When the page of a window has been loaded. */
  loading: Promise<void> = Promise.resolve();
  privileged: unknown[] = [];
  /** What the user answers, and what was asked. */
  answer = { response: 2, checkboxChecked: false };
  readonly questions: string[] = [];
  readonly userData: string;

  constructor(userData: string) {
    this.userData = userData;
  }

  /** As the shell gets it. */
  get api(): ElectronApi {
    const contentsCreated = (window: FakeWindow): void => {
      this.app.emit('web-contents-created', {}, window.webContents);
      // A window that is just being made is among the others only once it is.
      this.windows.push(window);
      window.on('closed', () => this.windows.splice(this.windows.indexOf(window), 1));
    };
    const { app, loading, notifications, session, trays, windows } = this;
    const api = {
      app: this.app,
      ipcMain: this.ipcMain,
      session: {
        get defaultSession() {
          app.mustBeReady('session');
          return session;
        },
      },
      nativeTheme: this.nativeTheme,
      screen: {
        getAllDisplays: () => {
          app.mustBeReady('screen');
          return [{ workArea: { x: 0, y: 0, width: 1920, height: 1080 } }];
        },
      },
      protocol: {
        registerSchemesAsPrivileged: (schemes: unknown[]) => {
          if (this.app.done.includes('ready')) throw new Error('too late: the app is ready');
          this.privileged = schemes;
        },
      },
      BrowserWindow: class extends FakeWindow {
        static getAllWindows(): readonly FakeWindow[] {
          return [...windows];
        }
        constructor(options: BrowserWindowConstructorOptions) {
          app.mustBeReady('BrowserWindow');
          super(options, session, loading);
          contentsCreated(this);
        }
      },
      dialog: {
        showErrorBox: (title: string, text: string) => this.errors.push(`${title}: ${text}`),
        showMessageBox: async (_window: unknown, { message }: { message: string }) => {
          this.questions.push(message);
          return this.answer;
        },
      },
      Menu: {
        buildFromTemplate: (template: MenuItemConstructorOptions[]) => template,
        setApplicationMenu: (menu: MenuItemConstructorOptions[]) => (this.menu = menu),
      },
      nativeImage: { createFromBitmap: (pixels: Buffer) => ({ pixels }) },
      shell: {
        openExternal: async (url: string) => {
          this.opened.push(url);
        },
      },
      Notification: class extends EventEmitter {
        static isSupported(): boolean {
          return true;
        }
        readonly #title: string;
        constructor({ title }: { title: string }) {
          super();
          this.#title = title;
        }
        show(): void {
          notifications.push(this.#title);
        }
      },
      Tray: class extends EventEmitter {
        readonly state = { destroyed: false, menu: [] as MenuItemConstructorOptions[] };
        constructor() {
          app.mustBeReady('Tray');
          super();
          trays.push(this.state);
        }
        setToolTip(): void {
          // Only a person sees it.
        }
        setContextMenu(menu: MenuItemConstructorOptions[]): void {
          this.state.menu = menu;
        }
        destroy(): void {
          this.state.destroyed = true;
        }
      },
      utilityProcess: {
        fork: (...args: Parameters<typeof fakeUtilityProcess.fork>) => {
          app.mustBeReady('fork');
          return fakeUtilityProcess.fork(...args);
        },
      },
    };
    return api as unknown as ElectronApi;
  }
}
