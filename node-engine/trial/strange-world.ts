import type { Prng } from '../sim/prng.ts';

/*
 * What a handler must not ask: the clock and the chance of the server it happens to run on. Servers
 * simulated in one process would all get the same answers, or answers that are different in the next
 * run; here each server has its own, from the seed. Who asks is remembered, to be named when the
 * answers turn out to matter.
 */

const HOUR_MS = 3_600_000;
const BEGINNING_MS = 1_700_000_000_000;

/** The clock and the chance of one server, as JavaScript's globals show them. */
export class StrangeWorld {
  /** What was asked since `asked` was last cleared. */
  readonly asked = new Set<string>();
  readonly #prng: Prng;
  #nowMs: number;
  readonly #undo: (() => void)[] = [];

  constructor(prng: Prng) {
    this.#prng = prng;
    // An hour apart at most: the same day and the same format, as on real servers.
    this.#nowMs = BEGINNING_MS + prng.below(HOUR_MS);
  }

  /** Runs `task`, which must not wait for anything, in this world. */
  run<Result>(task: () => Result): Result {
    this.#enter();
    try {
      return task();
    } finally {
      for (let undo = this.#undo.pop(); undo !== undefined; undo = this.#undo.pop()) undo();
    }
  }

  #enter(): void {
    this.#put(globalThis, 'Date', this.#dateClass(Date));
    this.#put(Math, 'random', () => {
      this.asked.add('Math.random');
      return this.#prng.float();
    });
    this.#put(performance, 'now', () => {
      this.asked.add('performance.now');
      return this.#tickMs() - BEGINNING_MS;
    });
    this.#put(crypto, 'randomUUID', () => {
      this.asked.add('crypto.randomUUID');
      const digits = (): string => this.#prng.uint32().toString(16).padStart(8, '0');
      const [time, middle, rest] = [digits(), digits(), digits()];
      const node = `${rest}${digits().slice(4)}`;
      return `${time}-${middle.slice(0, 4)}-4${middle.slice(5)}-8${node.slice(0, 3)}-${node}`;
    });
    this.#put(crypto, 'getRandomValues', (target: ArrayBufferView) => {
      this.asked.add('crypto.getRandomValues');
      const bytes = new Uint8Array(target.buffer, target.byteOffset, target.byteLength);
      for (let at = 0; at < bytes.length; at += 1) bytes[at] = this.#prng.uint32();
      return target;
    });
  }

  #put(owner: object, name: string, value: unknown): void {
    const before = Object.getOwnPropertyDescriptor(owner, name);
    Object.defineProperty(owner, name, { value, configurable: true, writable: true });
    this.#undo.push(() => {
      if (before === undefined) Reflect.deleteProperty(owner, name);
      else Object.defineProperty(owner, name, before);
    });
  }

  #tickMs(): number {
    this.#nowMs += this.#prng.below(3);
    return this.#nowMs;
  }

  #dateClass(real: DateConstructor): DateConstructor {
    const now = (): number => {
      this.asked.add('Date.now');
      return this.#tickMs();
    };
    const nowOfNewDate = (): number => {
      this.asked.add('new Date()');
      return this.#tickMs();
    };
    return new Proxy(real, {
      get: (target, key) => (key === 'now' ? now : (Reflect.get(target, key) as unknown)),
      apply: () => new real(nowOfNewDate()).toString(),
      construct: (target, args: unknown[], newTarget) =>
        Reflect.construct(target, args.length === 0 ? [nowOfNewDate()] : args, newTarget) as object,
    });
  }
}
