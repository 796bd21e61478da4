import { expect, test } from 'vitest';

import {
  ByteStoreRestore,
  ByteStoreSnapshot,
} from '../../node-engine/machine/byte-store-snapshot.ts';
import { ByteStore } from '../../node-engine/machine/byte-store.ts';
import { KeyDirectory } from '../../node-engine/machine/key-directory.ts';
import { NO_EXPIRY, type Clock } from '../../node-engine/machine/keyspace.ts';
import { SlabHeap } from '../../node-engine/machine/slab-heap.ts';
import { MapKeyspace } from './map-keyspace.ts';
import { Pcg32 } from '../../node-engine/machine/pcg32.ts';

const HASH_SEED = 0x0123_4567_89ab_cdefn;

function bytes(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}

function text(value: Uint8Array | null): string | null {
  return value === null ? null : Buffer.from(value).toString('latin1');
}

function clockAt(nowMs: number): Clock {
  return { nowMs: () => nowMs };
}

const START = clockAt(1000);

function keysOf(store: ByteStore, clock: Clock): string[] {
  const keys: string[] = [];
  store.forEachKey(clock, (key) => keys.push(text(key) ?? ''));
  return keys.sort();
}

function restored(slices: readonly Uint8Array[]): ByteStore {
  const taken: ByteStore[] = [];
  const restore = new ByteStoreRestore(7n, (store) => taken.push(store));
  for (const slice of slices) restore.write(slice);
  restore.finish();
  const [store] = taken;
  if (store === undefined) throw new Error('finish must hand over the store');
  return store;
}

function readAll(snapshot: ByteStoreSnapshot): Uint8Array[] {
  const slices: Uint8Array[] = [];
  for (let slice = snapshot.next(); slice !== null; slice = snapshot.next()) {
    slices.push(slice.slice());
  }
  return slices;
}

/** Does the same random operations on a byte store and on a model, and compares every answer. */
class Comparison {
  store = new ByteStore(HASH_SEED);
  readonly model = new MapKeyspace();
  readonly random: Pcg32;
  nowMs = 1_000_000;
  /** A snapshot being read, and the hash of the state it must hold. */
  running: { snapshot: ByteStoreSnapshot; slices: Uint8Array[]; hash: string } | null = null;
  snapshotsCompared = 0;

  constructor(seed: bigint) {
    this.random = new Pcg32(seed);
  }

  below(limit: number): number {
    return this.random.nextUint32() % limit;
  }

  key(): Uint8Array {
    const number = this.below(this.below(10) === 0 ? 3000 : 300);
    if (number % 97 === 0) return bytes(`${'long key '.repeat(number % 50)}${number}`);
    return number % 89 === 0 ? new Uint8Array(number % 3) : bytes(`key:${number}`);
  }

  value(): Uint8Array {
    const kind = this.below(1000);
    const length =
      kind === 0 ? 300_000 + this.below(900_000) : kind < 30 ? this.below(20_000) : this.below(60);
    const value = new Uint8Array(length);
    if (length < 100) this.random.fill(value);
    else value.fill(this.below(256));
    return value;
  }

  expiry(): number {
    return this.below(3) === 0 ? this.nowMs + this.below(2000) : NO_EXPIRY;
  }

  /** One operation; what both answer. */
  step(): readonly [unknown, unknown] {
    const clock = clockAt(this.nowMs);
    const key = this.key();
    const { store, model } = this;
    switch (this.below(16)) {
      case 0:
        this.nowMs += this.below(100);
        store.expireDue(this.nowMs, this.below(8));
        return [null, null];
      case 1:
      case 2:
        return [store.delete(key, clock), model.delete(key, clock)];
      case 3: {
        const expiresAtMs = this.expiry();
        return [store.setExpiry(key, expiresAtMs, clock), model.setExpiry(key, expiresAtMs, clock)];
      }
      case 4:
      case 5: {
        const grown = (model.get(key, clock)?.length ?? 0) + this.below(40);
        const length = this.below(4) === 0 ? this.below(100) : grown;
        const fill = this.below(256);
        store.resize(key, length, clock).fill(fill, Math.floor(length / 2));
        model.resize(key, length, clock).fill(fill, Math.floor(length / 2));
        return [text(store.get(key, clock)), text(model.get(key, clock))];
      }
      case 6:
        return [store.expiryOf(key, clock), model.expiryOf(key, clock)];
      case 7:
        return [store.has(key, clock), model.has(key, clock)];
      case 8:
      case 9:
        return [text(store.get(key, clock)), text(model.get(key, clock))];
      default: {
        const value = this.value();
        const expiresAtMs = this.expiry();
        store.set(key, value, expiresAtMs);
        model.set(key, value, expiresAtMs);
        return [null, null];
      }
    }
  }

  /** Begins, continues or ends a snapshot, or restores from one, now and then. */
  snapshotStep(): void {
    if (this.running === null) {
      if (this.below(2000) !== 0) return;
      const hash = this.model.stateHash(this.nowMs);
      this.running = { snapshot: new ByteStoreSnapshot(this.store, this.nowMs), slices: [], hash };
      return;
    }
    if (this.below(100) !== 0) return;
    const slice = this.running.snapshot.next();
    if (slice !== null) {
      this.running.slices.push(slice.slice());
      return;
    }
    const { snapshot, slices, hash } = this.running;
    snapshot.release();
    this.running = null;
    expect(restored(slices).stateHash(0)).toBe(hash);
    this.snapshotsCompared++;
  }

  /** Compares everything there is. */
  compareAll(): void {
    const clock = clockAt(this.nowMs);
    expect(this.store.stateHash(this.nowMs)).toBe(this.model.stateHash(this.nowMs));
    expect(this.store.count(clock)).toBe(this.model.count(clock));
    const keys: string[] = [];
    this.model.forEachKey(clock, (key) => keys.push(text(key) ?? ''));
    expect(keysOf(this.store, clock)).toEqual(keys.sort());
  }
}

test('any operations give the same answers as on a Map, with snapshots and restores between', () => {
  const seed = BigInt(process.env['RAFTDECK_SEED'] ?? '20240607');
  const comparison = new Comparison(seed);
  for (let operation = 0; operation < 200_000; operation++) {
    comparison.store.housekeep();
    const [answer, expected] = comparison.step();
    if (answer !== expected) {
      expect.fail(
        `seed ${seed}, operation ${operation}: ${String(answer)}, not ${String(expected)}`,
      );
    }
    comparison.snapshotStep();
    if (operation % 20_000 === 19_999) {
      comparison.compareAll();
      // Goes on with what a restored node would have.
      const snapshot = new ByteStoreSnapshot(comparison.store, comparison.nowMs);
      comparison.store = restored(readAll(snapshot));
      comparison.running = null;
      snapshot.release();
    }
  }
  comparison.compareAll();
  expect(comparison.snapshotsCompared).toBeGreaterThan(10);
}, 60_000);

test('many keys are found, iterated and deleted, however often the directory was divided', () => {
  const store = new ByteStore(HASH_SEED);
  const count = 60_000;
  for (let key = 0; key < count; key++) store.set(bytes(`key:${key}`), bytes(`v${key}`), NO_EXPIRY);
  let wrong = 0;
  for (let key = 0; key < count; key++) {
    if (text(store.get(bytes(`key:${key}`), START)) !== `v${key}`) wrong++;
  }
  expect([wrong, store.count(START), keysOf(store, START).length]).toEqual([0, count, count]);
  for (let key = 0; key < count; key += 2) {
    store.housekeep();
    if (!store.delete(bytes(`key:${key}`), START)) wrong++;
  }
  for (let key = 0; key < count; key++) {
    if (store.has(bytes(`key:${key}`), START) !== (key % 2 === 1)) wrong++;
  }
  expect([wrong, store.count(START)]).toEqual([0, count / 2]);
});

test('an iteration visits what is there all the time exactly once, whatever else changes', () => {
  const store = new ByteStore(HASH_SEED);
  const random = new Pcg32(5n);
  const staying = 5000;
  for (let key = 0; key < staying; key++) store.set(bytes(`stays:${key}`), bytes('x'), NO_EXPIRY);
  const visits = new Map<string, number>();
  let cursor = 0;
  let rounds = 0;
  let largest = 0;
  do {
    let visited = 0;
    cursor = store.scan(cursor, 10, START, (key) => {
      const name = text(key) ?? '';
      visits.set(name, (visits.get(name) ?? 0) + 1);
      visited++;
    });
    largest = Math.max(largest, visited);
    rounds++;
    for (let change = 0; change < 20; change++) {
      store.housekeep();
      const key = bytes(`other:${random.nextUint32() % 20_000}`);
      if (change % 3 === 0) store.delete(key, START);
      else store.set(key, new Uint8Array(random.nextUint32() % 200), NO_EXPIRY);
    }
  } while (cursor !== 0 && rounds < 100_000);
  const twice = [...visits].filter(([name, times]) => name.startsWith('stays:') && times !== 1);
  const names = [...visits.keys()].filter((name) => name.startsWith('stays:'));
  expect([twice, names.length]).toEqual([[], staying]);
  expect(largest).toBeLessThan(60);
});

test('COUNT sets the size of a part, and a cursor beyond the last hash is the end', () => {
  const store = new ByteStore(HASH_SEED);
  for (let key = 0; key < 1000; key++) store.set(bytes(`key:${key}`), bytes(''), NO_EXPIRY);
  let visited = 0;
  expect(store.scan(0, 5000, START, () => visited++)).toBe(0);
  expect(visited).toBe(1000);
  expect(store.scan(2 ** 32, 10, START, () => visited++)).toBe(0);
  expect(visited).toBe(1000);
});

test('another seed gives another order of iteration and the same hash of the state', () => {
  const orders = [1n, 2n].map((seed) => {
    const store = new ByteStore(seed);
    const keys: (string | null)[] = [];
    for (let key = 0; key < 50; key++) store.set(bytes(`key:${key}`), bytes('v'), NO_EXPIRY);
    store.scan(0, 1000, START, (key) => keys.push(text(key)));
    return { keys, hash: store.stateHash(0) };
  });
  expect(orders[0]?.keys).not.toEqual(orders[1]?.keys);
  expect(orders[0]?.keys.sort()).toEqual(orders[1]?.keys.sort());
  expect(orders[0]?.hash).toBe(orders[1]?.hash);
});

test('a random key is any of those that are there, and never an expired one', () => {
  const store = new ByteStore(HASH_SEED);
  const random = new Pcg32(3n);
  for (let key = 0; key < 40; key++) {
    store.set(bytes(`key:${key}`), bytes(''), key % 2 === 0 ? NO_EXPIRY : 500);
  }
  const seen = new Set<string | null>();
  for (let draw = 0; draw < 2000; draw++) {
    seen.add(text(store.randomKey(() => random.nextUint32(), START)));
  }
  expect([...seen].sort()).toEqual(keysOf(store, START));
  expect(seen.size).toBe(20);
});

test('keys with the same hash are kept apart, even when they fill a table', () => {
  // A hasher cannot be made to collide on purpose, so the directory is used by itself.
  const heap = new SlabHeap();
  const directory = new KeyDirectory(heap);
  const addresses: number[] = [];
  for (let key = 0; key < 5000; key++) {
    const address = heap.allocate(2);
    const slab = heap.slabOf(address);
    slab.words[2 * heap.unitOf(address)] = 4;
    slab.words[2 * heap.unitOf(address) + 2] = key;
    directory.insert(0xffff_ffff, address);
    addresses.push(address);
  }
  const found = addresses.map((_, key) =>
    directory.find(0xffff_ffff, {
      bytes: new Uint8Array(Uint32Array.of(key).buffer),
      start: 0,
      end: 4,
    }),
  );
  expect(found).toEqual(addresses);
}, 20_000);

test('memory stays in proportion to what is alive when values keep changing their size', () => {
  const store = new ByteStore(HASH_SEED);
  const random = new Pcg32(11n);
  let liveBytes = 0;
  const sizes = new Map<number, number>();
  for (let write = 0; write < 200_000; write++) {
    store.housekeep();
    const key = random.nextUint32() % 2000;
    const size = random.nextUint32() % 3000;
    store.set(bytes(`key:${key}`), new Uint8Array(size), NO_EXPIRY);
    liveBytes += size + 20 - (sizes.get(key) ?? 0);
    sizes.set(key, size + 20);
  }
  expect(store.memoryBytes).toBeLessThan(2.5 * liveBytes + 12 * 1024 * 1024);
  for (const key of sizes.keys()) {
    store.housekeep();
    store.delete(bytes(`key:${key}`), START);
  }
  store.housekeep();
  expect(store.memoryBytes).toBeLessThan(12 * 1024 * 1024);
});

test('a value that is appended to is moved rarely', () => {
  const store = new ByteStore(HASH_SEED);
  const key = bytes('log');
  const views = new Set<number>();
  for (let length = 10; length <= 100_000; length += 10) {
    store.housekeep();
    const value = store.resize(key, length, START);
    value.fill(length % 251, length - 10);
    views.add(value.byteOffset);
  }
  const value = store.get(key, START);
  const expected = Uint8Array.from({ length: 100_000 }, (_, at) => (at - (at % 10) + 10) % 251);
  expect(Buffer.compare(value ?? new Uint8Array(0), expected)).toBe(0);
  expect(views.size).toBeLessThan(25);
});

test('what has expired is freed a few at a time, the earliest first', () => {
  const store = new ByteStore(HASH_SEED);
  for (let key = 0; key < 100; key++) store.set(bytes(`key:${key}`), bytes(''), 100 + key);
  const all = clockAt(0);
  store.expireDue(150, 20);
  expect(store.count(all)).toBe(80);
  expect(store.has(bytes('key:19'), all)).toBe(false);
  expect(store.has(bytes('key:20'), all)).toBe(true);
  store.expireDue(150, 1000);
  expect([store.count(all), store.hasExpiries]).toEqual([50, true]);
  // At 150 itself the key is still there.
  expect(store.has(bytes('key:50'), clockAt(150))).toBe(true);
  store.expireDue(1000, 1000);
  expect([store.count(all), store.hasExpiries]).toEqual([0, false]);
});

test('an expired key is counted and found by no clock that has passed it', () => {
  const store = new ByteStore(HASH_SEED);
  for (let key = 0; key < 100; key++) store.set(bytes(`key:${key}`), bytes(''), 100 + key);
  store.set(bytes('stays'), bytes(''), NO_EXPIRY);
  const later = clockAt(160);
  let scanned = 0;
  store.scan(0, 1000, later, () => scanned++);
  expect([store.count(later), keysOf(store, later).length, scanned]).toEqual([41, 41, 41]);
  expect([store.delete(bytes('key:3'), later), store.has(bytes('key:3'), START)]).toEqual([
    false,
    false,
  ]);
});

test('several snapshots at a time hold each their own moment', () => {
  const store = new ByteStore(HASH_SEED);
  const held: { snapshot: ByteStoreSnapshot; hash: string }[] = [];
  for (let moment = 0; moment < 5; moment++) {
    for (let key = moment; key < 20_000; key += 3) {
      store.housekeep();
      if (key % 7 === moment) store.delete(bytes(`key:${key}`), START);
      else store.set(bytes(`key:${key}`), new Uint8Array((key * moment) % 90), NO_EXPIRY);
    }
    held.push({ snapshot: new ByteStoreSnapshot(store, 0), hash: store.stateHash(0) });
  }
  store.clear();
  store.set(bytes('new'), bytes('x'), NO_EXPIRY);
  // Ended in another order than begun.
  for (const { snapshot, hash } of held.reverse()) {
    expect(restored(readAll(snapshot)).stateHash(0)).toBe(hash);
    snapshot.release();
  }
  expect(keysOf(store, START)).toEqual(['new']);
});

test('a snapshot comes in slices of at most a mebibyte, and values may be larger than that', () => {
  const store = new ByteStore(HASH_SEED);
  const large = new Uint8Array(5_000_000).fill(7);
  store.set(bytes('large'), large, NO_EXPIRY);
  for (let key = 0; key < 30_000; key++)
    store.set(bytes(`key:${key}`), new Uint8Array(50), 5000 + key);
  const slices = readAll(new ByteStoreSnapshot(store, 0));
  expect(slices.filter((slice) => slice.length === 0 || slice.length > 1024 * 1024)).toEqual([]);
  const all = Buffer.concat(slices);
  for (const cut of [1, 7, 1000, 3_000_001]) {
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < all.length;) {
      // Short pieces at the start, then longer ones: a byte at a time would take minutes.
      const size = Math.max(cut, at > 10_000 ? 4096 + cut : cut);
      pieces.push(all.subarray(at, at + size));
      at += size;
    }
    const copy = restored(pieces);
    expect(copy.stateHash(0)).toBe(store.stateHash(0));
    expect(copy.expiryOf(bytes('key:7'), START)).toBe(5007);
  }
});

test('a snapshot that is cut short or damaged is refused', () => {
  const store = new ByteStore(HASH_SEED);
  for (let key = 0; key < 100; key++) store.set(bytes(`key:${key}`), bytes('value'), NO_EXPIRY);
  const all = Buffer.concat(readAll(new ByteStoreSnapshot(store, 0)));
  for (const length of [0, 5, 100, all.length - 1]) {
    expect(() => restored([all.subarray(0, length)])).toThrow('the snapshot is cut short');
  }
  expect(() => restored([all, bytes('more')])).toThrow();
  const missing = Buffer.concat([all.subarray(0, 24), all.subarray(48)]);
  expect(() => restored([missing])).toThrow('the snapshot says 100 records and has 99, 99 keys');
  const doubled = Buffer.concat([all.subarray(0, 24), all.subarray(0, 24), all.subarray(48)]);
  expect(() => restored([doubled])).toThrow('the snapshot says 100 records and has 100, 99 keys');
  const strange = Buffer.from(all);
  strange[3] = 0x40;
  expect(() => restored([strange])).toThrow('a record of unknown form');
});

test('an iteration visits a key whose hash is the border between two parts exactly once', () => {
  const heap = new SlabHeap();
  const directory = new KeyDirectory(heap);
  const expected: number[] = [];
  // So evenly spread that every part ends at the hash of a key.
  for (let key = 0; key < 4096; key++) {
    const address = heap.allocate(2);
    directory.insert(key * 2 ** 20, address);
    expected.push(address);
  }
  const visited: number[] = [];
  let cursor = 0;
  let parts = 0;
  do {
    cursor = directory.scan(cursor, 7, (address) => visited.push(address));
    parts++;
  } while (cursor !== 0);
  expect(visited.sort((left, right) => left - right)).toEqual(expected);
  expect(parts).toBeGreaterThan(500);
});

test('old bytes do not get into a snapshot', () => {
  const store = new ByteStore(HASH_SEED);
  for (let key = 0; key < 1000; key++) {
    store.set(bytes(`key:${key}`), bytes(`secret ${key}`), NO_EXPIRY);
    store.set(bytes(`key:${key}`), bytes(`s`.repeat(key % 9)), NO_EXPIRY);
    store.set(bytes(`grown:${key}`), bytes('secret'), NO_EXPIRY);
    store.resize(bytes(`grown:${key}`), 30, START).fill(0x73);
    store.resize(bytes(`grown:${key}`), key % 20, START).fill(0x73);
  }
  const all = Buffer.concat(readAll(new ByteStoreSnapshot(store, 0)));
  // What is left of the word wherever it was cut.
  expect(all.toString('latin1')).not.toMatch(/ecret|cret|ret|et/);
});

test('a snapshot holds its moment when another that held the same has ended', () => {
  const store = new ByteStore(HASH_SEED);
  for (let key = 0; key < 2000; key++) store.set(bytes(`key:${key}`), bytes('before'), NO_EXPIRY);
  const hash = store.stateHash(0);
  const one = new ByteStoreSnapshot(store, 0);
  const other = new ByteStoreSnapshot(store, 0);
  one.release();
  for (let key = 0; key < 2000; key++) store.set(bytes(`key:${key}`), bytes('after.'), NO_EXPIRY);
  expect(restored(readAll(other)).stateHash(0)).toBe(hash);
  other.release();
});

test('memory that a snapshot holds is not used again while it does', () => {
  const store = new ByteStore(HASH_SEED);
  const fill = (name: string): void => {
    for (let key = 0; key < 5000; key++) {
      store.housekeep();
      store.set(bytes(`${name}:${key}`), new Uint8Array(1000).fill(key), NO_EXPIRY);
    }
  };
  fill('before');
  const hash = store.stateHash(0);
  const snapshot = new ByteStoreSnapshot(store, 0);
  for (let key = 0; key < 5000; key++) {
    store.housekeep();
    store.delete(bytes(`before:${key}`), START);
  }
  fill('after');
  expect(restored(readAll(snapshot)).stateHash(0)).toBe(hash);
  snapshot.release();
});

test('a view stays as it is until housekeeping, whatever is deleted and written', () => {
  const store = new ByteStore(HASH_SEED);
  const value = new Uint8Array(1000).fill(42);
  for (let key = 0; key < 5000; key++) store.set(bytes(`key:${key}`), value, NO_EXPIRY);
  const view = store.get(bytes('key:100'), START);
  for (let key = 0; key < 5000; key++) store.delete(bytes(`key:${key}`), START);
  for (let key = 0; key < 5000; key++) {
    store.set(bytes(`new:${key}`), new Uint8Array(1000).fill(7), NO_EXPIRY);
  }
  expect(Buffer.compare(view ?? new Uint8Array(0), value)).toBe(0);
});
