import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { LINK_SCHEME } from '../contract/deep-link.ts';
import { RECORDING_EXTENSION } from '../contract/recording-file.ts';
import type { ElectronApi } from './electron-api.ts';

/** Something that the system has handed to the app. */
export type FromOutside =
  | { readonly type: 'link'; readonly text: string }
  | { readonly type: 'file'; readonly path: string };

/** What takes it once there is a host; see main/host/outside-requests.ts. */
export interface OutsideTaker {
  offerLink(text: string): void;
  offerFile(path: string): Promise<void>;
}

/**
 * The link or file among the words with which the app was started, or was started a second time; null
 * where there is none. The first word is the program. One is enough: each is a question to the user.
 *
 * @param folder where the words were typed; a second start may have been typed somewhere else
 */
export function outsideWord(
  argv: readonly string[],
  folder: string = process.cwd(),
): FromOutside | null {
  for (const word of argv.slice(1)) {
    if (word.toLowerCase().startsWith(`${LINK_SCHEME}:`)) return { type: 'link', text: word };
    if (!word.startsWith('-') && word.endsWith(RECORDING_EXTENSION)) {
      return { type: 'file', path: pathOf(word, folder) };
    }
  }
  return null;
}

/** A desktop entry with `%U` gets files as addresses, which is how it gets links at all (Linux). */
function pathOf(word: string, folder: string): string {
  try {
    return word.startsWith('file:') ? fileURLToPath(word) : resolve(folder, word);
  } catch {
    // Of another machine, or none: it will not be found, and that is said.
    return word;
  }
}

/** Collects what comes from outside: before there is a host one thing waits, the newest. */
export class OutsideInbox {
  #waiting: FromOutside | null;
  #taker: OutsideTaker | null = null;

  /** `argv` are the words with which this process was started. To be made before Electron is ready. */
  constructor({ app }: Pick<ElectronApi, 'app'>, argv: readonly string[]) {
    this.#waiting = outsideWord(argv);
    // macOS hands both over as events, which come before the app is ready where they have started it.
    app.on('open-url', (event, text) => {
      event.preventDefault();
      this.take({ type: 'link', text });
    });
    app.on('open-file', (event, path) => {
      event.preventDefault();
      this.take({ type: 'file', path });
    });
  }

  take(given: FromOutside): void {
    if (this.#taker === null) this.#waiting = given;
    else if (given.type === 'link') this.#taker.offerLink(given.text);
    else void this.#taker.offerFile(given.path);
  }

  /** From now on everything goes there at once. */
  deliverTo(taker: OutsideTaker): void {
    this.#taker = taker;
    const waiting = this.#waiting;
    this.#waiting = null;
    if (waiting !== null) this.take(waiting);
  }
}

/**
 * Makes Windows hand links to this program: elsewhere the desktop entry or the property list of the
 * package says it (electron-builder.yml), and what the user chose since stays. A checkout has no program
 * of its own to name.
 */
export function registerLinks({ app }: Pick<ElectronApi, 'app'>): void {
  if (!app.isPackaged || process.platform !== 'win32') return;
  // Behind `--` nothing in a link can be taken for a switch of the program.
  app.setAsDefaultProtocolClient(LINK_SCHEME, process.execPath, ['--']);
}
