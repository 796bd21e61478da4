/* eslint-disable @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-return --
   what does not compile has no types */
import { expect, test } from 'vitest';

import {
  defineMachine,
  hijack,
  instead,
  type MachineDescription,
} from '../../node-engine/framework.ts';

/*
 * Each line below `@ts-expect-error` must not compile; where one does, the type check of this file
 * fails. At run time nothing here is called.
 */
type Commands = MachineDescription<{ count: number; readonly names: string[] }>['commands'];

const wrong: readonly Commands[] = [
  // @ts-expect-error a kind that does not exist
  { ADD: { kind: 'update', run: () => 1 } },
  // @ts-expect-error without a kind nobody knows where it runs
  { ADD: { run: () => 1 } },
  // @ts-expect-error a write that waits: the log does not
  { ADD: { kind: 'write', run: async () => Promise.resolve(1) } },
  // @ts-expect-error a read that waits
  { ADD: { kind: 'read', run: () => Promise.resolve(1) } },
  // @ts-expect-error a read that changes the state
  { ADD: { kind: 'read', run: ({ state }) => ++state.count } },
  // @ts-expect-error an intermediate command has no state
  { ADD: { kind: 'intermediate', run: ({ state }) => ++state.count } },
  // @ts-expect-error a write does not know its client: it runs on every node
  { ADD: { kind: 'write', run: ({ client }) => client.id } },
  // @ts-expect-error only an intermediate command becomes another one
  { ADD: { kind: 'write', run: () => instead('PING') } },
  // @ts-expect-error or takes a connection over
  { ADD: { kind: 'read', run: () => hijack(() => undefined) } },
  // @ts-expect-error an object is no reply: a Map is
  { ADD: { kind: 'read', run: () => ({ count: 1 }) } },
  // @ts-expect-error arity is a number
  { ADD: { kind: 'write', arity: '2', run: () => 1 } },
  // @ts-expect-error a field that does not exist in the state
  { ADD: { kind: 'write', run: ({ state }) => state.cuont } },
];

const right: Commands = {
  ADD: { kind: 'write', arity: 2, run: ({ state, args: [name = ''] }) => state.names.push(name) },
  SIZE: { kind: 'read', run: ({ state }) => new Map([['size', state.names.length]]) },
  WAIT: { kind: 'intermediate', run: async ({ client }) => Promise.resolve(client.remoteAddress) },
};

test('a wrong kind of command does not compile', () => {
  expect(wrong).toHaveLength(12);
  expect(() =>
    defineMachine({
      ...{ name: 'typed', version: '1.0.0', commands: right, snapshot: 'json' },
      initial: () => ({ count: 0, names: [] }),
    }),
  ).not.toThrow();
});
