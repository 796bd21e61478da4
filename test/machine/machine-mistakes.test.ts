import { expect, test } from 'vitest';

import { CommandError } from '../../node-engine/machine/command-errors.ts';
import { defineMachine } from '../../node-engine/machine/define-machine.ts';
import { MachineUnderTest } from './machine-under-test.ts';

/*
 * Mistakes that the compiler refuses and a machine in plain JavaScript can make all the same.
 */

const SOUND = {
  name: 'plain',
  version: '1',
  initial: () => ({ calls: 0 }),
  commands: { CALLS: { kind: 'read', run: ({ state }: Counting) => state.calls } },
  snapshot: 'json',
};

interface Counting {
  readonly state: { calls: number };
}

function define(description: unknown): ReturnType<typeof defineMachine> {
  return defineMachine(description as never);
}

const run = (): null => null;
const SEED = { hashSeed: 1n };

test.for([
  ['name', { name: undefined }],
  ['version', { version: 2 }],
  ['initial', { initial: { calls: 0 } }],
  ['commands', { commands: undefined }],
  ['snapshot', { snapshot: undefined }],
  ['snapshot', { snapshot: 'JSON' }],
  ['snapshot', { snapshot: { write: run } }],
  ['tick', { tick: { intervalMs: 100 } }],
  ['tick.intervalMs', { tick: { intervalMs: 0, run } }],
  ['tick.intervalMs', { tick: { intervalMs: NaN, run } }],
  ['tick.run', { tick: { intervalMs: 100, run: async () => Promise.resolve() } }],
  ['size', { size: 3 }],
  ['commands.X', { commands: { X: null } }],
  ['commands.X.kind', { commands: { X: { kind: 'Write', run } } }],
  ['commands.X.run', { commands: { X: { kind: 'write' } } }],
  ['commands.X.run', { commands: { X: { kind: 'write', run: async () => Promise.resolve(1) } } }],
  ['commands.X.arity', { commands: { X: { kind: 'write', run, arity: 0 } } }],
  ['commands.X.arity', { commands: { X: { kind: 'write', run, arity: '2' } } }],
  ['commands.X.firstKey', { commands: { X: { kind: 'write', run, arity: 2, firstKey: 2 } } }],
  ['commands.X.arguments', { commands: { X: { kind: 'write', run, arguments: 'key' } } }],
] as const)('a description is refused by the name of what is wrong in it: %s', ([place, wrong]) => {
  expect(() => define({ ...SOUND, ...wrong })).toThrow(
    new RegExp(`^the machine's ${place.replaceAll('.', '\\.')} must be `),
  );
});

test('a description is an object, and one that lacks nothing passes', () => {
  expect(() => define(undefined)).toThrow('a machine is described by an object');
  expect(new MachineUnderTest(define(SOUND)).line('CALLS')).toBe(0);
  const waiting = {
    kind: 'intermediate',
    arity: -2,
    firstKey: 1,
    run: async () => Promise.resolve(1),
  };
  expect(define({ ...SOUND, commands: { waiting } }).commands.has('waiting')).toBe(true);
});

test.for([
  ["type 'simple' whose text", { type: 'simple' }],
  ["type 'error' whose text", { type: 'error', message: 'ERR no' }],
  ["type 'double' whose value", { type: 'double', value: '1.5' }],
  ["type 'raw' whose bytes", { type: 'raw', bytes: '+OK\r\n' }],
  ["type 'map' whose entries", { type: 'map', entries: { a: 1 } }],
  ["type 'map' whose entries", { type: 'map', entries: ['a', 1] }],
  ["type 'push' whose items", { type: 'push' }],
  ['an object', { type: 'set', items: [{ a: 1 }] }],
  ['an object', new Map([[{ a: 1 }, 1]])],
  ['a symbol', Symbol('no reply')],
] as const)(
  'a malformed reply is a fault of the machine and changes nothing: %s',
  ([what, reply]) => {
    const subject = returning(() => reply);
    expect(() => subject.line('WRITE')).toThrow(`a command returned a`);
    expect(() => subject.line('WRITE')).toThrow(what);
    expect(subject.line('CALLS')).toBe(0);
  },
);

test('what becomes of a promise that a command returned changes nothing and ends nothing', async () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  process.on('unhandledRejection', note);
  try {
    const rejecting = returning(() => Promise.reject(new CommandError('ERR no')));
    expect(() => rejecting.line('WRITE')).toThrow('a command returned a promise');
    // Node tells of a rejection that nobody took after the microtasks of its turn.
    await new Promise((resolve) => setImmediate(resolve));
    expect(unhandled).toEqual([]);
  } finally {
    process.off('unhandledRejection', note);
  }
});

test('a command changes nothing after it has ended', async () => {
  let kept: Counting['state'] | null = null;
  const later = returning(async ({ state }) => {
    await Promise.resolve();
    state.calls += 100;
  });
  expect(() => later.line('WRITE')).toThrow('a command returned a promise');
  await new Promise((resolve) => setImmediate(resolve));
  expect(later.line('CALLS')).toBe(0);

  const keeping = returning(({ state }) => {
    kept = state;
    return state.calls;
  });
  expect(keeping.line('WRITE')).toBe(1);
  expect(() => Object.assign(kept ?? {}, { calls: 7 })).toThrow('after its command has ended');
  expect([keeping.line('WRITE'), keeping.line('CALLS')]).toEqual([2, 2]);
});

test.for([
  ['bytes at once', () => Buffer.from('{}'), 'one by one, but gave number'],
  ['a list of objects', () => [{ calls: 1 }], 'one by one, but gave object'],
] as const)(
  'a codec that writes %s is refused, not taken for an empty snapshot',
  ([, write, text]) => {
    const machine = define({ ...SOUND, snapshot: { write, read: () => ({ calls: 0 }) } }).create(
      SEED,
    );
    expect(() => machine.snapshot()).toThrow(text);
    expect(() => machine.stateHash()).toThrow(text);
  },
);

test.for([
  ['nothing', (): unknown => undefined, 'must return the state, not undefined'],
  ['a promise', (): unknown => Promise.resolve({ calls: 1 }), 'not a promise of it'],
  ['an error', (): unknown => JSON.parse('{'), 'JSON'],
] as const)('a codec that reads %s keeps the old state and is named', ([, read, text]) => {
  const codec = { write: () => ['saved'], read };
  const writer = define({ ...SOUND, snapshot: codec }).create(SEED);
  const reader = define({ ...SOUND, version: '2', snapshot: codec });
  const subject = reader.create(SEED);
  const restore = subject.restore();
  const snapshot = writer.snapshot();
  for (let part = snapshot?.next() ?? null; part !== null; part = snapshot?.next() ?? null) {
    restore.write(part);
  }
  const attempt = (): void => {
    restore.finish();
  };
  expect(attempt).toThrow('machine plain 2 cannot take the state that its version 1 saved: ');
  expect(attempt).toThrow(text);
  expect(subject.size()).toBe(1);
});

test('the first state of a machine with a codec is a state, and no promise of one', () => {
  const codec = { write: () => ['saved'], read: () => ({ calls: 0 }) };
  const initial = async (): Promise<unknown> => Promise.resolve({ calls: 0 });
  const refused = (): unknown => define({ ...SOUND, initial, snapshot: codec });
  expect(refused).toThrow("the machine's initial must return the state, not a promise of it");
});

test('a tick that returns a promise changes nothing, then or later', async () => {
  const later = async ({ state }: Counting): Promise<void> => {
    state.calls += 1;
    await Promise.resolve();
    state.calls += 100;
  };
  const tick = { intervalMs: 100, run: (call: Counting) => later(call) };
  const machine = define({ ...SOUND, tick }).create(SEED);
  const before = machine.stateHash();
  const context = { nowNs: () => 1n, nowMs: () => 1, randomUint32: () => 1 };
  expect(() => machine.tick?.(context)).toThrow('a command returned a promise');
  await new Promise((resolve) => setImmediate(resolve));
  expect(machine.stateHash()).toBe(before);
});

function returning(result: (call: Counting) => unknown): MachineUnderTest {
  const write = (call: Counting): unknown => {
    call.state.calls += 1;
    return result(call);
  };
  const commands = { ...SOUND.commands, WRITE: { kind: 'write', run: write } };
  return new MachineUnderTest(define({ ...SOUND, commands }));
}
