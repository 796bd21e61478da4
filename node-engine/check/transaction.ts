import type { Operation } from './operation.ts';

/**
 * A step of a transaction over append-only lists: `['append', key, element]`, or `['r', key, list]`
 * with the list that was read (null where the answer is not known).
 */
export type Step =
  readonly ['append', string, ListElement] | readonly ['r', string, readonly ListElement[] | null];

/** What lists hold. Every element is appended to a key at most once in a history. */
export type ListElement = number;

/**
 * A client operation as a transaction: `f` is `txn`, `input` its steps with null for every list, and
 * `output` the same steps with what was read.
 */
export interface Transaction {
  readonly operation: Operation;
  /** With what was read where the operation is `ok`, else as it was asked. */
  readonly steps: readonly Step[];
}

/**
 * Reads transactions out of a history.
 *
 * @throws TypeError for an operation that is none, or an answer that is not one to its question: the
 *   harness that recorded it is broken then, and not what was tested
 */
export function transactionsOf(history: readonly Operation[]): readonly Transaction[] {
  return history.map((operation) => {
    const asked = stepsIn(operation, operation.input);
    if (operation.type !== 'ok') return { operation, steps: asked };
    const answered = stepsIn(operation, operation.output);
    const fits =
      answered.length === asked.length &&
      answered.every(([f, key, value], at) => {
        const step = asked[at];
        if (step?.[0] !== f || step[1] !== key) return false;
        return f === 'append' ? step[2] === value : value !== null;
      });
    if (!fits) throw malformed(operation, 'its answer is not one to what was asked');
    return { operation, steps: answered };
  });
}

function stepsIn(operation: Operation, value: unknown): readonly Step[] {
  if (operation.f !== 'txn') throw malformed(operation, `f is ${operation.f}, not txn`);
  if (!Array.isArray(value)) throw malformed(operation, 'it has no list of steps');
  return value.map((step: unknown) => {
    if (!isStep(step)) throw malformed(operation, `${JSON.stringify(step)} is no step`);
    return step;
  });
}

function isStep(step: unknown): step is Step {
  if (!Array.isArray(step) || step.length !== 3) return false;
  const [f, key, value] = step as unknown[];
  if (typeof key !== 'string') return false;
  if (f === 'append') return typeof value === 'number';
  return f === 'r' && (value === null || (Array.isArray(value) && value.every(isElement)));
}

function isElement(value: unknown): value is ListElement {
  return typeof value === 'number';
}

function malformed(operation: Operation, why: string): TypeError {
  return new TypeError(`operation ${operation.id} is no transaction: ${why}`);
}
