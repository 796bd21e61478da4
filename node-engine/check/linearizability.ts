import type { Model, Operation } from './operation.ts';

/** What the checker found out about the operations on one key. */
export interface KeyVerdict {
  readonly key: string;
  readonly verdict: 'linearizable' | 'not-linearizable' | 'undecided';
  readonly operations: number;
  /**
   * When it is not linearizable: the longest order that was found, and the operations of which none
   * can come next.
   */
  readonly longestPrefix: readonly Operation[];
  readonly stuckOn: readonly Operation[];
}

/** Limits of a check; at the limit the verdict is `undecided`, never a pass. */
export interface CheckLimits {
  /** Steps of the search per key. */
  readonly stepsMax: number;
}

/** About a minute per key on a slow machine. */
export const DEFAULT_CHECK_LIMITS: CheckLimits = { stepsMax: 20_000_000 };

/**
 * Checks whether a history is linearizable: whether its operations can be put in one order that
 * keeps real time and that the sequential model could have produced.
 *
 * Each key is checked by itself, which is sound because linearizability is local (Herlihy and Wing
 * 1990). Operations that failed, and reads nobody heard the answer of, constrain nothing and are left
 * out; a write of unknown outcome may take effect at any time after it began.
 */
export function checkHistory(
  model: Model,
  history: readonly Operation[],
  limits: CheckLimits = DEFAULT_CHECK_LIMITS,
): readonly KeyVerdict[] {
  const byKey = new Map<string, Operation[]>();
  for (const operation of history) {
    if (operation.type === 'fail') continue;
    if (operation.type === 'info' && operation.f === 'read') continue;
    const operations = byKey.get(operation.key);
    if (operations === undefined) byKey.set(operation.key, [operation]);
    else operations.push(operation);
  }
  return [...byKey].map(([key, operations]) => checkKey(model, key, operations, limits));
}

/** A call or a return in the doubly linked list of the search. */
interface Event {
  readonly operation: number;
  readonly isCall: boolean;
  before: Event | null;
  after: Event | null;
  /** The return that belongs to a call. */
  match: Event | null;
}

/** An operation that was taken, and what to go back to. */
interface Taken {
  readonly call: Event;
  readonly state: string;
  /** A read, which leaves no other choice to make. */
  readonly isForced: boolean;
}

/**
 * Wing and Gong's search with Lowe's memory of configurations: take any operation that was under way
 * before the first return, apply it, take it out of the list; go back when stuck. A configuration
 * (the set of operations taken, the model's state) is never entered twice.
 *
 * A read that could come next is taken at once and for good: it changes nothing wherever it stands, so in
 * every order that continues from here it could as well stand first.
 */
function checkKey(
  model: Model,
  key: string,
  operations: readonly Operation[],
  limits: CheckLimits,
): KeyVerdict {
  const search = new Search(model, operations);
  for (let steps = 0; steps < limits.stepsMax; steps += 1) {
    const verdict = search.step();
    if (verdict !== 'searching') return { key, verdict, ...search.evidence() };
  }
  return { key, verdict: 'undecided', ...search.evidence() };
}

class Search {
  readonly #model: Model;
  readonly #operations: readonly Operation[];
  readonly #head: Event;
  readonly #taken: Uint32Array;
  readonly #seen = new Map<string, Set<string>>();
  readonly #stack: Taken[] = [];
  #state: string;
  #entry: Event | null;
  #longest: number[] = [];
  #stuckOn: number[] = [];

  constructor(model: Model, operations: readonly Operation[]) {
    this.#model = model;
    this.#operations = operations;
    this.#head = listOf(operations);
    this.#taken = new Uint32Array(Math.ceil(operations.length / 32));
    this.#state = model.initial;
    this.#entry = null;
    this.#restart();
  }

  step(): 'searching' | 'linearizable' | 'not-linearizable' {
    const entry = this.#entry;
    if (this.#head.after === null || entry === null) return 'linearizable';
    if (entry.isCall) {
      this.#tryCall(entry);
      return 'searching';
    }
    // A return whose call could not be taken before it: this order is wrong.
    this.#remember(entry);
    for (let last = this.#stack.pop(); last !== undefined; last = this.#stack.pop()) {
      this.#state = last.state;
      this.#mark(last.call.operation, false);
      putBack(last.call);
      if (last.isForced) continue;
      this.#entry = last.call.after;
      return 'searching';
    }
    return 'not-linearizable';
  }

  evidence(): Pick<KeyVerdict, 'operations' | 'longestPrefix' | 'stuckOn'> {
    const pick = (indices: readonly number[]): readonly Operation[] =>
      indices.flatMap((index) => this.#operations[index] ?? []);
    return {
      operations: this.#operations.length,
      longestPrefix: pick(this.#longest),
      stuckOn: pick(this.#stuckOn),
    };
  }

  #tryCall(call: Event): void {
    const operation = this.#operations[call.operation];
    const next = operation === undefined ? null : this.#model.step(this.#state, operation);
    if (next !== null) {
      this.#mark(call.operation, true);
      if (this.#isNew(next)) {
        this.#stack.push({ call, state: this.#state, isForced: false });
        this.#state = next;
        takeOut(call);
        this.#restart();
        return;
      }
      this.#mark(call.operation, false);
    }
    this.#entry = call.after;
  }

  /** Goes on from the configuration that has been reached. */
  #restart(): void {
    for (let at = this.#head.after; at?.isCall === true;) {
      const operation = this.#operations[at.operation];
      const isSeen =
        operation?.f === 'read' && this.#model.step(this.#state, operation) === this.#state;
      const before = at.before;
      if (isSeen) {
        this.#stack.push({ call: at, state: this.#state, isForced: true });
        this.#mark(at.operation, true);
        takeOut(at);
      }
      at = isSeen && before !== null ? before.after : at.after;
    }
    this.#entry = this.#head.after;
  }

  #isNew(state: string): boolean {
    const configuration = String.fromCharCode(...new Uint16Array(this.#taken.buffer));
    const states = this.#seen.get(configuration);
    if (states === undefined) {
      this.#seen.set(configuration, new Set([state]));
      return true;
    }
    if (states.has(state)) return false;
    states.add(state);
    return true;
  }

  #mark(operation: number, taken: boolean): void {
    const word = operation >>> 5;
    const bit = 1 << (operation & 31);
    const before = this.#taken[word] ?? 0;
    this.#taken[word] = taken ? before | bit : before & ~bit;
  }

  /** Keeps the longest order found so far, and what stood in the way after it. */
  #remember(stopped: Event): void {
    if (this.#stack.length < this.#longest.length) return;
    this.#longest = this.#stack.map(({ call }) => call.operation);
    const open: number[] = [];
    for (let at = this.#head.after; at !== null && at !== stopped; at = at.after) {
      if (at.isCall) open.push(at.operation);
    }
    this.#stuckOn = open;
  }
}

/** All calls and returns by time, calls before returns of the same instant. */
function listOf(operations: readonly Operation[]): Event {
  const events: { readonly at: number; readonly event: Event }[] = [];
  operations.forEach((operation, index) => {
    const blank = { operation: index, before: null, after: null };
    const returned: Event = { ...blank, isCall: false, match: null };
    const call: Event = { ...blank, isCall: true, match: returned };
    events.push({ at: operation.invokeNs, event: call });
    const end = operation.type === 'info' ? Infinity : operation.completeNs;
    events.push({ at: end, event: returned });
  });
  events.sort((one, other) => {
    if (one.at !== other.at) return one.at < other.at ? -1 : 1;
    return Number(other.event.isCall) - Number(one.event.isCall);
  });
  const head: Event = { operation: -1, isCall: true, before: null, after: null, match: null };
  let last = head;
  for (const { at, event } of events) {
    // Returns that never came are no obligation: their operations may be left out altogether.
    if (at === Infinity) continue;
    last.after = event;
    event.before = last;
    last = event;
  }
  return head;
}

function unlink(event: Event): void {
  if (event.before !== null) event.before.after = event.after;
  if (event.after !== null) event.after.before = event.before;
}

function relink(event: Event): void {
  if (event.before !== null) event.before.after = event;
  if (event.after !== null) event.after.before = event;
}

function isLinked(event: Event): boolean {
  return event.before !== null;
}

function takeOut(call: Event): void {
  unlink(call);
  if (call.match !== null && isLinked(call.match)) unlink(call.match);
}

/** The exact reverse of `takeOut`, in reverse order. */
function putBack(call: Event): void {
  if (call.match !== null && isLinked(call.match)) relink(call.match);
  relink(call);
}
