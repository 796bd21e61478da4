import type { Operation } from '../../node-engine/check/operation.ts';

/** A small seeded generator (mulberry32), so that a failing history can be made again. */
export function generatorOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Operations on one register by a few processes, answers drawn at random: right and wrong ones. */
export function randomRegisterHistory(seed: number, count: number): readonly Operation[] {
  const random = generatorOf(seed);
  const pick = (limit: number): number => Math.floor(random() * limit);
  const free = [0, 0, 0];
  const operations: Operation[] = [];
  for (let id = 0; id < count; id += 1) {
    const process = pick(free.length);
    const invokeNs = (free[process] ?? 0) + pick(4);
    const completeNs = invokeNs + 1 + pick(6);
    free[process] = completeNs + 1;
    const kind = pick(10);
    const type = pick(8) === 0 ? 'info' : pick(12) === 0 ? 'fail' : 'ok';
    const base = { id, process, key: 'x', invokeNs, completeNs, type } as const;
    if (kind < 5) {
      const seen = pick(4);
      operations.push({ ...base, f: 'read', input: null, output: seen === 0 ? null : seen });
    } else if (kind < 8) {
      operations.push({ ...base, f: 'write', input: 1 + pick(3), output: 'OK' });
    } else {
      const input = [1 + pick(3), 1 + pick(3)];
      operations.push({ ...base, f: 'cas', input, output: pick(2) === 0 });
    }
  }
  return operations;
}

/** Operations on one counter, set or bank: answers drawn near the right ones. */
export function randomHistoryOf(
  kind: 'counter' | 'set' | 'bank',
  seed: number,
  count: number,
): readonly Operation[] {
  const random = generatorOf(seed);
  const pick = (limit: number): number => Math.floor(random() * limit);
  const free = [0, 0, 0];
  return Array.from({ length: count }, (_, id) => {
    const process = pick(free.length);
    const invokeNs = (free[process] ?? 0) + pick(4);
    const completeNs = invokeNs + 1 + pick(6);
    free[process] = completeNs + 1;
    const type = pick(8) === 0 ? 'info' : pick(12) === 0 ? 'fail' : 'ok';
    const base = { id, process, key: 'x', invokeNs, completeNs, type } as const;
    return { ...base, ...randomCall(kind, pick) };
  });
}

function randomCall(
  kind: 'counter' | 'set' | 'bank',
  pick: (limit: number) => number,
): Pick<Operation, 'f' | 'input' | 'output'> {
  const isRead = pick(2) === 0;
  switch (kind) {
    case 'counter':
      if (isRead) return { f: 'read', input: null, output: pick(3) };
      return { f: 'add', input: 1, output: 1 + pick(3) };
    case 'set':
      if (!isRead) return { f: 'add', input: 1 + pick(2), output: 'OK' };
      return { f: 'read', input: null, output: [[], [1], [2], [1, 2], [2, 1]][pick(5)] };
    case 'bank': {
      const moved = pick(3);
      if (isRead) return { f: 'read', input: null, output: [2 - moved, 2 + moved] };
      const [from, to] = pick(2) === 0 ? [0, 1] : [1, 0];
      return { f: 'transfer', input: [from, to, 1 + pick(2)], output: pick(3) > 0 };
    }
  }
}
