import { expect, test } from 'vitest';

import {
  ByteStore,
  ByteStoreHashing,
  ByteStoreRestore,
  ByteStoreSnapshot,
  NO_EXPIRY,
  type CommandContext,
  type CommandSpec,
  type Machine,
  type MachineDefinition,
  type MachineRestore,
  type Reply,
} from '../../node-engine/framework.ts';
import { EntryContext } from '../../node-engine/machine/context.ts';

const NOBODY_ASKS = 0;

function spec(kind: CommandSpec['kind'], arity: number): CommandSpec {
  return {
    ...{ kind, arity, firstKey: 1, lastKey: 1, keyStep: 1 },
    ...{ summary: '', group: 'words', arguments: [] },
  };
}

/** Counts how often each word was said: a machine as its author would write it over a byte store. */
class Words implements Machine {
  readonly name = 'words';
  readonly version = '1.0.0';
  readonly commands = WORDS.commands;
  readonly #hashSeed: bigint;
  #store: ByteStore;

  constructor(hashSeed: bigint) {
    this.#hashSeed = hashSeed;
    this.#store = new ByteStore(hashSeed);
  }

  apply([, word = new Uint8Array(0)]: readonly Uint8Array[], context: CommandContext): Reply {
    this.#store.housekeep();
    const count = this.#countOf(word, context) + 1;
    this.#store.set(word, Buffer.from(String(count)), NO_EXPIRY);
    return count;
  }

  query([, word = new Uint8Array(0)]: readonly Uint8Array[], context: CommandContext): Reply {
    return this.#countOf(word, context);
  }

  snapshot(): ByteStoreSnapshot {
    return new ByteStoreSnapshot(this.#store, NOBODY_ASKS);
  }

  restore(): MachineRestore {
    return new ByteStoreRestore(this.#hashSeed, (store) => {
      this.#store = store;
    });
  }

  size(): number {
    return this.#store.count({ nowMs: () => NOBODY_ASKS });
  }

  stateHash(): string {
    return this.#store.stateHash(NOBODY_ASKS);
  }

  beginStateHash(): ByteStoreHashing {
    return new ByteStoreHashing(this.#store, NOBODY_ASKS);
  }

  #countOf(word: Uint8Array, context: CommandContext): number {
    const value = this.#store.get(word, context);
    return value === null ? 0 : Number(Buffer.from(value).toString());
  }
}

const WORDS: MachineDefinition = {
  name: 'words',
  version: '1.0.0',
  commands: new Map([
    ['say', spec('write', 2)],
    ['said', spec('read', 2)],
  ]),
  create: ({ hashSeed }) => new Words(hashSeed),
};

test('a machine of its own over a byte store answers, and its snapshot is of one moment', () => {
  const context = new EntryContext();
  context.beginRun(1n, 1n);
  const machine = WORDS.create({ hashSeed: 5n });
  const run = (name: string, word: string): Reply => {
    const args = [Buffer.from(name), Buffer.from(word)];
    return name === 'say' ? machine.apply(args, context) : machine.query(args, context);
  };
  for (let i = 0; i < 30_000; i += 1) run('say', `word ${String(i % 20_000)}`);
  expect(run('said', 'word 7')).toBe(2);
  expect(run('said', 'word 19999')).toBe(1);
  const hash = machine.stateHash();
  const hashing = machine.beginStateHash?.();
  const snapshot = machine.snapshot();
  if (snapshot === null || hashing === undefined) throw new Error('it has both');

  const other = WORDS.create({ hashSeed: 6n });
  const restore = other.restore();
  for (let slice = snapshot.next(); slice !== null; slice = snapshot.next()) {
    restore.write(slice);
    for (let i = 0; i < 500; i += 1) run('say', `later ${String(i)}`);
    for (let i = 0; i < 500; i += 1) run('say', `word ${String(i)}`);
  }
  snapshot.release();
  restore.finish();
  expect(other.size()).toBe(20_000);
  expect(other.stateHash()).toBe(hash);
  let hashed = hashing.next();
  while (hashed === null) hashed = hashing.next();
  hashing.release();
  expect(hashed).toBe(hash);
  expect(machine.stateHash()).not.toBe(hash);
});
