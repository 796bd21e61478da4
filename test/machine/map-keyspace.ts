import type { ByteRange } from '../../node-engine/machine/byte-range.ts';
import { NO_EXPIRY, type Clock, type Keyspace } from '../../node-engine/machine/keyspace.ts';
import { StateDigest } from '../../node-engine/machine/state-digest.ts';

interface Entry {
  value: Uint8Array;
  expiresAtMs: number;
}

/** A keyspace that is plainly right: a Map by the key's bytes as a latin1 string. The model in tests. */
export class MapKeyspace implements Keyspace {
  readonly #entries = new Map<string, Entry>();

  get(key: Uint8Array, clock: Clock): Uint8Array | null {
    return this.#find(key, clock)?.value ?? null;
  }

  lookUp(key: ByteRange, clock: Clock): Uint8Array | null {
    return this.get(key.bytes.slice(key.start, key.end), clock);
  }

  store(key: ByteRange, value: ByteRange, expiresAtMs: number): void {
    const bytes = value.bytes.slice(value.start, value.end);
    this.set(key.bytes.slice(key.start, key.end), bytes, expiresAtMs);
  }

  has(key: Uint8Array, clock: Clock): boolean {
    return this.#find(key, clock) !== null;
  }

  expiryOf(key: Uint8Array, clock: Clock): number | null {
    return this.#find(key, clock)?.expiresAtMs ?? null;
  }

  set(key: Uint8Array, value: Uint8Array, expiresAtMs: number): void {
    this.#put(nameOf(key), { value: value.slice(), expiresAtMs });
  }

  resize(key: Uint8Array, length: number, clock: Clock): Uint8Array {
    const before = this.#find(key, clock);
    const value = new Uint8Array(length);
    if (before !== null) value.set(before.value.subarray(0, length));
    this.#put(nameOf(key), { value, expiresAtMs: before?.expiresAtMs ?? NO_EXPIRY });
    return value;
  }

  setExpiry(key: Uint8Array, expiresAtMs: number, clock: Clock): boolean {
    const entry = this.#find(key, clock);
    if (entry === null) return false;
    this.#put(nameOf(key), { value: entry.value, expiresAtMs });
    return true;
  }

  delete(key: Uint8Array, clock: Clock): boolean {
    const found = this.#find(key, clock) !== null;
    this.#entries.delete(nameOf(key));
    return found;
  }

  clear(): void {
    this.#entries.clear();
  }

  count(clock: Clock): number {
    let count = 0;
    this.forEachKey(clock, () => count++);
    return count;
  }

  forEachKey(clock: Clock, visit: (key: Uint8Array) => void): void {
    for (const [name, entry] of this.#entries) {
      if (isLive(entry, clock)) visit(Buffer.from(name, 'latin1'));
    }
  }

  scan(cursor: number, count: number, clock: Clock, visit: (key: Uint8Array) => void): number {
    const keys: (readonly [position: number, key: Uint8Array])[] = [];
    this.forEachKey(clock, (key) => {
      const position = positionOf(key);
      if (position >= cursor) keys.push([position, key]);
    });
    keys.sort(([left], [right]) => left - right);
    let visited = 0;
    let last = -1;
    for (const [position, key] of keys) {
      if (visited >= count && position !== last) return position;
      visit(key);
      visited++;
      last = position;
    }
    return 0;
  }

  randomKey(randomUint32: () => number, clock: Clock): Uint8Array | null {
    const keys: Uint8Array[] = [];
    this.forEachKey(clock, (key) => keys.push(key));
    return keys[randomUint32() % Math.max(1, keys.length)] ?? null;
  }

  stateHash(nowMs: number): string {
    const digest = new StateDigest();
    for (const [name, entry] of this.#entries) {
      if (entry.expiresAtMs < nowMs) continue;
      digest.absorbFloat64(entry.expiresAtMs);
      digest.absorbBytes(Buffer.from(name, 'latin1'));
      digest.absorbBytes(entry.value);
      digest.endRecord();
    }
    return digest.hex();
  }

  #find(key: Uint8Array, clock: Clock): Entry | null {
    const entry = this.#entries.get(nameOf(key));
    return entry !== undefined && isLive(entry, clock) ? entry : null;
  }

  #put(name: string, entry: Entry): void {
    this.#entries.set(name, entry);
  }
}

function isLive(entry: Entry, clock: Clock): boolean {
  return entry.expiresAtMs === NO_EXPIRY || entry.expiresAtMs >= clock.nowMs();
}

function nameOf(key: Uint8Array): string {
  return Buffer.from(key).toString('latin1');
}

function positionOf(key: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of key) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}
