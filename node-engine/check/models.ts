import type { Model, Operation } from './operation.ts';

const ABSENT = '';

/** Values are plain data; their JSON tells any two apart. */
function text(value: unknown): string {
  return value === null || value === undefined ? ABSENT : JSON.stringify(value);
}

function pair(input: unknown): readonly [unknown, unknown] {
  return Array.isArray(input) ? [input[0], input[1]] : [null, null];
}

/**
 * A register: `read` answers its value (null at first), `write` sets it to its input, `cas` with the
 * input `[expected, next]` answers whether it was `expected` and is `next` now, `create` sets it only
 * when it is absent and answers whether it did.
 */
export const REGISTER: Model = {
  initial: ABSENT,
  step: (state, operation) => {
    switch (operation.f) {
      case 'read':
        return isOpen(operation) || text(operation.output) === state ? state : null;
      case 'write':
        return text(operation.input);
      case 'create':
        return conditional(state, operation, state === ABSENT, text(operation.input));
      case 'cas': {
        const [expected, next] = pair(operation.input);
        return conditional(state, operation, state === text(expected), text(next));
      }
      default:
        return null;
    }
  },
};

/** A counter: `add` adds its input and answers the sum, `read` answers the sum (0 at first). */
export const COUNTER: Model = {
  initial: '0',
  step: (state, operation) => {
    if (operation.f === 'read') {
      const seen = operation.output === null ? '0' : JSON.stringify(operation.output);
      return isOpen(operation) || seen === state ? state : null;
    }
    if (operation.f !== 'add') return null;
    const sum = String(BigInt(state) + BigInt(JSON.stringify(operation.input)));
    return isOpen(operation) || JSON.stringify(operation.output) === sum ? sum : null;
  },
};

/**
 * A set of whole numbers: `add` puts its input in, `read` answers all of it as a list, in any order.
 */
export const SET: Model = {
  initial: '[]',
  step: (state, operation) => {
    if (operation.f === 'read') {
      return isOpen(operation) || sorted(operation.output) === state ? state : null;
    }
    if (operation.f !== 'add') return null;
    const members = JSON.parse(state) as unknown[];
    return sorted([...new Set([...members, operation.input])]);
  },
};

/**
 * Accounts in a bank, `initial` in each: `transfer` with the input `[from, to, amount]` moves money and
 * answers true, or answers false and moves nothing when `from` has less; `read` answers all balances.
 */
export function bankOf(accounts: number, initial: number): Model {
  return {
    initial: JSON.stringify(Array.from({ length: accounts }, () => initial)),
    step: (state, operation) => {
      if (operation.f === 'read') {
        return isOpen(operation) || JSON.stringify(operation.output) === state ? state : null;
      }
      if (operation.f !== 'transfer') return null;
      const balances = JSON.parse(state) as number[];
      const [from, to, amount] = operation.input as readonly [number, number, number];
      const holds = (balances[from] ?? 0) >= amount;
      balances[from] = (balances[from] ?? 0) - amount;
      balances[to] = (balances[to] ?? 0) + amount;
      return conditional(state, operation, holds, JSON.stringify(balances));
    },
  };
}

function sorted(members: unknown): string | null {
  if (!Array.isArray(members)) return null;
  return JSON.stringify([...(members as number[])].sort((one, other) => one - other));
}

function isOpen(operation: Operation): boolean {
  return operation.type === 'info';
}

function conditional(
  state: string,
  operation: Operation,
  holds: boolean,
  next: string,
): string | null {
  const after = holds ? next : state;
  return isOpen(operation) || operation.output === holds ? after : null;
}
