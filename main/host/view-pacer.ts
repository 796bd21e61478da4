/** Least time between two pictures that only differ in figures: five a second. */
const FIGURES_INTERVAL_MS = 200;
/** How often is looked whether time alone has changed the picture. */
const SILENCE_INTERVAL_MS = 500;

/** Decides when a new picture of a cluster goes out: at once for what matters, else five a second. */
export class ViewPacer {
  readonly #publish: () => void;
  readonly #fingerprint: () => string;
  readonly #silence: NodeJS.Timeout;
  #immediate: NodeJS.Immediate | null = null;
  #timer: NodeJS.Timeout | null = null;
  #publishedAtMs = 0;
  #published: string | null = null;

  constructor(options: {
    readonly publish: () => void;
    /** What may change by itself, when nothing is heard any more. */
    readonly fingerprint: () => string;
  }) {
    this.#publish = options.publish;
    this.#fingerprint = options.fingerprint;
    this.#silence = setInterval(() => {
      if (this.#published !== null && this.#published !== this.#fingerprint()) this.#now();
    }, SILENCE_INTERVAL_MS);
    this.#silence.unref();
  }

  changed(urgency: 'now' | 'soon'): void {
    if (this.#immediate !== null) return;
    if (urgency === 'now') {
      // After this turn: a change often comes as several.
      this.#immediate = setImmediate(() => this.#now());
      return;
    }
    const waitMs = Math.max(0, this.#publishedAtMs + FIGURES_INTERVAL_MS - Date.now());
    this.#timer ??= setTimeout(() => this.#now(), waitMs);
  }

  close(): void {
    clearInterval(this.#silence);
    this.#cancel();
  }

  #now(): void {
    this.#cancel();
    this.#publishedAtMs = Date.now();
    this.#published = this.#fingerprint();
    this.#publish();
  }

  #cancel(): void {
    if (this.#immediate !== null) clearImmediate(this.#immediate);
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#immediate = null;
    this.#timer = null;
  }
}
