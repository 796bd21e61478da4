import { arityError } from './command-errors.ts';
import type { CommandSpec } from './machine.ts';
import type { ErrorReply } from '../resp/value.ts';

const UPPER_A = 0x41;
const UPPER_Z = 0x5a;
const CASE_BIT = 0x20;

/**
 * Finds what belongs to a command's name, in any spelling of upper and lower case, without making a
 * string: every command of every client passes here.
 */
export class CommandTable<Entry> {
  readonly #names: readonly Uint8Array[];
  readonly #entries: readonly Entry[];
  /** Open addressing: position in the two lists plus one, 0 = free. At most half full. */
  readonly #slots: Uint16Array;

  /** @param commands by lower-case ASCII name */
  constructor(commands: Iterable<readonly [name: string, entry: Entry]>) {
    const list = [...commands];
    this.#names = list.map(([name]) => asciiBytes(name));
    this.#entries = list.map(([, entry]) => entry);
    let size = 16;
    while (size < 2 * list.length) size *= 2;
    this.#slots = new Uint16Array(size);
    for (const [position, name] of this.#names.entries()) {
      let slot = foldedHash(name) & (size - 1);
      while (this.#slots[slot] !== 0) slot = (slot + 1) & (size - 1);
      this.#slots[slot] = position + 1;
    }
  }

  /** What belongs to `name`, or undefined. */
  lookup(name: Uint8Array): Entry | undefined {
    const mask = this.#slots.length - 1;
    let slot = foldedHash(name) & mask;
    for (;;) {
      const found = this.#slots[slot] ?? 0;
      if (found === 0) return undefined;
      if (equalsFolded(this.#names[found - 1], name)) return this.#entries[found - 1];
      slot = (slot + 1) & mask;
    }
  }
}

/**
 * Checks the number of arguments.
 *
 * @param name the command's name, for the error's text
 * @param count arguments with the name counted
 * @returns null when the command takes so many
 */
export function checkArity(name: string, spec: CommandSpec, count: number): ErrorReply | null {
  const accepted = spec.arity < 0 ? count >= -spec.arity : count === spec.arity;
  return accepted ? null : arityError(name);
}

/**
 * The keys among a command's arguments, as views.
 *
 * @param args the whole command, the name first; its arity has been checked
 */
export function keysOf(spec: CommandSpec, args: readonly Uint8Array[]): readonly Uint8Array[] {
  if (spec.firstKey === 0) return [];
  const last = spec.lastKey < 0 ? args.length + spec.lastKey : spec.lastKey;
  const keys: Uint8Array[] = [];
  for (let at = spec.firstKey; at <= last && at < args.length; at += Math.max(1, spec.keyStep)) {
    const key = args[at];
    if (key !== undefined) keys.push(key);
  }
  return keys;
}

/**
 * True when an argument is this word in any case: `nx`, `Nx` for `NX`.
 *
 * @param word in upper case, ASCII
 */
export function isWord(argument: Uint8Array, word: string): boolean {
  if (argument.length !== word.length) return false;
  for (let at = 0; at < word.length; at++) {
    if (foldToLower(argument[at] ?? 0) !== foldToLower(word.charCodeAt(at))) return false;
  }
  return true;
}

function foldToLower(byte: number): number {
  return byte >= UPPER_A && byte <= UPPER_Z ? byte | CASE_BIT : byte;
}

/** Folds more than letters, which only costs a comparison; `equalsFolded` is exact. */
function foldedHash(name: Uint8Array): number {
  let hash = name.length;
  for (const byte of name) hash = (Math.imul(hash, 31) + (byte | CASE_BIT)) | 0;
  return hash ^ (hash >>> 15);
}

function equalsFolded(lowerCase: Uint8Array | undefined, name: Uint8Array): boolean {
  if (lowerCase?.length !== name.length) return false;
  for (let at = 0; at < name.length; at++) {
    if (lowerCase[at] !== foldToLower(name[at] ?? 0)) return false;
  }
  return true;
}

function asciiBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
