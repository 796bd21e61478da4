/** Least time between two pictures that only differ in figures: five a second. */
const FIGURES_INTERVAL_MS = 200;
/** Nodes send figures every 250 ms: what need not be seen at once goes along with the leader's. */
const COMPANY_MS = 300;
/** How often is looked whether time alone has changed the picture. */
const SILENCE_INTERVAL_MS = 500;

/**
 * When a change is to be seen: 'now' whatever it costs; 'soon' as soon as the rate of pictures allows;
 * 'along' with the next picture, which is made for it only when none comes.
 */
export type Urgency = 'now' | 'soon' | 'along';

/**
 * Decides when a new picture of a cluster goes out: at once for what matters, else five a second. The
 * leader's figures are 'soon' and those of the others 'along': if each asked for a picture of its own,
 * the leader's would mostly find the last one less than 200 ms old, and a commit wait twice.
 */
export class ViewPacer {
  readonly #publish: () => void;
  readonly #fingerprint: () => string;
  readonly #silence: NodeJS.Timeout;
  #immediate: NodeJS.Immediate | null = null;
  #timer: NodeJS.Timeout | null = null;
  #timerDueMs = 0;
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

  changed(urgency: Urgency): void {
    if (this.#immediate !== null) return;
    const dueMs = this.#publishedAtMs + (urgency === 'along' ? COMPANY_MS : FIGURES_INTERVAL_MS);
    const waitMs = dueMs - Date.now();
    if (urgency === 'now' || waitMs <= 0) {
      // After this turn: a change often comes as several.
      this.#immediate = setImmediate(() => this.#now());
      return;
    }
    if (this.#timer !== null && this.#timerDueMs <= dueMs) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timerDueMs = dueMs;
    this.#timer = setTimeout(() => this.#now(), waitMs);
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
