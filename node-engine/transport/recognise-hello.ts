import { HELLO_WORD } from './hello.ts';

const HELLO_START = `\r\n$${HELLO_WORD.length}\r\n${HELLO_WORD}\r\n`;

/** Whether a connection begins with a hello, as far as it can be seen yet. */
export function recogniseHello(first: Uint8Array): 'yes' | 'no' | 'undecided' {
  const text = Buffer.from(first.subarray(0, 64)).toString('latin1');
  const count = /^\*[0-9]{0,2}/.exec(text);
  if (count === null) return 'no';
  const rest = text.slice(count[0].length);
  if (rest.startsWith(HELLO_START)) return 'yes';
  return HELLO_START.startsWith(rest) ? 'undecided' : 'no';
}
