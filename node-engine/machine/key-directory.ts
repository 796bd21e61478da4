import type { ByteRange } from './byte-range.ts';
import type { SlabHeap } from './slab-heap.ts';

/** Entries of a table at its largest: dividing one takes some tens of microseconds. */
const TABLE_ENTRIES_MAX = 4096;
const TABLE_ENTRIES_MIN = 64;
/**
 * Keys there must be for every place of the directory. Evenly spread hashes never come near it; hashes
 * that are equal would else double the directory again and again, in vain.
 */
const KEYS_PER_PLACE_MIN = 128;
const DEPTH_MAX = 30;
const HASHES = 2 ** 32;

interface Table {
  /** Pairs of hash and address; address 0 is a free place. Length 2 · capacity. */
  entries: Uint32Array;
  /** Capacity minus one; the capacity is a power of two. */
  mask: number;
  count: number;
  /** How many of the hash's highest bits all keys of this table share. */
  depth: number;
}

/**
 * Finds a record by its key: extendible hashing (Fagin and others, 1979). The highest bits of a key's
 * hash choose a table, the lowest a place in it; a table that is full is divided in two by the next
 * bit. So it grows in small steps at any size, and the order of tables is the order of hashes, which
 * gives iterations a cursor that stays good while everything changes.
 */
export class KeyDirectory {
  readonly #heap: SlabHeap;
  /** By the highest bits of the hash. A table that shares fewer bits stands in several places. */
  #tables: Table[];
  #depth = 1;
  #size = 0;
  /** What `find` found, for `replaceFound` and `removeFound`. */
  #foundTable: Table;
  #foundPlace = 0;

  constructor(heap: SlabHeap) {
    this.#heap = heap;
    const table = makeTable(TABLE_ENTRIES_MIN, 0);
    this.#tables = [table, table];
    this.#foundTable = table;
  }

  /** Number of keys. */
  get size(): number {
    return this.#size;
  }

  /** The address of a key's record, or 0. */
  find(hash: number, key: ByteRange): number {
    const table = this.#tableOf(hash);
    const { entries, mask } = table;
    for (let place = hash & mask; ; place = (place + 1) & mask) {
      const address = entries[2 * place + 1] ?? 0;
      if (address === 0) return 0;
      if (entries[2 * place] === hash && this.#heap.hasKey(address, key)) {
        this.#foundTable = table;
        this.#foundPlace = place;
        return address;
      }
    }
  }

  /** The first address with a hash that `accept` takes, or 0. */
  findByHash(hash: number, accept: (address: number) => boolean): number {
    const table = this.#tableOf(hash);
    const { entries, mask } = table;
    for (let place = hash & mask; ; place = (place + 1) & mask) {
      const address = entries[2 * place + 1] ?? 0;
      if (address === 0) return 0;
      if (entries[2 * place] === hash && accept(address)) {
        this.#foundTable = table;
        this.#foundPlace = place;
        return address;
      }
    }
  }

  /** The record that was found last has moved. */
  replaceFound(address: number): void {
    this.#foundTable.entries[2 * this.#foundPlace + 1] = address;
  }

  /**
   * Takes out the record that was found last. What stood behind it moves up, so that no place has to
   * remember that it was once taken.
   */
  removeFound(): void {
    const { entries, mask } = this.#foundTable;
    let gap = this.#foundPlace;
    for (let place = (gap + 1) & mask; ; place = (place + 1) & mask) {
      const address = entries[2 * place + 1] ?? 0;
      if (address === 0) break;
      const hash = entries[2 * place] ?? 0;
      // It may move to the gap unless its own first place lies behind the gap.
      if (((place - hash) & mask) >= ((place - gap) & mask)) {
        entries[2 * gap] = hash;
        entries[2 * gap + 1] = address;
        gap = place;
      }
    }
    entries[2 * gap + 1] = 0;
    this.#foundTable.count--;
    this.#size--;
  }

  /** Adds a key that is not there. */
  insert(hash: number, address: number): void {
    let table = this.#tableOf(hash);
    while (4 * (table.count + 1) > 3 * (table.mask + 1)) {
      this.#grow(table, hash);
      table = this.#tableOf(hash);
    }
    put(table, hash, address);
    this.#size++;
  }

  /** Every record. */
  forEach(visit: (address: number) => void): void {
    let before: Table | null = null;
    for (const table of this.#tables) {
      if (table !== before) visitHashes(table, 0, HASHES, visit);
      before = table;
    }
  }

  /**
   * Visits about `count` records in the order of their hashes, to some depth: those whose hashes lie
   * between `cursor` and the returned cursor, all of them and no others.
   *
   * @returns the first hash that is left to be visited, or 0 at the end
   */
  scan(cursor: number, count: number, visit: (address: number) => void): number {
    let from = cursor;
    let left = Math.min(count, this.#size + 1);
    while (from < HASHES && left > 0) {
      const table = this.#tableOf(from);
      const width = 2 ** (32 - table.depth);
      const end = (Math.floor(from / width) + 1) * width;
      // Hashes are evenly spread, so this window holds about as many as are wanted.
      const window = Math.ceil((left * width) / Math.max(1, table.count));
      const until = Math.min(end, from + window);
      left -= visitHashes(table, from, until, visit);
      from = until;
    }
    return from >= HASHES ? 0 : from;
  }

  /** Some record that `accept` takes, or 0. */
  pick(randomUint32: () => number, accept: (address: number) => boolean): number {
    if (this.#size === 0) return 0;
    const start = randomUint32() >>> (32 - this.#depth);
    for (let step = 0; step < this.#tables.length; step++) {
      const table = this.#tables[(start + step) & (this.#tables.length - 1)];
      if (table === undefined || table.count === 0) continue;
      const first = randomUint32() & table.mask;
      for (let place = 0; place <= table.mask; place++) {
        const address = table.entries[2 * ((first + place) & table.mask) + 1] ?? 0;
        if (address !== 0 && accept(address)) return address;
      }
    }
    return 0;
  }

  #tableOf(hash: number): Table {
    const table = this.#tables[hash >>> (32 - this.#depth)];
    if (table === undefined) throw new Error('every hash has a table');
    return table;
  }

  #grow(table: Table, hash: number): void {
    const capacity = table.mask + 1;
    if (capacity < TABLE_ENTRIES_MAX || !this.#mayDivide(table)) {
      const entries = table.entries;
      table.entries = new Uint32Array(4 * capacity);
      table.mask = 2 * capacity - 1;
      table.count = 0;
      putAll(entries, () => table);
      return;
    }
    this.#divide(table, hash);
  }

  #mayDivide(table: Table): boolean {
    if (table.depth < this.#depth) return true;
    const places = 2 * this.#tables.length;
    return this.#depth < DEPTH_MAX && places * KEYS_PER_PLACE_MIN <= this.#size;
  }

  #divide(table: Table, hash: number): void {
    if (table.depth === this.#depth) {
      this.#tables = this.#tables.flatMap((each) => [each, each]);
      this.#depth++;
    }
    const { entries } = table;
    const capacity = table.mask + 1;
    table.entries = new Uint32Array(2 * capacity);
    table.count = 0;
    const places = 2 ** (this.#depth - table.depth);
    const firstPlace = Math.floor((hash >>> (32 - this.#depth)) / places) * places;
    table.depth++;
    const upper = makeTable(capacity, table.depth);
    this.#tables.fill(upper, firstPlace + places / 2, firstPlace + places);
    const bit = 32 - table.depth;
    putAll(entries, (each) => (((each >>> bit) & 1) === 0 ? table : upper));
  }
}

function makeTable(capacity: number, depth: number): Table {
  return { entries: new Uint32Array(2 * capacity), mask: capacity - 1, count: 0, depth };
}

function put(table: Table, hash: number, address: number): void {
  const { entries, mask } = table;
  let place = hash & mask;
  while (entries[2 * place + 1] !== 0) place = (place + 1) & mask;
  entries[2 * place] = hash;
  entries[2 * place + 1] = address;
  table.count++;
}

function putAll(entries: Uint32Array, tableFor: (hash: number) => Table): void {
  for (let at = 0; at < entries.length; at += 2) {
    const address = entries[at + 1] ?? 0;
    const hash = entries[at] ?? 0;
    if (address !== 0) put(tableFor(hash), hash, address);
  }
}

/** Visits what a table holds of the hashes from `from` up to `until`, and counts it. */
function visitHashes(
  table: Table,
  from: number,
  until: number,
  visit: (address: number) => void,
): number {
  const { entries } = table;
  let visited = 0;
  for (let at = 0; at < entries.length; at += 2) {
    const hash = entries[at] ?? 0;
    const address = entries[at + 1] ?? 0;
    if (address === 0 || hash < from || hash >= until) continue;
    visit(address);
    visited++;
  }
  return visited;
}
