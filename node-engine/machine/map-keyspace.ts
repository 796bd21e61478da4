import { NO_EXPIRY, type Clock, type Keyspace } from './keyspace.ts';
import type { MachineRestore, MachineSnapshot } from './machine.ts';
import { StateDigest } from './state-digest.ts';

interface Entry {
  value: Uint8Array;
  expiresAtMs: number;
}

/** A keyspace on a JavaScript Map, by the key's bytes as a latin1 string. */
export class MapKeyspace implements Keyspace {
  #entries = new Map<string, Entry>();
  #expiring = 0;

  get hasExpiries(): boolean {
    return this.#expiring > 0;
  }

  get(key: Uint8Array, clock: Clock): Uint8Array | null {
    return this.#find(key, clock)?.value ?? null;
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
    this.#drop(nameOf(key));
    return found;
  }

  clear(): void {
    this.#entries.clear();
    this.#expiring = 0;
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

  /** Frees up to `limit` keys that have expired. */
  expireDue(nowMs: number, limit: number): void {
    let left = limit;
    for (const [name, entry] of this.#entries) {
      if (left === 0) return;
      if (entry.expiresAtMs >= nowMs) continue;
      this.#drop(name);
      left--;
    }
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

  snapshot(nowMs: number): MachineSnapshot {
    const live = [...this.#entries].filter(([, entry]) => entry.expiresAtMs >= nowMs);
    const rows = live.map(([name, { value, expiresAtMs }]) => [
      name,
      Buffer.from(value).toString('latin1'),
      expiresAtMs === NO_EXPIRY ? null : expiresAtMs,
    ]);
    let left: Uint8Array | null = Buffer.from(JSON.stringify(rows));
    return {
      next() {
        const slice = left;
        left = null;
        return slice;
      },
      release() {
        left = null;
      },
    };
  }

  restore(): MachineRestore {
    const chunks: Uint8Array[] = [];
    return {
      write: (bytes) => void chunks.push(bytes.slice()),
      finish: () => {
        const rows = JSON.parse(Buffer.concat(chunks).toString()) as [
          string,
          string,
          number | null,
        ][];
        this.clear();
        for (const [name, value, expiresAtMs] of rows) {
          this.#put(name, {
            value: Buffer.from(value, 'latin1'),
            expiresAtMs: expiresAtMs ?? NO_EXPIRY,
          });
        }
      },
    };
  }

  #find(key: Uint8Array, clock: Clock): Entry | null {
    const entry = this.#entries.get(nameOf(key));
    return entry !== undefined && isLive(entry, clock) ? entry : null;
  }

  #put(name: string, entry: Entry): void {
    this.#drop(name);
    this.#entries.set(name, entry);
    if (entry.expiresAtMs !== NO_EXPIRY) this.#expiring++;
  }

  #drop(name: string): void {
    const entry = this.#entries.get(name);
    if (entry === undefined) return;
    if (entry.expiresAtMs !== NO_EXPIRY) this.#expiring--;
    this.#entries.delete(name);
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
