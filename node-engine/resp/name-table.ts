/**
 * Finds values by a command's name as it stands in the request: case-insensitive, straight from the
 * bytes, without making a string.
 */
export class NameTable<Value> {
  readonly #slots: (Entry<Value> | undefined)[];
  readonly #mask: number;

  /** @param entries ASCII names in any case, each once */
  constructor(entries: Iterable<readonly [string, Value]>) {
    const list = [...entries];
    let capacity = 16;
    while (capacity < list.length * 4) capacity *= 2;
    this.#slots = new Array<Entry<Value> | undefined>(capacity).fill(undefined);
    this.#mask = capacity - 1;
    for (const [name, value] of list) {
      const lower = Uint8Array.from(name.toLowerCase(), (char) => char.charCodeAt(0));
      let slot = hashOf(lower, 0, lower.length) & this.#mask;
      while (this.#slots[slot] !== undefined) slot = (slot + 1) & this.#mask;
      this.#slots[slot] = { lower, value };
    }
  }

  /** The value of the name `bytes[start … end)`, or undefined. */
  find(bytes: Uint8Array, start = 0, end = bytes.length): Value | undefined {
    let slot = hashOf(bytes, start, end) & this.#mask;
    for (;;) {
      const entry = this.#slots[slot];
      if (entry === undefined || equalsName(bytes, start, end, entry.lower)) return entry?.value;
      slot = (slot + 1) & this.#mask;
    }
  }
}

interface Entry<Value> {
  readonly lower: Uint8Array;
  readonly value: Value;
}

/**
 * Whether `bytes[start … end)` is the name `lower`, in any case.
 *
 * @param lower ASCII in lower case
 */
export function equalsName(
  bytes: Uint8Array,
  start: number,
  end: number,
  lower: Uint8Array,
): boolean {
  if (end - start !== lower.length) return false;
  for (let i = 0; i < lower.length; i++) {
    const byte = bytes[start + i] ?? 0;
    const folded = byte >= 65 && byte <= 90 ? byte | 32 : byte;
    if (folded !== lower[i]) return false;
  }
  return true;
}

function hashOf(bytes: Uint8Array, start: number, end: number): number {
  // Names are few and fixed, so a flood of colliding names costs a sender's reach of one slot
  // chain.
  let hash = end - start;
  for (let at = start; at < end && at < start + 24; at++) {
    hash = (Math.imul(hash, 31) + ((bytes[at] ?? 0) | 32)) | 0;
  }
  return hash ^ (hash >>> 15);
}
