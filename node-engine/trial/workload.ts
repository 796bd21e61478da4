import type { ArgumentDoc, CommandSpec } from '../machine/machine.ts';
import type { Prng } from '../sim/prng.ts';

/** Chance for whoever makes commands up: all of it comes from the seed of the run. */
export interface Dice {
  /** 0 … count - 1. */
  readonly below: (count: number) => number;
  /** True with this probability. */
  readonly chance: (probability: number) => boolean;
  /** One of the items, of which there must be some. */
  readonly pick: <Item>(items: readonly Item[]) => Item;
}

/** Makes up a command: its name and its arguments. */
export type CommandMaker = (dice: Dice) => readonly (string | Uint8Array)[];

const KEYS = ['a', 'b', 'c', 'd'];
const WORDS = ['x', 'yy', 'zzz', '', 'é', '1', '17', '-3', 'x'.repeat(300)];
const INTEGERS = ['0', '1', '2', '3', '10', '100', '-1', '9007199254740993'];
const DOUBLES = ['0', '1.5', '-2.25', '1e3'];
const PATTERNS = ['*', 'a*', '?', '[ab]'];
const MORE_ARGUMENTS_MAX = 3;

/**
 * A maker of commands for a machine whose author gives none: it draws the name, then arguments as the
 * command's documentation describes them, or as many words as its arity allows.
 */
export function makerFor(commands: ReadonlyMap<string, CommandSpec>): CommandMaker {
  const names = [...commands.keys()];
  return (dice) => {
    const name = dice.pick(names);
    const spec = commands.get(name);
    if (spec === undefined) return [name];
    const documented = spec.arguments.flatMap((doc) => argumentsOf(doc, dice));
    return [name.toUpperCase(), ...fitted(documented, spec.arity, dice)];
  };
}

/** Draws until the command is of this kind; null when the maker does not come up with one. */
export function drawCommand(
  maker: CommandMaker,
  isWanted: (name: string) => boolean,
  prng: Prng,
): readonly Uint8Array[] | null {
  // Makers take it apart: `({ pick }) => …`.
  const dice: Dice = {
    below: (count) => prng.below(count),
    chance: (probability) => prng.chance(probability),
    pick: (items) => prng.pick(items),
  };
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const words = maker(dice);
    const [name] = words;
    if (name === undefined) continue;
    if (isWanted(Buffer.from(name).toString('utf8').toLowerCase())) {
      return words.map((word) => (typeof word === 'string' ? Buffer.from(word, 'utf8') : word));
    }
  }
  return null;
}

/** As many arguments as the arity asks for, so that a command gets further than its first check. */
function fitted(documented: readonly string[], arity: number, dice: Dice): readonly string[] {
  const countMin = Math.abs(arity) - 1;
  const extra = arity < 0 && documented.length === 0 ? dice.below(MORE_ARGUMENTS_MAX) : 0;
  const count = arity < 0 ? Math.max(countMin + extra, documented.length) : countMin;
  return Array.from({ length: count }, (_, place) => {
    return documented[place] ?? dice.pick(place === 0 ? KEYS : WORDS);
  });
}

function argumentsOf(doc: ArgumentDoc, dice: Dice): readonly string[] {
  if (doc.optional === true && dice.chance(0.5)) return [];
  const count = doc.multiple === true ? 1 + dice.below(MORE_ARGUMENTS_MAX) : 1;
  const token = doc.token === undefined ? [] : [doc.token];
  if (doc.type === 'token') return token;
  return [...token, ...Array.from({ length: count }, () => valueOf(doc, dice)).flat()];
}

function valueOf(doc: ArgumentDoc, dice: Dice): readonly string[] {
  switch (doc.type) {
    case 'key':
      return [dice.pick(KEYS)];
    case 'integer':
      return [dice.pick(INTEGERS)];
    case 'double':
      return [dice.pick(DOUBLES)];
    case 'pattern':
      return [dice.pick(PATTERNS)];
    case 'oneof':
      return doc.arguments === undefined ? [] : argumentsOf(dice.pick(doc.arguments), dice);
    case 'block':
      return (doc.arguments ?? []).flatMap((part) => argumentsOf(part, dice));
    case 'string':
    case 'token':
      return [dice.pick(WORDS)];
  }
}
