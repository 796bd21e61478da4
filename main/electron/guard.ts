import type {
  BrowserWindow,
  BrowserWindowConstructorOptions,
  CustomScheme,
  Session,
  WebContents,
} from 'electron';

import type { ElectronApi } from './electron-api.ts';
import {
  headersFault,
  placeFault,
  preferencesFault,
  schemesFault,
  switchesFault,
} from './rules.ts';

/** What decides over permissions. Whoever replaced one of these could grant them. */
const SESSION_DECIDERS = [
  'setPermissionRequestHandler',
  'setPermissionCheckHandler',
  'setDevicePermissionHandler',
  'setDisplayMediaRequestHandler',
  'setCertificateVerifyProc',
];

/**
 * Sees at run time that the rules of rules.ts hold: in what is about to be made, where that can be seen
 * before, and in what a page has become. The first broken one ends the app (`stop`), because whatever
 * broke it may break the next.
 */
export class Guard {
  readonly #electron: Pick<ElectronApi, 'app' | 'BrowserWindow' | 'protocol'>;
  readonly #stop: (sentence: string) => void;
  readonly #sessions = new WeakSet<Session>();
  /** A window of ours is being made at this moment. */
  #isMaking = false;
  #isBroken = false;

  constructor(
    electron: Pick<ElectronApi, 'app' | 'BrowserWindow' | 'protocol'>,
    stop: (sentence: string) => void,
  ) {
    this.#electron = electron;
    this.#stop = stop;
  }

  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** Ends the app, with the sentence that says which rule was broken. Once. */
  readonly broken = (sentence: string): void => {
    if (this.#isBroken) return;
    this.#isBroken = true;
    this.#stop(sentence);
  };

  /** Begins to look at every page that comes to be. After the handlers that deny are in place. */
  watch(): void {
    const { app } = this.#electron;
    this.#hold(switchesFault((name) => app.commandLine.hasSwitch(name), app.isPackaged));
    app.on('web-contents-created', (_event, contents) => this.#watchContents(contents));
  }

  /** Declares schemes, if they get no more than they may. */
  declareSchemes(schemes: CustomScheme[]): void {
    if (!this.#hold(schemesFault(schemes))) return;
    this.#electron.protocol.registerSchemesAsPrivileged(schemes);
  }

  /** What denies in this session stays, and pages may be in it. */
  sealSession(session: Session): void {
    this.#sessions.add(session);
    this.#seal(session, SESSION_DECIDERS);
  }

  /** Makes a window; null where that would break a rule, or one is broken. */
  makeWindow(options: BrowserWindowConstructorOptions): BrowserWindow | null {
    const { app, BrowserWindow } = this.#electron;
    if (!this.#hold(preferencesFault(options.webPreferences ?? {}, app.isPackaged))) return null;
    if (this.#isBroken) return null;
    this.#isMaking = true;
    try {
      return new BrowserWindow(options);
    } finally {
      this.#isMaking = false;
    }
  }

  /** An answer to the page, if it has the headers that keep the page in its place. */
  checkAnswer(response: Response): Response {
    return this.#hold(headersFault(response.headers)) ? response : Response.error();
  }

  #watchContents(contents: WebContents): void {
    const type = contents.getType();
    // The developer tools, which only an unpackaged app has.
    if (type === 'remote' && !this.#electron.app.isPackaged) return;
    if (!this.#isMaking || type !== 'window') {
      this.broken(`A page of the kind “${type}” came to be that the app did not make.`);
    }
    if (!this.#sessions.has(contents.session)) {
      this.broken('A page came to be in a session that denies nothing.');
    }
    this.#seal(contents, ['setWindowOpenHandler']);
    contents.on('did-navigate', (_event, url) => this.#hold(placeFault(url)));
    contents.on('did-frame-navigate', (_event, url) => this.#hold(placeFault(url)));
    contents.on('did-create-window', () => this.broken('A page has opened a window.'));
    contents.on('did-attach-webview', () => this.broken('A page has embedded another one.'));
    // The preload script refuses a page that is not kept apart, by throwing.
    contents.on('preload-error', (_event, _path, error) => {
      this.broken(`The preload script has refused its page: ${error.message}`);
    });
  }

  /** Whether the rule holds, which it does where there is no fault. */
  #hold(fault: string | null): boolean {
    if (fault !== null) this.broken(fault);
    return fault === null;
  }

  #seal(object: object, names: readonly string[]): void {
    for (const name of names) {
      const value = (): void => this.broken(`${name} was called a second time.`);
      Reflect.defineProperty(object, name, { value, configurable: false, writable: false });
    }
  }
}
