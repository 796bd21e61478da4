import fc from 'fast-check';
import { expect, test } from 'vitest';

import { TrackedState } from '../../node-engine/machine/tracked-state.ts';

interface Nested {
  list: { n: number }[];
  map: Record<string, unknown>;
}

function tracked(initial: unknown): { state: TrackedState; nested: Nested } {
  const state = new TrackedState(initial);
  return { state, nested: state.writable as unknown as Nested };
}

function sample(): unknown {
  return { list: [{ n: 1 }, { n: 2 }, { n: 3 }], map: { a: { deep: [1, 2] }, b: null } };
}

const CHANGES: readonly (readonly [string, (nested: Nested) => unknown])[] = [
  ['assigning', (it) => (it.map['a'] = 5)],
  ['adding a field', (it) => (it.map['c'] = { x: 1 })],
  ['deleting the last field', (it) => delete it.map['b']],
  ['assigning undefined', (it) => (it.map['b'] = undefined)],
  ['replacing a branch and changing it', (it) => ((it.list = [{ n: 9 }]), it.list.push({ n: 1 }))],
  ['changing deep down', (it) => ((it.map['a'] as { deep: number[] }).deep[0] = 9)],
  ['push', (it) => it.list.push({ n: 4 }, { n: 5 })],
  ['pop', (it) => it.list.pop()],
  ['shift and change what came out', (it) => ((it.list.shift() ?? { n: 0 }).n = 7)],
  ['unshift', (it) => it.list.unshift({ n: 0 })],
  ['splice', (it) => it.list.splice(1, 1, { n: 8 }, { n: 9 })],
  ['sort', (it) => it.list.sort((left, right) => right.n - left.n)],
  ['sort and change in the comparison', (it) => it.list.sort((left, right) => (left.n = right.n))],
  ['reverse', (it) => it.list.reverse()],
  ['fill', (it) => it.list.fill({ n: 0 })],
  ['copyWithin', (it) => it.list.copyWithin(0, 1)],
  ['cutting by length', (it) => (it.list.length = 1)],
  ['appending by index', (it) => (it.list[3] = { n: 4 })],
  ['moving a branch', (it) => ((it.map['d'] = it.map['a']), delete it.map['b'])],
  ['filtering', (it) => (it.list = it.list.filter(({ n }) => n > 1))],
];

test.each(CHANGES)('%s is undone', (_, change) => {
  const { state, nested } = tracked(sample());
  change(nested);
  expect(JSON.stringify(state.root)).not.toBe(JSON.stringify(sample()));
  state.rollBack();
  expect(JSON.stringify(state.root)).toBe(JSON.stringify(sample()));
});

test('any changes in a row are undone, and those before a commit are not', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(CHANGES.length - 1), { maxLength: 8 }),
      fc.array(fc.nat(CHANGES.length - 1), { maxLength: 8 }),
      (kept, undone) => {
        const { state, nested } = tracked(sample());
        const apply = (picked: readonly number[]): void => {
          for (const at of picked) {
            try {
              CHANGES[at]?.[1](nested);
            } catch (error) {
              // A change may find that what it changes has gone.
              if (!(error instanceof TypeError)) throw error;
            }
          }
        };
        apply(kept);
        state.commit();
        const before = structuredClone(plainJson(state.root));
        apply(undone);
        state.rollBack();
        expect(plainJson(state.root)).toEqual(before);
      },
    ),
    { numRuns: 500 },
  );
});

function plainJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

test('array methods give on a tracked array what they give on a plain one', () => {
  for (const [name, change] of CHANGES.filter(([name]) => !name.includes('comparison'))) {
    const { state, nested } = tracked(sample());
    const plain = sample() as Nested;
    const result = change(nested);
    const expected = change(plain);
    expect([name, plainJson(state.root), plainJson({ result })]).toEqual([
      name,
      plainJson(plain),
      plainJson({ result: expected }),
    ]);
  }
});

test('a branch that is assigned twice is two branches', () => {
  const { state, nested } = tracked(sample());
  nested.map['d'] = nested.map['a'];
  (nested.map['d'] as { deep: number[] }).deep[0] = 99;
  expect(plainJson(state.root)).toMatchObject({
    map: { a: { deep: [1, 2] }, d: { deep: [99, 2] } },
  });
});

test('an object goes into the state as a copy, and going on with it fails', () => {
  const { nested } = tracked(sample());
  const item = { n: 4, inner: { m: 1 } };
  nested.list.push(item);
  expect(() => (item.n = 5)).toThrow(TypeError);
  expect(() => (item.inner.m = 5)).toThrow(TypeError);
  const [, , , added] = nested.list;
  if (added !== undefined) added.n = 6;
  expect(nested.list.map(({ n }) => n)).toEqual([1, 2, 3, 6]);
});

test('an item is found again in its array', () => {
  const { nested } = tracked(sample());
  const [, second] = nested.list;
  expect(second === undefined ? -1 : nested.list.indexOf(second)).toBe(1);
});

const REFUSED: readonly (readonly [string, (nested: Nested) => unknown])[] = [
  ['a Date', (it) => (it.map['x'] = new Date(0))],
  ['a Map', (it) => (it.map['x'] = new Map())],
  [
    'a class instance',
    (it) =>
      (it.map['x'] = {
        inner: new (class Thing {
          x = 1;
        })(),
      }),
  ],
  ['a function', (it) => (it.map['x'] = () => 1)],
  ['a big integer', (it) => (it.map['x'] = 1n)],
  ['NaN', (it) => (it.map['x'] = NaN)],
  ['undefined in an array', (it) => (it.map['x'] = [undefined])],
  ['a symbol', (it) => Reflect.set(it.map, Symbol('s'), 1)],
  ['a hole', (it) => (it.list[7] = { n: 1 })],
  ['a longer length', (it) => (it.list.length = 9)],
  ['a field of an array', (it) => Reflect.set(it.list, 'name', 1)],
  ['deleting an item', (it) => Reflect.deleteProperty(it.list, '0')],
  ['an accessor', (it) => Object.defineProperty(it.map, 'x', { get: () => 1 })],
  ['a prototype', (it) => void Object.setPrototypeOf(it.map, Array.prototype)],
  ['freezing', (it) => Object.freeze(it.map)],
  ['a loop', (it) => (it.map['x'] = loop())],
];

function loop(): unknown {
  const one: Record<string, unknown> = {};
  one['self'] = one;
  return one;
}

test.each(REFUSED)('%s is refused', (_, change) => {
  const { state, nested } = tracked(sample());
  expect(() => change(nested)).toThrow(TypeError);
  state.rollBack();
  expect(plainJson(state.root)).toEqual(sample());
});

test.each(CHANGES)('a read cannot do it: %s', (_, change) => {
  const state = new TrackedState(sample());
  expect(() => change(state.readOnly as unknown as Nested)).toThrow(TypeError);
  expect(plainJson(state.root)).toEqual(sample());
});
