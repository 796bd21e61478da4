/*
 * The window in a language that does not exist: every word two fifths longer and with accents, as
 * German or Finnish would be, and still to be read. With it one sees what a translation would break.
 * Texts stand where they are shown, so this works on what has been drawn. The shipped page has none of it.
 */

const ACCENTED: Readonly<Record<string, string>> = {
  a: 'á',
  e: 'é',
  i: 'í',
  o: 'ó',
  u: 'ú',
  y: 'ý',
  c: 'ç',
  n: 'ñ',
  A: 'Á',
  E: 'É',
  I: 'Í',
  O: 'Ó',
  U: 'Ú',
};

/** How much longer a word gets. */
const GROWTH = 0.4;

/** Letters with what may stand around a word; figures, units, names and addresses are not words. */
const WORD = /(?<![\w.:/-])[A-Z]?[a-z]{2,}(?!\w|[.:/]\w|-\d)/g;
const UNITS: ReadonlySet<string> = new Set(['ms', 'min']);

/** A text as the language that does not exist would have it. */
export function stretched(text: string): string {
  return text.replace(WORD, (word) => {
    if (UNITS.has(word)) return word;
    let missing = Math.ceil(word.length * GROWTH);
    const letters = Array.from(word, (letter) => {
      const accented = ACCENTED[letter] ?? letter;
      if (missing === 0 || !/[aeiouy]/.test(letter)) return accented;
      missing -= 1;
      return accented + accented;
    });
    return letters.join('') + 'é'.repeat(missing);
  });
}

/**
 * What is no text of the window: what a cluster said or somebody typed, and drawings, which are laid out
 * by the length of what they were given.
 */
const NOT_OURS = 'script, style, svg, code, kbd, pre, bdi, textarea, .mono, [translate="no"]';

/** Stretches all that is shown under `root` from now on. */
export function stretchTexts(root: HTMLElement): void {
  const written = new WeakMap<Text, string>();
  const placeholders = new WeakMap<HTMLInputElement, string>();
  const stretchText = (text: Text): void => {
    if (written.get(text) === text.data || text.parentElement?.closest(NOT_OURS) !== null) return;
    const next = stretched(text.data);
    written.set(text, next);
    if (next !== text.data) text.data = next;
  };
  const stretchBelow = (node: Node): void => {
    if (node instanceof Text) stretchText(node);
    else if (node instanceof HTMLInputElement) {
      if (placeholders.get(node) === node.placeholder) return;
      node.placeholder = stretched(node.placeholder);
      placeholders.set(node, node.placeholder);
    } else node.childNodes.forEach(stretchBelow);
  };
  stretchBelow(root);
  new MutationObserver((changes) => {
    for (const { type, target, addedNodes } of changes) {
      if (type === 'characterData') stretchBelow(target);
      else addedNodes.forEach(stretchBelow);
    }
  }).observe(root, { childList: true, characterData: true, subtree: true });
}
