import type { Operation } from '../../../node-engine/check/operation.ts';

/** Most operations of a run: what is checked and kept in memory is bounded. */
export const OPERATIONS_MAX = 100_000;

/** What was asked, as it was sent. */
export interface LoadCall {
  readonly action: 'read' | 'write';
  readonly key: string;
  /** What is written; null for a read. */
  readonly value: number | null;
  /** Milliseconds since the run began. */
  readonly sentMs: number;
}

/** What became of it. */
export type LoadOutcome =
  | { readonly type: 'done'; readonly read: number | null }
  | { readonly type: 'not done' | 'unknown'; readonly kind: string };

/** The operations of a run in the checker's form, in the order of their answers. */
export class LoadHistory {
  readonly #operations: Operation[] = [];
  /** What each client has asked and has no answer to yet. */
  readonly #pending = new Map<number, LoadCall>();
  #nextClient = 0;

  get operations(): readonly Operation[] {
    return this.#operations;
  }

  get isFull(): boolean {
    return this.#operations.length >= OPERATIONS_MAX;
  }

  /** The number of a client that has not been heard of before. */
  newClient(): number {
    this.#nextClient += 1;
    return this.#nextClient;
  }

  /** Notes that a client asks; `add` says what came of it. */
  begin(client: number, call: LoadCall): void {
    this.#pending.set(client, call);
  }

  /**
   * All that can have been seen by now: what was answered, and writes under way, which may or may not
   * have been done. Without these a read of what they wrote would look like one of nothing.
   */
  soFar(): readonly Operation[] {
    const writes = [...this.#pending].filter(([, { action }]) => action === 'write');
    const underWay = writes.map(([client, call], at): Operation => {
      const asked = { id: this.#operations.length + at + 1, process: client, f: call.action };
      const what = { key: call.key, input: call.value, output: null };
      const when = { invokeNs: Math.round(call.sentMs * 1e6), completeNs: Infinity };
      return { ...asked, ...what, ...when, type: 'info' };
    });
    return [...this.#operations, ...underWay];
  }

  /** Takes one operation; an operation that was certainly not done constrains nothing. */
  add(client: number, call: LoadCall, outcome: LoadOutcome, answeredMs: number): void {
    const isUnknown = outcome.type === 'unknown';
    this.#pending.delete(client);
    this.#operations.push({
      id: this.#operations.length + 1,
      process: client,
      f: call.action,
      key: call.key,
      input: call.value,
      output: outcome.type === 'done' ? outcome.read : null,
      invokeNs: Math.round(call.sentMs * 1e6),
      completeNs: isUnknown ? Infinity : Math.round(answeredMs * 1e6),
      type: outcome.type === 'done' ? 'ok' : isUnknown ? 'info' : 'fail',
    });
  }
}
