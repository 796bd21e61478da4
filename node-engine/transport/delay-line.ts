/**
 * Holds items back for a time and lets them go in the order they came.
 */
export class DelayLine<Item> {
  readonly #release: (item: Item, heldMs: number) => void;
  #waiting: { readonly item: Item; readonly sinceMs: number; readonly dueMs: number }[] = [];
  #timer: NodeJS.Timeout | null = null;

  /** @param release takes an item whose time has come, and how long it was held */
  constructor(release: (item: Item, heldMs: number) => void) {
    this.#release = release;
  }

  /**
   * True while items are held: then later ones must queue behind them, whatever their own delay.
   */
  get holds(): boolean {
    return this.#waiting.length > 0;
  }

  /** Lets `item` go after `delayMs`, or later when one before it is due later. */
  hold(item: Item, delayMs: number): void {
    const before = this.#waiting.at(-1)?.dueMs ?? 0;
    const sinceMs = performance.now();
    this.#waiting.push({ item, sinceMs, dueMs: Math.max(before, sinceMs + delayMs) });
    this.#arm();
  }

  /** Lets everything go now: what held it is over. */
  releaseAll(): void {
    const waiting = this.#waiting;
    this.clear();
    const now = performance.now();
    for (const { item, sinceMs } of waiting) this.#release(item, now - sinceMs);
  }

  /** Forgets everything held. */
  clear(): void {
    this.#waiting = [];
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #arm(): void {
    const [first] = this.#waiting;
    if (this.#timer !== null || first === undefined) return;
    this.#timer = setTimeout(
      () => {
        this.#timer = null;
        const now = performance.now();
        while (this.#waiting[0] !== undefined && this.#waiting[0].dueMs <= now) {
          const next = this.#waiting.shift();
          if (next !== undefined) this.#release(next.item, now - next.sinceMs);
        }
        this.#arm();
      },
      Math.max(0, first.dueMs - performance.now()),
    );
  }
}
