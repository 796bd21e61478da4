import type { Operation } from '../../node-engine/check/operation.ts';

/** What clients asked and were answered, by one clock. */
export class Recorder {
  #operations: Operation[] = [];
  readonly #startNs = process.hrtime.bigint();
  #nextId = 0;

  /** Nanoseconds since the recorder was made. */
  now(): number {
    return Number(process.hrtime.bigint() - this.#startNs);
  }

  add(operation: Omit<Operation, 'id'>): void {
    this.#nextId += 1;
    this.#operations.push({ id: this.#nextId, ...operation });
  }

  /** How many were recorded since the last `take`. */
  get size(): number {
    return this.#operations.length;
  }

  /** What was recorded since the last time. */
  take(): readonly Operation[] {
    const taken = this.#operations;
    this.#operations = [];
    return taken;
  }
}
