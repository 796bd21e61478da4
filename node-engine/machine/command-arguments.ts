import { arityError } from './command-errors.ts';
import type { CommandSpec } from './machine.ts';
import type { ErrorReply } from '../resp/value.ts';

const UPPER_A = 0x41;
const UPPER_Z = 0x5a;
const CASE_BIT = 0x20;

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
