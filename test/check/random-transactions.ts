import type { Operation } from '../../node-engine/check/operation.ts';
import { generatorOf } from './random-history.ts';

type RandomStep = ['append', string, number] | ['r', string, number[] | null];

/**
 * Transactions on two lists by a few processes. What they read comes from an execution that is serial
 * most of the time, and now and then forgets or reorders; about half of the histories are wrong.
 */
export function randomTransactions(seed: number, count: number): readonly Operation[] {
  const random = generatorOf(seed);
  const pick = (limit: number): number => Math.floor(random() * limit);
  const keys = ['x', 'y'];
  const free = [0, 0, 0];
  const lists: Record<string, number[]> = { x: [], y: [] };
  const operations: { operation: Operation; runsAt: number }[] = [];
  let element = 0;
  for (let id = 0; id < count; id += 1) {
    const process = pick(free.length);
    const invokeNs = (free[process] ?? 0) + pick(5);
    const completeNs = invokeNs + 1 + pick(8);
    free[process] = completeNs + 1;
    const type = pick(8) === 0 ? 'info' : pick(12) === 0 ? 'fail' : 'ok';
    const steps = Array.from({ length: 1 + pick(3) }, (): RandomStep => {
      const key = keys[pick(2)] ?? 'x';
      return pick(2) === 0 ? ['append', key, (element += 1)] : ['r', key, null];
    });
    const base = { id, process, f: 'txn', key: '', invokeNs, type, output: null } as const;
    const end = type === 'info' ? Infinity : completeNs;
    const runsAt = invokeNs + random() * (completeNs - invokeNs);
    operations.push({ operation: { ...base, input: steps, completeNs: end }, runsAt });
  }
  operations.sort((one, other) => one.runsAt - other.runsAt);
  const wrongness = pick(3) === 0 ? 0 : 6;
  return operations.map(({ operation }) => {
    const isDone = operation.type === 'ok' || (operation.type === 'info' && pick(2) === 0);
    const answered = (operation.input as RandomStep[]).map(([f, key, value]): RandomStep => {
      const list = lists[key] ?? [];
      if (f === 'append') {
        const isForgotten = wrongness > 0 && pick(wrongness) === 0;
        if (isDone && !isForgotten) list.push(value);
        return ['append', key, value];
      }
      const seen =
        wrongness > 0 && pick(wrongness) === 0 ? list.slice(0, pick(list.length + 1)) : list;
      return ['r', key, [...seen]];
    });
    return operation.type === 'ok' ? { ...operation, output: answered } : operation;
  });
}

/** The definition of strict serializability, tried literally. For a handful of transactions only. */
export function isStrictlySerializable(history: readonly Operation[]): boolean {
  const considered = history.filter(({ type }) => type !== 'fail');
  const extend = (
    lists: ReadonlyMap<string, readonly number[]>,
    rest: readonly Operation[],
  ): boolean => {
    if (rest.every(({ type }) => type === 'info')) return true;
    const firstEnd = Math.min(...rest.map(({ completeNs }) => completeNs));
    return rest.some((next) => {
      if (next.invokeNs > firstEnd) return false;
      const after = run(lists, next);
      return (
        after !== null &&
        extend(
          after,
          rest.filter((one) => one !== next),
        )
      );
    });
  };
  return extend(new Map(), considered);
}

function run(
  lists: ReadonlyMap<string, readonly number[]>,
  operation: Operation,
): ReadonlyMap<string, readonly number[]> | null {
  const after = new Map(lists);
  const steps = (operation.output ?? operation.input) as RandomStep[];
  for (const [f, key, value] of steps) {
    const list = after.get(key) ?? [];
    if (f === 'append') after.set(key, [...list, value]);
    else if (value !== null && JSON.stringify(value) !== JSON.stringify(list)) return null;
  }
  return after;
}
