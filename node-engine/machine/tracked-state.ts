import { copyAsJson, isContainer, type JsonContainer, type JsonValue } from './json-value.ts';

/** Array methods that move items about: run at once on the array itself, with its items saved. */
const MOVING_METHODS: ReadonlySet<string> = new Set([
  'copyWithin',
  'fill',
  'pop',
  'reverse',
  'shift',
  'sort',
  'splice',
  'unshift',
]);

/**
 * A state of JSON values that a command changes like any object, and that goes back to what it was
 * when the command throws.
 *
 * Commands see it through proxies. A change is noted with what was there before; `rollBack` undoes
 * the notes from the newest to the oldest. So the price of safety is paid per change, not per state.
 *
 * What is assigned is copied (see `copyAsJson`): the state stays a tree, in which nothing is shared,
 * nothing is of another type than after a restore, and nothing changes unnoticed. The object that
 * was assigned is frozen, so that going on with it fails instead of getting lost.
 */
export class TrackedState {
  #root: JsonContainer;
  #undo: (() => void)[] = [];
  readonly #targets = new WeakMap<object, JsonContainer>();
  #writable = new WeakMap<JsonContainer, JsonContainer>();
  #readOnly = new WeakMap<JsonContainer, JsonContainer>();
  #isOpen = true;

  /** @throws TypeError when `initial` is not an object or array of JSON values */
  constructor(initial: unknown) {
    this.#root = this.#copyRoot(initial);
  }

  /** The state as it is; not to be changed. */
  get root(): JsonContainer {
    return this.#root;
  }

  /** For a command that may change the state. */
  get writable(): JsonContainer {
    return this.#toWrite(this.#root);
  }

  /** For a command that may not: every change throws. */
  get readOnly(): JsonContainer {
    return this.#toRead(this.#root);
  }

  /** A command begins: until `close` the state may be changed. */
  open(): void {
    this.#isOpen = true;
  }

  /** It has ended: what it left behind, as a promise or a timer, changes nothing any more. */
  close(): void {
    this.#isOpen = false;
  }

  /** Takes another state; there is no way back. */
  replace(state: unknown): void {
    this.#root = this.#copyRoot(state);
    this.#undo = [];
  }

  /** Keeps all changes since the last call of this or `rollBack`. */
  commit(): void {
    this.#undo.length = 0;
  }

  /** Undoes them. A deleted field comes back as the last one of its object. */
  rollBack(): void {
    for (let undo = this.#undo.pop(); undo !== undefined; undo = this.#undo.pop()) undo();
  }

  #copyRoot(value: unknown): JsonContainer {
    const copy = copyAsJson(value, (object) => object);
    if (!isContainer(copy)) throw new TypeError('the state must be an object or an array');
    return copy;
  }

  #adopt(value: unknown): JsonValue {
    const copy = copyAsJson(value, (object) => this.#targets.get(object) ?? object);
    if (isContainer(value) && !this.#targets.has(value)) this.#freeze(value);
    return copy;
  }

  #freeze(container: JsonContainer): void {
    Object.freeze(container);
    for (const value of Object.values(container)) {
      if (isContainer(value) && !this.#targets.has(value) && !Object.isFrozen(value)) {
        this.#freeze(value);
      }
    }
  }

  #toWrite(target: JsonContainer): JsonContainer {
    const known = this.#writable.get(target);
    if (known !== undefined) return known;
    const proxy = new Proxy(target, {
      ...REFUSING,
      get: (_, key) => this.#get(target, key),
      set: (_, key, value) => this.#set(target, key, value),
      deleteProperty: (_, key) => this.#delete(target, key),
    });
    this.#writable.set(target, proxy);
    this.#targets.set(proxy, target);
    return proxy;
  }

  #toRead(target: JsonContainer): JsonContainer {
    const known = this.#readOnly.get(target);
    if (known !== undefined) return known;
    const proxy = new Proxy(target, {
      ...REFUSING,
      get: (_, key) => {
        const value: unknown = Reflect.get(target, key);
        return isContainer(value) ? this.#toRead(value) : value;
      },
      set: refuse('a read cannot change the state'),
      deleteProperty: refuse('a read cannot change the state'),
    });
    this.#readOnly.set(target, proxy);
    this.#targets.set(proxy, target);
    return proxy;
  }

  #get(target: JsonContainer, key: string | symbol): unknown {
    const value: unknown = Reflect.get(target, key);
    if (isContainer(value)) return this.#toWrite(value);
    if (Array.isArray(target) && typeof key === 'string' && MOVING_METHODS.has(key)) {
      return (...args: unknown[]) => this.#move(target, key, args);
    }
    return value;
  }

  /** Item by item through the proxy, every item would be copied for every place it moves by. */
  #move(target: JsonValue[], method: string, args: readonly unknown[]): unknown {
    this.#expectOpen();
    const before = target.slice();
    this.#undo.push(() => {
      target.length = 0;
      for (const item of before) target.push(item);
    });
    const run: unknown = Reflect.get(target, method);
    if (typeof run !== 'function') throw new TypeError(`arrays have no method ${method}`);
    const passed = args.map((argument) =>
      isCallback(argument) ? this.#onProxies(argument) : this.#adoptArgument(argument),
    );
    const result: unknown = Reflect.apply(run, target, passed);
    if (result === target) return this.#toWrite(target);
    return this.#wrapResult(result);
  }

  #adoptArgument(argument: unknown): unknown {
    return argument === undefined ? undefined : this.#adopt(argument);
  }

  /** A comparison sees items as the command does everywhere else. */
  #onProxies(callback: (...args: unknown[]) => unknown): (...args: unknown[]) => unknown {
    return (...items) =>
      callback(...items.map((item) => (isContainer(item) ? this.#toWrite(item) : item)));
  }

  /** What was taken out can come back, so changes to it are noted as well. */
  #wrapResult(result: unknown): unknown {
    if (!isContainer(result)) return result;
    if (!Array.isArray(result)) return this.#toWrite(result);
    return result.map((item) => (isContainer(item) ? this.#toWrite(item) : item));
  }

  #set(target: JsonContainer, key: string | symbol, value: unknown): boolean {
    this.#expectOpen();
    if (typeof key === 'symbol') throw new TypeError('the state is kept as JSON: no symbols');
    if (Array.isArray(target)) return this.#setItem(target, key, value);
    if (value === undefined) return this.#delete(target, key);
    const copy = this.#adopt(value);
    const had = Object.hasOwn(target, key);
    const before = target[key];
    this.#undo.push(() => {
      if (had && before !== undefined) target[key] = before;
      else Reflect.deleteProperty(target, key);
    });
    target[key] = copy;
    return true;
  }

  #setItem(target: JsonValue[], key: string, value: unknown): boolean {
    if (key === 'length') return this.#setLength(target, Number(value));
    const at = Number(key);
    if (String(at) !== key || !Number.isSafeInteger(at) || at < 0) {
      throw new TypeError(`the state is kept as JSON: an array has no field ${key}`);
    }
    if (at > target.length) throw new TypeError('the state is kept as JSON: no holes in arrays');
    const copy = this.#adopt(value);
    const before = target[at];
    this.#undo.push(() => {
      if (before === undefined) target.length = at;
      else target[at] = before;
    });
    target[at] = copy;
    return true;
  }

  #setLength(target: JsonValue[], length: number): boolean {
    if (length > target.length)
      throw new TypeError('the state is kept as JSON: no holes in arrays');
    const cut = target.slice(length);
    if (cut.length > 0) this.#undo.push(() => void target.push(...cut));
    target.length = length;
    return true;
  }

  /** Every node gets to a late change at another place in the log: their states would come apart. */
  #expectOpen(): void {
    if (!this.#isOpen)
      throw new TypeError('the state cannot be changed after its command has ended');
  }

  #delete(target: JsonContainer, key: string | symbol): boolean {
    this.#expectOpen();
    if (Array.isArray(target)) throw new TypeError('the state is kept as JSON: no holes in arrays');
    if (typeof key === 'symbol' || !Object.hasOwn(target, key)) return true;
    const before = target[key];
    this.#undo.push(() => {
      if (before !== undefined) target[key] = before;
    });
    return Reflect.deleteProperty(target, key);
  }
}

function isCallback(value: unknown): value is (...args: unknown[]) => unknown {
  return typeof value === 'function';
}

function refuse(why: string): () => never {
  return () => {
    throw new TypeError(why);
  };
}

/** Ways to change an object that JSON has no words for. */
const REFUSING = {
  defineProperty: refuse('the state is kept as JSON: assign to its fields'),
  setPrototypeOf: refuse('the state is kept as JSON: it has no prototypes'),
  preventExtensions: refuse('the state cannot be frozen'),
};
