import { expect, test } from 'vitest';

import { defineMachine } from '../../node-engine/machine/define-machine.ts';
import type { MachineDefinition } from '../../node-engine/machine/machine.ts';
import { kv } from '../../node-engine/machines/kv/kv.ts';
import { ticket } from '../../node-engine/machines/ticket/ticket.ts';
import { timeseries } from '../../node-engine/machines/timeseries/timeseries.ts';
import {
  MachineTestError,
  testMachine,
  type MachineTestOptions,
  type MachineTestReport,
} from '../../node-engine/testing.ts';

/** Uses everything that a machine may use. */
const lottery = defineMachine({
  name: 'lottery',
  version: '1.0.0',
  initial: () => ({ names: [] as string[], draws: 0, lastMs: 0, ticks: 0 }),
  commands: {
    ENTER: {
      kind: 'write',
      arity: 2,
      arguments: [{ name: 'name', type: 'string' }],
      run: ({ state, args: [name = ''], now }) => {
        state.lastMs = now();
        return state.names.push(name);
      },
    },
    DRAW: {
      kind: 'write',
      arity: 1,
      run: ({ state, random }) => {
        state.draws += 1;
        return state.names.splice(Math.floor(random() * state.names.length), 1);
      },
    },
    NAMES: { kind: 'read', arity: 1, run: ({ state }) => [...state.names] },
  },
  tick: { intervalMs: 100, run: ({ state }) => void (state.ticks += 1) },
  snapshot: 'json',
});

/** A machine with one more write than a counter needs. */
function counterWith(
  run: (state: { count: number }) => number | bigint | string,
): MachineDefinition {
  return defineMachine({
    name: 'counter',
    version: '1.0.0',
    initial: () => ({ count: 0 }),
    commands: {
      INCR: { kind: 'write', arity: 1, run: ({ state }) => ++state.count },
      ODD: { kind: 'write', arity: 1, run: ({ state }) => run(state) },
      COUNT: { kind: 'read', arity: 1, run: ({ state }) => state.count },
    },
    snapshot: 'json',
  });
}

function errorOf(machine: MachineDefinition, options: MachineTestOptions = {}): MachineTestError {
  let report: MachineTestReport;
  try {
    report = testMachine(machine, options);
  } catch (error) {
    if (error instanceof MachineTestError) return error;
    throw error;
  }
  throw new Error(`nothing was found: ${JSON.stringify(report)}`);
}

test('a machine that depends on its calls alone passes, and was put to the test', () => {
  const report = testMachine(lottery, { nodes: 5, seeds: 8 });
  expect(report.machineErrors).toEqual(new Map());
  expect(report.steps).toBeGreaterThan(100);
  expect(report.compared).toBeGreaterThan(report.steps);
  for (const counted of [report.reads, report.snapshots, report.restores, report.elections]) {
    expect(counted, JSON.stringify(report)).toBeGreaterThan(0);
  }
  expect(report.crashes).toBeGreaterThan(0);
});

test.each([
  ['kv', kv],
  ['ticket', ticket],
  ['timeseries', timeseries],
])('%s, which comes with the program, passes', (_, machine) => {
  const report = testMachine(machine, { seeds: 4 });
  expect(report.compared).toBeGreaterThan(50);
  expect(report.machineErrors).toEqual(new Map());
});

test.each<[string, string, (state: { count: number }) => number | bigint | string]>([
  ['Math.random', 'Math.random', () => Math.random().toString()],
  ['Date.now', 'Date.now', (state) => (state.count = Date.now())],
  ['new Date()', 'new Date()', () => new Date().toISOString()],
  ['Date()', 'new Date()', () => `${Date()} ${String(new Date().getTime())}`],
  ['performance.now', 'performance.now', () => performance.now().toString()],
  ['crypto.randomUUID', 'crypto.randomUUID', () => crypto.randomUUID()],
])('a write that uses %s is caught and named', (_, asked, run) => {
  const error = errorOf(counterWith(run), { seeds: 3 });
  expect(error.kind).toBe('reply');
  expect(error.command).toBe('ODD');
  expect(error.message).toContain(`replicas differ after ODD`);
  expect(error.message).toContain(`ODD asked ${asked}`);
  expect(error.message).toMatch(/\[seed \d\]$/u);
});

test('a state that differs is caught although the answers are equal', () => {
  const machine = counterWith((state) => {
    state.count = Math.floor(Math.random() * 2 ** 31);
    return 'done';
  });
  const error = errorOf(machine, { seeds: 3 });
  expect(error).toMatchObject({ kind: 'state', command: 'ODD' });
});

test('a variable beside the state is caught', () => {
  let calls = 0;
  const error = errorOf(
    counterWith(() => ++calls),
    { seeds: 3 },
  );
  expect(error).toMatchObject({ kind: 'reply', command: 'ODD' });
});

test('a read that changes a state with a codec is caught and named', () => {
  const machine = defineMachine({
    name: 'reader',
    version: '1.0.0',
    initial: () => new Map([['reads', 0]]),
    commands: {
      INCR: { kind: 'write', arity: 1, run: ({ state }) => state.size },
      PEEK: {
        kind: 'read',
        arity: 1,
        run: ({ state }) => {
          state.set('reads', (state.get('reads') ?? 0) + 1);
          return null;
        },
      },
    },
    snapshot: {
      write: (state) => [JSON.stringify([...state])],
      read: (bytes) =>
        new Map(JSON.parse(Buffer.from(bytes).toString('utf8')) as [string, number][]),
    },
  });
  expect(errorOf(machine, { seeds: 5 })).toMatchObject({ kind: 'read', command: 'PEEK' });
});

function withCodec(
  write: (state: { count: number; shown: number }) => string,
  read: (text: string) => { count: number; shown: number },
): MachineDefinition {
  return defineMachine({
    name: 'saver',
    version: '1.0.0',
    initial: () => ({ count: 0, shown: 0 }),
    commands: {
      INCR: {
        kind: 'write',
        arity: 1,
        run: ({ state }) => {
          state.count += 1;
          state.shown += 2;
          return state.count;
        },
      },
      SHOWN: { kind: 'write', arity: 1, run: ({ state }) => state.shown },
    },
    snapshot: {
      write: (state) => [write(state)],
      read: (bytes) => read(Buffer.from(bytes).toString('utf8')),
    },
  });
}

test('a snapshot that leaves something out is caught where it shows', () => {
  const machine = withCodec(
    ({ count }) => JSON.stringify({ count }),
    (text) => ({ ...(JSON.parse(text) as { count: number }), shown: 0 }),
  );
  const error = errorOf(machine, { seeds: 10 });
  expect(error).toMatchObject({ kind: 'reply', command: 'SHOWN' });
  expect(error.message).toContain('which was restored from a snapshot');
});

test('a snapshot that comes back as another state is caught', () => {
  const machine = withCodec(
    (state) => JSON.stringify(state),
    () => ({ count: 0, shown: 0 }),
  );
  expect(errorOf(machine, { seeds: 10 })).toMatchObject({ kind: 'snapshot' });
});

test('a snapshot that cannot be read is caught with the reason', () => {
  const machine = withCodec(
    (state) => JSON.stringify(state),
    () => {
      throw new Error('no such format');
    },
  );
  expect(errorOf(machine, { seeds: 10 }).message).toContain('no such format');
});

test('the same seed finds the same thing again', () => {
  const machine = counterWith(() => Math.random().toString());
  const first = errorOf(machine, { seeds: 5, nodes: 5 });
  const again = errorOf(machine, { firstSeed: first.seed, seeds: 1, nodes: 5 });
  expect(again.message).toBe(first.message);
});

test('the clock and the chance of JavaScript are as before afterwards', () => {
  const globals = (): readonly unknown[] => [
    Date,
    Object.getOwnPropertyDescriptor(Math, 'random'),
    Object.getOwnPropertyDescriptor(performance, 'now'),
    Object.getOwnPropertyDescriptor(crypto, 'randomUUID'),
  ];
  const before = globals();
  testMachine(ticket, { seeds: 1 });
  expect(globals()).toEqual(before);
});

test('commands of the author are the ones that run', () => {
  const seen = new Set<string>();
  const machine = defineMachine({
    name: 'echo',
    version: '1.0.0',
    initial: () => ({ last: '' }),
    commands: {
      PUT: {
        kind: 'write',
        run: ({ state, args: [word = ''] }) => {
          seen.add(word);
          state.last = word;
          return null;
        },
      },
    },
    snapshot: 'json',
  });
  testMachine(machine, { seeds: 2, command: ({ pick }) => ['PUT', pick(['north', 'south'])] });
  expect(seen).toEqual(new Set(['north', 'south']));
});

test('a machine without writes cannot pass', () => {
  const machine = defineMachine({
    name: 'still',
    version: '1.0.0',
    initial: () => ({}),
    commands: { LOOK: { kind: 'read', run: () => null } },
    snapshot: 'json',
  });
  expect(errorOf(machine, { seeds: 1 })).toMatchObject({ kind: 'setup' });
});

test('a maker that fails is told apart from a machine that does', () => {
  const command = (): never => {
    throw new Error('out of ideas');
  };
  const error = errorOf(ticket, { seeds: 1, command });
  expect(error).toMatchObject({ kind: 'setup' });
  expect(error.message).toContain('making up a command failed: out of ideas');
});

test('a number of nodes that makes no cluster is refused', () => {
  expect(() => testMachine(ticket, { nodes: 1 })).toThrow(
    'nodes: 1 is not a whole number from 2 to 9',
  );
});
