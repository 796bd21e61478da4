import type { HostApi } from '../../../main/contract/host-api.ts';
import { KEYS_PAGE_MAX, type KeyReader, type KeySource } from '../../../main/contract/keys.ts';
import { shownKey } from './bytes.ts';

/** Keys that are looked for before a search pauses, and that SCAN is to look at at once until then. */
const WANTED = 500;
const COUNT = 1_000;
/** How long the host is left alone when it was asked too often. */
const RATE_PAUSE_MS = 250;
/** A complete list of at most so many is put in order; a larger one stays as SCAN gave it. */
const SORTED_MAX = 20_000;

/** A page as one text: a million strings of their own would take three times the memory. */
interface Page {
  readonly first: number;
  readonly count: number;
  readonly text: string;
}

/** The keys that SCAN has given so far. It never asks for more than somebody looks at or wants. */
export class KeyList {
  readonly source: KeySource;
  readonly #api: Pick<HostApi, 'scanKeys'>;
  readonly #match: string | null;
  readonly #changed: () => void;
  readonly #pause: (ms: number) => Promise<void>;
  readonly #pages: Page[] = [];
  #split: { readonly page: Page; readonly keys: readonly string[] } | null = null;
  #sorted: readonly string[] | null = null;
  /** What `upTo` gave last: the same until more have come. */
  #all: readonly string[] | null = null;
  #cursor: string | null = null;
  #count = 0;
  #wanted = 0;
  #reading = false;
  #reader: KeyReader | null = null;
  #total = 0;
  #asked = 0;
  #problem: string | null = null;

  constructor(options: {
    readonly api: Pick<HostApi, 'scanKeys'>;
    readonly source: KeySource;
    /** A glob, base64; null for all. */
    readonly match: string | null;
    readonly changed: () => void;
    readonly pause?: (ms: number) => Promise<void>;
  }) {
    this.source = options.source;
    this.#api = options.api;
    this.#match = options.match;
    this.#changed = options.changed;
    this.#pause = options.pause ?? ((ms) => new Promise((resolve) => setTimeout(resolve, ms)));
  }

  get count(): number {
    return this.#count;
  }

  /** Keys of the node, whatever the pattern. */
  get total(): number {
    return this.#total;
  }

  /** How many of them SCAN has been asked to look at. */
  get asked(): number {
    return Math.min(this.#total, this.#asked);
  }

  get complete(): boolean {
    return this.#cursor === '0';
  }

  get reading(): boolean {
    return this.#reading;
  }

  get readingAll(): boolean {
    return this.#wanted === Infinity;
  }

  /** Whether anything has come, be it an error. */
  get begun(): boolean {
    return this.#cursor !== null || this.#problem !== null;
  }

  get problem(): string | null {
    return this.#problem;
  }

  /** Who answered last, and at which entry. */
  get reader(): KeyReader | null {
    return this.#reader;
  }

  get sorted(): boolean {
    return this.#sorted !== null;
  }

  /** The key in a row, base64. */
  keyAt(row: number): string {
    if (this.#sorted !== null) return this.#sorted[row] ?? '';
    const page = this.#pageOf(row);
    if (page === undefined) return '';
    if (this.#split?.page !== page) this.#split = { page, keys: page.text.split(',') };
    return this.#split.keys[row - page.first] ?? '';
  }

  /** Every key that has come, or null when there are more than `max`. */
  upTo(max: number): readonly string[] | null {
    if (this.#count > max) return null;
    if (this.#sorted !== null) return this.#sorted;
    if (this.#all?.length !== this.#count) {
      this.#all = this.#pages.flatMap(({ text }) => text.split(','));
    }
    return this.#all;
  }

  /** The row of a key, among the rows around `near`; −1 when it is not there. */
  rowOf(key: string): number {
    if (this.#sorted !== null) return this.#sorted.indexOf(key);
    for (const page of this.#pages) {
      const at = page.text.split(',').indexOf(key);
      if (at >= 0) return page.first + at;
    }
    return -1;
  }

  /** Reads on until some more have been found. */
  more(): Promise<void> {
    return this.#readTo(this.#count + WANTED);
  }

  /** Reads on to the end, or until it is stopped. */
  all(): Promise<void> {
    return this.#readTo(Infinity);
  }

  stop(): void {
    this.#wanted = 0;
  }

  /** Waits no longer for the first keys; those that come all the same are shown. */
  giveUp(): void {
    this.stop();
    this.#problem = 'The node had not answered when you stopped waiting.';
    this.#changed();
  }

  async #readTo(wanted: number): Promise<void> {
    this.#wanted = Math.max(this.#wanted, wanted);
    if (this.#reading || this.complete) return;
    this.#reading = true;
    this.#problem = null;
    this.#changed();
    let goesOn = true;
    while (goesOn) goesOn = (await this.#readPage()) && this.#wantsMore();
    this.#reading = false;
    this.#wanted = 0;
    this.#changed();
  }

  #wantsMore(): boolean {
    return !this.complete && this.#count < this.#wanted;
  }

  /** False when it could not be read. */
  async #readPage(): Promise<boolean> {
    const count = this.readingAll ? KEYS_PAGE_MAX : COUNT;
    const request = { cursor: this.#cursor ?? '0', match: this.#match, count };
    const result = await this.#api.scanKeys({ ...this.source, ...request });
    if (!result.ok && result.error.code === 'E_RATE') {
      // It was not done, and nobody waits for this very page.
      await this.#pause(RATE_PAUSE_MS);
      return true;
    }
    if (!result.ok) {
      this.#problem = result.error.message;
      return false;
    }
    this.#problem = null;
    const { keys, cursor, total, ...reader } = result.value;
    if (keys.length > 0) {
      this.#pages.push({ first: this.#count, count: keys.length, text: keys.join(',') });
      this.#count += keys.length;
    }
    this.#asked += count;
    this.#cursor = cursor;
    this.#total = total;
    this.#reader = reader;
    if (this.complete) this.#sort();
    this.#changed();
    return true;
  }

  /** Until all are there an order would only move what is looked at. */
  #sort(): void {
    if (this.#count > SORTED_MAX) return;
    const { compare } = new Intl.Collator('en', { numeric: true });
    const keys = this.#pages.flatMap(({ text }) => text.split(','));
    const named = [...new Set(keys)].map((key) => [shownKey(key), key] as const);
    named.sort(([left], [right]) => compare(left, right));
    this.#sorted = named.map(([, key]) => key);
    this.#count = this.#sorted.length;
  }

  #pageOf(row: number): Page | undefined {
    let low = 0;
    let high = this.#pages.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#pages[middle]?.first ?? 0) <= row) low = middle;
      else high = middle - 1;
    }
    return this.#pages[low];
  }
}
