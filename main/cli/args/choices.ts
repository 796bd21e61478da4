import { didYouMean } from './suggestion.ts';
import { UsageError } from './usage-error.ts';

/** The words that a flag takes, each with what it stands for. */
export type Choices<Value extends string> = Readonly<Record<string, Value>>;

/**
 * What a word stands for. Case does not count.
 *
 * @throws UsageError naming the flag and what it takes
 */
export function choiceOf<Value extends string>(
  choices: Choices<Value>,
  flag: string,
  word: string,
): Value {
  const typed = word.toLowerCase();
  const found = Object.hasOwn(choices, typed) ? choices[typed] : undefined;
  if (found !== undefined) return found;
  const words = Object.keys(choices);
  throw new UsageError(
    `invalid ${flag}: '${word}' is none of ${words.join(', ')}${didYouMean(word, words)}`,
  );
}
