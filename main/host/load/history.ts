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

  /** Takes one operation; an operation that was certainly not done constrains nothing. */
  add(client: number, call: LoadCall, outcome: LoadOutcome, answeredMs: number): void {
    const isUnknown = outcome.type === 'unknown';
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
