/** A typed line as the arguments of a command, or what is wrong with it. */
export type SplitLine =
  | { readonly ok: true; readonly args: readonly string[] }
  | { readonly ok: false; readonly reason: string };

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  b: '\b',
  a: '\x07',
};

/**
 * Splits a line the way redis-cli does: words between spaces; "…" with \n, \r, \t, \b, \a and \xHH in
 * it; '…' with nothing but \' in it. After a closing quote a space must follow.
 */
export function splitLine(line: string): SplitLine {
  const args: string[] = [];
  let at = 0;
  for (;;) {
    while (at < line.length && /\s/.test(line.charAt(at))) at += 1;
    if (at >= line.length) return { ok: true, args };
    let word = '';
    while (at < line.length && !/\s/.test(line.charAt(at))) {
      const sign = line.charAt(at);
      if (sign !== '"' && sign !== "'") {
        word += sign;
        at += 1;
        continue;
      }
      const quoted = readQuoted(line, at);
      if (!quoted.ok) return quoted;
      word += quoted.text;
      at = quoted.end;
      if (at < line.length && !/\s/.test(line.charAt(at))) {
        return { ok: false, reason: 'A closing quote must be followed by a space.' };
      }
    }
    args.push(word);
  }
}

type Quoted =
  | { readonly ok: true; readonly text: string; readonly end: number }
  | { readonly ok: false; readonly reason: string };

function readQuoted(line: string, start: number): Quoted {
  const quote = line.charAt(start);
  let text = '';
  for (let at = start + 1; at < line.length; at += 1) {
    const sign = line.charAt(at);
    if (sign === quote) return { ok: true, text, end: at + 1 };
    if (sign !== '\\') {
      text += sign;
      continue;
    }
    at += 1;
    const next = line.charAt(at);
    const hex = /^x([0-9a-f]{2})/i.exec(line.slice(at))?.[1];
    if (quote === "'") text += next === "'" ? next : `\\${next}`;
    else if (hex !== undefined) {
      const code = parseInt(hex, 16);
      if (code > 0x7f) {
        return { ok: false, reason: `\\x${hex}: this console sends text, not bytes above 7f.` };
      }
      text += String.fromCharCode(code);
      at += 2;
    } else text += ESCAPES[next] ?? next;
  }
  return { ok: false, reason: `The quote ${quote} is not closed.` };
}
