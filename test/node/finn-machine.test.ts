import { afterEach, beforeEach, expect, test } from 'vitest';

import { CommandError, defineFinnMachine, OK } from '../../node-engine/framework.ts';
import type { FinnMachine, RunningNode } from '../../node-engine/framework.ts';
import { testMachine } from '../../node-engine/testing.ts';
import { until } from '../cluster/raftdeck-process.ts';
import { NodesInProcess, pipeline } from './nodes-in-process.ts';

const calls = { mutated: 0, responded: 0 };

/** The clone that comes with Finn, in its shape: SET, GET, DEL. */
class Clone implements FinnMachine {
  readonly #keys = new Map<string, string>();

  command(
    ...[applier, client, args]: Parameters<FinnMachine['command']>
  ): ReturnType<FinnMachine['command']> {
    const [name = '', key = '', value] = args.map((word) => Buffer.from(word).toString());
    switch (name) {
      case 'set':
        if (value === undefined) throw new CommandError('ERR wrong number of arguments');
        return applier.apply(
          client,
          (context) => {
            calls.mutated += 1;
            this.#keys.set(key, value);
            return String(context.nowMs()).length;
          },
          (reply) => {
            calls.responded += 1;
            return typeof reply === 'number' ? OK : reply;
          },
        );
      case 'get':
        return applier.apply(client, null, () => this.#keys.get(key));
      case 'del':
        return applier.apply(
          client,
          () => this.#keys.delete(key),
          (reply) => (reply === true ? 1 : 0),
        );
      default:
        throw new CommandError(`ERR unknown command '${name}'`);
    }
  }

  snapshot(): Iterable<string> {
    return [JSON.stringify([...this.#keys].sort())];
  }

  restore(bytes: Uint8Array): void {
    this.#keys.clear();
    for (const [key, value] of JSON.parse(Buffer.from(bytes).toString()) as [string, string][]) {
      this.#keys.set(key, value);
    }
  }
}

const clone = defineFinnMachine({ name: 'clone', version: '1.0.0', create: () => new Clone() });

let all = new NodesInProcess();
let nodes: readonly RunningNode[] = [];

beforeEach(async () => {
  all = new NodesInProcess();
  nodes = await all.cluster(3, clone);
  calls.mutated = 0;
  calls.responded = 0;
});

afterEach(async () => {
  await all.dispose();
});

test("a machine in Finn's shape changes its state on every node and responds on one, once", async () => {
  const [leader, follower] = nodes;
  if (leader === undefined || follower === undefined) throw new Error('three nodes');
  const client = await all.client(leader);
  expect(await pipeline(client, 'SET a 1', 'get a', 'DEL a', 'DEL a', 'GET a')).toEqual([
    'OK',
    '1',
    '1',
    '0',
    'null',
  ]);
  await until('all nodes have it', 20_000, () => calls.mutated === 3);
  expect(calls.responded).toBe(1);
  const [moved = ''] = await pipeline(await all.client(follower), 'SET a 2');
  expect(moved).toBe(`-MOVED 0 ${leader.address}`);
  expect(calls).toEqual({ mutated: 3, responded: 1 });
});

test('F12 errors in a pipeline are answered as they are, each in its place', async () => {
  const [leader] = nodes;
  if (leader === undefined) throw new Error('three nodes');
  const client = await all.client(leader);
  expect(await pipeline(client, 'SET a', 'NOPE', 'SET a', 'SET a 1', 'NOPE')).toEqual([
    '-ERR wrong number of arguments',
    "-ERR unknown command 'nope'",
    '-ERR wrong number of arguments',
    'OK',
    "-ERR unknown command 'nope'",
  ]);
});

test('F11 writes of a pipeline share entries of the log', async () => {
  const [leader] = nodes;
  if (leader === undefined) throw new Error('three nodes');
  const before = leader.status()?.counters.logWrites ?? 0;
  const client = await all.client(leader);
  const lines = Array.from({ length: 200 }, (_, i) => `SET k${i} v`);
  expect(new Set(await pipeline(client, ...lines))).toEqual(new Set(['OK']));
  const after = leader.status()?.counters.logWrites ?? 0;
  expect(after - before).toBeLessThan(50);
});

test("raftdeck/testing tries a machine in Finn's shape too", () => {
  const command = ({
    pick,
    below,
  }: {
    pick: <T>(items: readonly T[]) => T;
    below: (n: number) => number;
  }): string[] =>
    pick([
      ['SET', pick(['a', 'b']), String(below(9))],
      ['DEL', pick(['a', 'b'])],
    ]);
  expect(testMachine(clone, { seeds: 4, command }).compared).toBeGreaterThan(50);
  const careless = defineFinnMachine({
    name: 'careless',
    version: '1.0.0',
    create: () => ({
      command: (applier, client) =>
        applier.apply(
          client,
          () => Math.random(),
          (reply) => reply,
        ),
      snapshot: () => [],
      restore: () => undefined,
    }),
  });
  expect(() => testMachine(careless, { seeds: 2, command: () => ['ROLL'] })).toThrow(
    /after ROLL .* asked Math\.random/,
  );
});
