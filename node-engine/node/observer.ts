/** One command as it arrived. */
export interface ObservedCommand {
  /** Unix milliseconds. */
  readonly timeMs: number;
  readonly remoteAddress: string;
  /** In lower case. */
  readonly name: string;
  /** Behind the name. */
  readonly args: readonly Uint8Array[];
  /** Commands that were not shown since the one before, because nobody took those that were. */
  readonly lost: number;
}

/** The commands of a node, for `for await`; ends with `return`, which leaving the loop calls. */
export interface CommandObserver extends AsyncIterableIterator<ObservedCommand> {
  return(): Promise<IteratorResult<ObservedCommand>>;
}

/**
 * A queue of a fixed length between the node and somebody who wants to see its commands. Who is too
 * slow loses some, is told how many, and never holds up the node.
 */
export class Observer implements CommandObserver {
  readonly #queueMax: number;
  readonly #onEnd: (observer: Observer) => void;
  readonly #queue: ObservedCommand[] = [];
  #lost = 0;
  #ended = false;
  #waiting: ((result: IteratorResult<ObservedCommand>) => void)[] = [];

  constructor(queueMax: number, onEnd: (observer: Observer) => void) {
    this.#queueMax = queueMax;
    this.#onEnd = onEnd;
  }

  /** A command has arrived. */
  saw(command: Omit<ObservedCommand, 'lost'>): void {
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) {
      waiting({ done: false, value: { ...command, lost: 0 } });
    } else if (this.#queue.length < this.#queueMax) {
      this.#queue.push({ ...command, lost: this.#lost });
      this.#lost = 0;
    } else this.#lost += 1;
  }

  next(): Promise<IteratorResult<ObservedCommand>> {
    const value = this.#queue.shift();
    if (value !== undefined) return Promise.resolve({ done: false, value });
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  return(): Promise<IteratorResult<ObservedCommand>> {
    if (!this.#ended) {
      this.#ended = true;
      this.#onEnd(this);
      for (const waiting of this.#waiting) waiting({ done: true, value: undefined });
      this.#waiting = [];
    }
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
