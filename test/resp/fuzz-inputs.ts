import { SeededRandom } from '../nemesis/seeded-random.ts';
import { arrayForm } from './request-stream.ts';

/*
 * Streams for the parsers to choke on. Input number n of a seed is always the same, so what fails is
 * run again by its number; `smallest` then takes away what the failure does not need.
 */

/** The generator of one input. */
export function randomFor(seed: number, number: number): SeededRandom {
  return new SeededRandom(Math.imul(seed, 0x9e3779b1) + number);
}

/** A few bytes as text: mostly letters, else those that have a meaning in RESP. */
export function randomText(random: SeededRandom, longest: number): string {
  const length = random.below(longest + 1);
  const any = random.chance(0.3);
  let text = '';
  for (let at = 0; at < length; at += 1) {
    text += any
      ? String.fromCharCode(random.below(256))
      : random.chance(0.1)
        ? random.of(['\r', '\n', '\r\n', '*', '$', '"', "'", '\\', ' ', '\0', '\xff'])
        : String.fromCharCode(97 + random.below(26));
  }
  return text;
}

/** A command in array form. */
export function randomCommand(random: SeededRandom): readonly string[] {
  const longest = random.chance(0.05) ? 300 : 12;
  return Array.from({ length: random.between(1, 5) }, () => randomText(random, longest));
}

const LINES = [
  'PING\r\n',
  'PING\n',
  'set "a b" \'c\'\n',
  'set "\\x41\\n\\"" x\r\n',
  "echo 'it\\'s' \"\\q\"\r\n",
  'set "a b\r\n',
  'set "a"b c\r\n',
  'a"b c"d\r\n',
  '*0\r\n',
  '*-1\r\n',
  '*-10\r\n',
  '\r\n',
  '\n',
  ' \t \r\n',
];
const FRAGMENTS = ['*', '$', '\r', '\n', '\r\n', '-1', '0', '9', '1', '"', "'", '*1\r\n', '$0\r\n'];
const LENGTHS = ['0', '-1', '00', '+1', '1.5', '2147483647', '2147483648', '9223372036854775808'];

/** A pipeline of commands, most of them with damage. */
export function randomRequests(random: SeededRandom): string {
  let stream = '';
  const count = random.below(7);
  for (let left = count; left > 0; left -= 1) {
    const kind = random.below(200);
    if (kind < 40) stream += random.of(LINES);
    else if (kind < 46) stream += inlineOf(random);
    else if (kind < 48) stream += `*${random.of(LENGTHS)}\r\n`;
    else if (kind < 50) stream += `*1\r\n$${random.of(LENGTHS)}\r\n`;
    else if (kind < 51) stream += random.of(['*', '*1\r\n$', 'x']) + '1'.repeat(300);
    else stream += arrayForm(randomCommand(random));
  }
  return random.chance(0.4) ? stream : damaged(stream, random);
}

function inlineOf(random: SeededRandom): string {
  return `${randomText(random, 40)}${random.of(['\n', '\r\n'])}`;
}

/** The stream with up to five places changed. */
export function damaged(stream: string, random: SeededRandom): string {
  let text = stream;
  for (let left = random.between(1, 5); left > 0; left -= 1) {
    const at = random.below(text.length + 1);
    const length = random.between(1, 4);
    const put = random.chance(0.5)
      ? random.of(FRAGMENTS)
      : String.fromCharCode(random.chance(0.5) ? 48 + random.below(10) : random.below(256));
    const kind = random.below(4);
    if (kind === 0) text = text.slice(0, at) + put + text.slice(at + 1);
    else if (kind === 1) text = text.slice(0, at) + put + text.slice(at);
    else if (kind === 2) text = text.slice(0, at) + text.slice(at + length);
    else text = text.slice(0, at) + text.slice(Math.max(0, at - random.below(20)));
  }
  return text;
}

/** Up to six ascending places in a stream of this length; now and then every one. */
export function randomCuts(random: SeededRandom, length: number): readonly number[] {
  if (random.chance(0.05)) return Array.from({ length }, (_, at) => at + 1);
  return Array.from({ length: random.below(7) }, () => random.below(length + 1)).sort(
    (left, right) => left - right,
  );
}

/** Shortens a failing input for as long as it still fails. */
export function smallest(input: string, fails: (input: string) => boolean): string {
  let best = input;
  for (let step = Math.ceil(best.length / 2); step >= 1; step = Math.floor(step / 2)) {
    for (let at = 0; at + step <= best.length;) {
      const shorter = best.slice(0, at) + best.slice(at + step);
      if (fails(shorter)) best = shorter;
      else at += step;
    }
  }
  return best;
}
