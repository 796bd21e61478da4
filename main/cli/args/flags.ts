import { didYouMean } from './suggestion.ts';
import { UsageError } from './usage-error.ts';

/** One flag of a command. */
export interface FlagSpec {
  /** Without dashes, such as `election-timeout`. */
  readonly name: string;
  /** Other spellings, without dashes: short forms and the names that Finn and Uhaha gave it. */
  readonly aliases?: readonly string[];
  /** What its value is called in the usage text; null for a flag that takes none. */
  readonly value: string | null;
  /** One line for the usage text; empty hides the flag there. */
  readonly summary: string;
  /** Its variable is read where it is used, or there is none. */
  readonly environment?: false;
  /** May be given more than once. */
  readonly repeated?: boolean;
}

/** What was typed after the command's name. */
export class GivenFlags {
  readonly positionals: readonly string[];
  readonly #values: ReadonlyMap<string, readonly string[]>;

  constructor(values: ReadonlyMap<string, readonly string[]>, positionals: readonly string[]) {
    this.#values = values;
    this.positionals = positionals;
  }

  /** Whether the flag was given, with or without a value. */
  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** The value of a flag, or null when it was not given. */
  value(name: string): string | null {
    return this.#values.get(name)?.at(-1) ?? null;
  }

  /** All values of a flag that may be repeated, in the order typed. */
  values(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }
}

/** A minus sign in front of a number is not the beginning of a flag. */
const NUMBER = /^-\d/;

/**
 * Reads `--flag value`, `--flag=value`, and the same with one dash; `--` ends the flags.
 *
 * @throws UsageError for an unknown flag, a missing value, a value nobody asked for, a repetition
 */
export function parseFlags(specs: readonly FlagSpec[], args: readonly string[]): GivenFlags {
  const byName = new Map<string, FlagSpec>();
  for (const spec of specs) {
    for (const name of [spec.name, ...(spec.aliases ?? [])]) byName.set(name, spec);
  }
  const values = new Map<string, string[]>();
  const positionals: string[] = [];
  for (let offset = 0; offset < args.length; offset += 1) {
    const arg = args[offset] ?? '';
    refuseUnreadable(arg);
    if (arg === '--') {
      positionals.push(...args.slice(offset + 1));
      break;
    }
    if (!looksLikeFlag(arg)) {
      positionals.push(arg);
      continue;
    }
    const { typed, name, inlineValue } = splitFlag(arg);
    const spec = byName.get(name);
    if (spec === undefined) throw new UsageError(unknownFlag(typed, name, byName.keys()));
    let value = inlineValue;
    if (spec.value === null) {
      if (value !== null) throw new UsageError(`flag ${typed} takes no value, not '${value}'`);
    } else if (value === null) {
      value = args[offset + 1] ?? null;
      if (value !== null) refuseUnreadable(value);
      if (value !== null && looksLikeFlag(value)) value = null;
      offset += 1;
    }
    if (spec.value !== null && (value === null || value === '')) {
      throw new UsageError(`flag ${typed} needs a value: ${typed} ${spec.value}`);
    }
    const given = values.get(spec.name) ?? [];
    if (given.length > 0 && spec.repeated !== true) {
      throw new UsageError(`flag ${dashed(spec.name)} is given twice`);
    }
    values.set(spec.name, [...given, value ?? '']);
  }
  return new GivenFlags(values, positionals);
}

/** A flag as we write it: one dash before one letter, else two. */
export function dashed(name: string): string {
  return name.length === 1 ? `-${name}` : `--${name}`;
}

/** Bytes that are no UTF-8 come to us as this character: the path that was meant is lost. */
function refuseUnreadable(arg: string): void {
  if (arg.includes('\ufffd')) throw new UsageError(`'${arg}' is not UTF-8`);
}

function looksLikeFlag(arg: string): boolean {
  return arg.length > 1 && arg.startsWith('-') && !NUMBER.test(arg);
}

function splitFlag(arg: string): { typed: string; name: string; inlineValue: string | null } {
  const equals = arg.indexOf('=');
  const typed = equals < 0 ? arg : arg.slice(0, equals);
  const inlineValue = equals < 0 ? null : arg.slice(equals + 1);
  return { typed, name: typed.replace(/^--?/, ''), inlineValue };
}

function unknownFlag(typed: string, name: string, known: Iterable<string>): string {
  const candidates = [...known].filter((candidate) => candidate.length > 1);
  return `unknown flag ${typed}${didYouMean(name, candidates, '--')}`;
}
