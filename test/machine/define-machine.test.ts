import { expect, test } from 'vitest';

import { CommandError } from '../../node-engine/machine/command-errors.ts';
import { defineMachine } from '../../node-engine/machine/define-machine.ts';
import { OK } from '../../node-engine/resp/value.ts';
import { MachineUnderTest } from './machine-under-test.ts';

const ticket = defineMachine({
  name: 'ticket',
  version: '1.0.0',
  initial: () => ({ last: 0 }),
  commands: {
    TICKET: {
      kind: 'write',
      arity: 1,
      summary: 'Returns the next ticket.',
      run: ({ state }) => ++state.last,
    },
  },
  snapshot: 'json',
});

interface Shop {
  items: Record<string, { price: number; tags: string[] }>;
  orders: { id: string; atMs: number; items: string[] }[];
}

const EMPTY_SHOP: Shop = { items: {}, orders: [] };

/** Uses everything a description offers. */
const shop = defineMachine({
  name: 'shop',
  version: '2.0.0',
  initial: (): Shop => structuredClone(EMPTY_SHOP),
  commands: {
    STOCK: {
      kind: 'write',
      arity: -3,
      summary: 'Puts an item on sale.',
      run: ({ state, args: [name = '', price = '', ...tags] }) => {
        state.items[name] = { price: Number(price), tags };
        return OK;
      },
    },
    ORDER: {
      kind: 'write',
      arity: -2,
      run: ({ state, args, now, uuid }) => {
        const order = { id: uuid(), atMs: now(), items: [...args] };
        state.orders.push(order);
        for (const name of args) {
          if (!(name in state.items)) throw new CommandError(`NOITEM there is no ${name}`);
        }
        return order.id;
      },
    },
    'NEXT-ORDER': { kind: 'write', run: ({ state }) => state.orders.shift()?.items ?? null },
    PRICE: {
      kind: 'read',
      arity: 2,
      firstKey: 1,
      run: ({ state, args: [name = ''] }) => state.items[name]?.price,
    },
    CHEAPEN: {
      kind: 'read',
      run: ({ state }) => {
        const [item] = Object.values(state.items);
        if (item !== undefined) item.price = 0;
        return OK;
      },
    },
    ECHO: { kind: 'read', run: ({ bytes, args, name }) => [name, bytes[0] ?? null, ...args] },
    ROLL: { kind: 'write', run: ({ random }) => random() < 1 && random() >= 0 },
    CRASH: {
      kind: 'write',
      run: ({ state }) => {
        state.items = {};
        throw new RangeError('out of shape');
      },
    },
  },
  snapshot: 'json',
});

test('the ticket machine counts', () => {
  const subject = new MachineUnderTest(ticket);
  expect(['TICKET', 'ticket', 'TICKET'].map((name) => subject.run(name))).toEqual([1, 2, 3]);
  expect(subject.line('TICKET x')).toBe("-ERR wrong number of arguments for 'ticket' command");
  expect(subject.line('TACKET')).toContain("-ERR unknown command 'TACKET'");
});

test('the specification of a command is what the description says, in lower case', () => {
  expect([...shop.commands.keys()].slice(0, 3)).toEqual(['stock', 'order', 'next-order']);
  expect(shop.commands.get('stock')).toEqual({
    kind: 'write',
    arity: -3,
    summary: 'Puts an item on sale.',
    group: 'shop',
    arguments: [],
    firstKey: 0,
    lastKey: 0,
    keyStep: 0,
  });
  expect(shop.commands.get('price')).toMatchObject({ firstKey: 1, lastKey: 1, keyStep: 1 });
});

test('handlers see arguments, time and chance of the entry, and answer', () => {
  const subject = new MachineUnderTest(shop);
  const twin = new MachineUnderTest(shop);
  expect([
    subject.line('STOCK tea 2.5 hot green'),
    subject.line('PRICE tea'),
    subject.line('PRICE gin'),
    subject.line('ROLL'),
    subject.run('ECHO', Uint8Array.of(0xff), 'b'),
  ]).toEqual(['+OK', 2.5, null, true, ['echo', '\xff', '\ufffd', 'b']]);
  const id = subject.line('ORDER tea');
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  for (const line of ['STOCK tea 2.5 hot green', 'PRICE', 'PRICE', 'ROLL', 'ECHO']) twin.line(line);
  expect(twin.line('ORDER tea')).toBe(id);
  expect(twin.machine.stateHash()).toBe(subject.machine.stateHash());
});

test('a command that refuses changes nothing', () => {
  const subject = new MachineUnderTest(shop);
  subject.line('STOCK tea 2');
  const before = subject.machine.stateHash();
  expect(subject.line('ORDER tea gin')).toBe('-NOITEM there is no gin');
  expect(subject.machine.stateHash()).toBe(before);
  expect(() => subject.line('CRASH')).toThrow('out of shape');
  expect(subject.machine.stateHash()).toBe(before);
  subject.line('ORDER tea');
  expect(subject.line('NEXT-ORDER')).toEqual(['tea']);
});

test('a read cannot change the state', () => {
  const subject = new MachineUnderTest(shop);
  subject.line('STOCK tea 2');
  expect(() => subject.line('CHEAPEN')).toThrow('a read cannot change the state');
  expect(subject.line('PRICE tea')).toBe(2);
});

test('keys that every object has elsewhere are only data here', () => {
  const subject = new MachineUnderTest(shop);
  for (const name of ['__proto__', 'constructor', 'toString']) {
    expect(subject.line(`PRICE ${name}`)).toBe(null);
    expect(subject.line(`STOCK ${name} 5 tag`)).toBe('+OK');
    expect(subject.line(`PRICE ${name}`)).toBe(5);
  }
  const restored = new MachineUnderTest(shop);
  restored.restoreFrom(subject.takeSnapshot());
  expect(restored.line('PRICE __proto__')).toBe(5);
  expect(Object.keys({}.constructor.prototype as object)).toEqual([]);
});

test('a snapshot keeps the state of the moment it was taken and restores it', () => {
  const subject = new MachineUnderTest(shop);
  subject.line('STOCK tea 2 hot');
  subject.line('ORDER tea');
  const hash = subject.machine.stateHash();
  const snapshot = subject.machine.snapshot();
  subject.line('STOCK gin 9');
  const slices: Uint8Array[] = [];
  for (let slice = snapshot?.next() ?? null; slice !== null; slice = snapshot?.next() ?? null) {
    slices.push(slice.slice());
  }
  const bytes = Buffer.concat(slices);
  const restored = new MachineUnderTest(shop);
  // In pieces of one byte: a snapshot is cut anywhere.
  restored.restoreFrom([...bytes].map((byte) => Uint8Array.of(byte)));
  expect(restored.machine.stateHash()).toBe(hash);
  expect(restored.line('NEXT-ORDER')).toEqual(['tea']);
});

test('a snapshot that is cut short or another machine’s is refused and changes nothing', () => {
  const subject = new MachineUnderTest(shop);
  subject.line('STOCK tea 2 hot');
  const bytes = Buffer.concat(subject.takeSnapshot());
  const target = new MachineUnderTest(shop);
  const empty = target.machine.stateHash();
  for (const length of [0, 10, bytes.length - 1]) {
    expect(() => target.restoreFrom([bytes.subarray(0, length)])).toThrow();
  }
  expect(() => target.restoreFrom([bytes, Uint8Array.of(0x20)])).toThrow('cut short');
  expect(() => target.restoreFrom(new MachineUnderTest(ticket).takeSnapshot())).toThrow(
    'this is no snapshot in format 1 of the machine shop: it begins with {"format":1,"machine":"ticket"',
  );
  expect(target.machine.stateHash()).toBe(empty);
});

test('an older state can be made into the newer form', () => {
  const newer = defineMachine({
    name: 'ticket',
    version: '2.0.0',
    initial: () => ({ tickets: 0 }),
    restore: (saved, version) => {
      const { last } = saved as { last: number };
      return { tickets: version === '1.0.0' ? last : -1 };
    },
    commands: { COUNT: { kind: 'read', run: ({ state }) => state.tickets } },
    snapshot: 'json',
  });
  const old = new MachineUnderTest(ticket);
  old.line('TICKET');
  old.line('TICKET');
  const subject = new MachineUnderTest(newer);
  subject.restoreFrom(old.takeSnapshot());
  expect(subject.line('COUNT')).toBe(2);
});

test('a machine with a codec keeps any state', () => {
  const members = defineMachine({
    name: 'members',
    version: '1.0.0',
    initial: () => ({ names: new Set<string>() }),
    commands: {
      JOIN: { kind: 'write', run: ({ state, args }) => state.names.add(args[0] ?? '').size },
      MEMBERS: { kind: 'read', run: ({ state }) => new Set([...state.names].sort()) },
      TABLE: { kind: 'read', run: ({ state }) => new Map([['size', state.names.size]]) },
    },
    snapshot: {
      write: function* (state) {
        for (const name of [...state.names].sort()) yield `${name}\n`;
      },
      read: (bytes) => ({ names: new Set(Buffer.from(bytes).toString().split('\n').slice(0, -1)) }),
    },
    size: (state) => state.names.size,
  });
  const subject = new MachineUnderTest(members);
  expect([subject.line('JOIN b'), subject.line('JOIN a'), subject.line('MEMBERS')]).toEqual([
    1,
    2,
    ['a', 'b'],
  ]);
  expect(subject.line('TABLE')).toEqual([['size', 2]]);
  const restored = new MachineUnderTest(members);
  restored.restoreFrom(subject.takeSnapshot());
  expect([restored.line('MEMBERS'), restored.machine.size()]).toEqual([['a', 'b'], 2]);
  expect(restored.machine.stateHash()).toBe(subject.machine.stateHash());
});

test('a tick changes the state at the time of its entry', () => {
  const clockwork = defineMachine({
    name: 'clockwork',
    version: '1.0.0',
    initial: () => ({ tickedAtMs: 0 }),
    commands: { LAST: { kind: 'read', run: ({ state }) => state.tickedAtMs } },
    snapshot: 'json',
    tick: {
      intervalMs: 200,
      run: ({ state, now }) => {
        state.tickedAtMs = now();
      },
    },
  });
  const subject = new MachineUnderTest(clockwork);
  expect(subject.machine.tickIntervalMs).toBe(200);
  subject.tick();
  expect(subject.line('LAST')).toBe(subject.nowMs);
});

test('what cannot be a machine is refused where it is defined', () => {
  const base = {
    name: 'm',
    version: '1',
    initial: () => ({}),
    commands: {},
    snapshot: 'json' as const,
  };
  const noop = { kind: 'read' as const, run: () => null };
  expect(() => defineMachine({ ...base, commands: { 'A B': noop } })).toThrow("'A B' cannot be");
  expect(() => defineMachine({ ...base, commands: { a: noop, A: noop } })).toThrow(
    'two commands a',
  );
  expect(() => defineMachine({ ...base, initial: () => ({ at: new Date(0) }) })).toThrow(
    'the state is kept as JSON, which cannot hold a Date at at',
  );
  expect(() => defineMachine({ ...base, initial: () => new Map() })).toThrow('a Map');
});

interface Counting {
  readonly state: { calls: number };
}

test('a result that is no reply is a fault of the machine', () => {
  const faulty = defineMachine({
    name: 'faulty',
    version: '1',
    initial: () => ({ calls: 0 }),
    commands: {
      // A promise and an object are types that TypeScript refuses; JavaScript does not.
      WAIT: {
        kind: 'write',
        run: (({ state }: Counting) => Promise.resolve(++state.calls)) as never,
      },
      OBJECT: {
        kind: 'write',
        run: (({ state }: Counting) => ({ calls: ++state.calls })) as never,
      },
      NAN: { kind: 'write', run: ({ state }) => ++state.calls * NaN },
      CALLS: { kind: 'read', run: ({ state }) => state.calls },
    },
    snapshot: 'json',
  });
  const subject = new MachineUnderTest(faulty);
  expect(() => subject.line('WAIT')).toThrow('a command returned a promise');
  expect(() => subject.line('OBJECT')).toThrow('return a Map');
  expect(() => subject.line('NAN')).toThrow('a command returned NaN');
  expect(subject.line('CALLS')).toBe(0);
});
