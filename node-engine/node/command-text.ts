const ESCAPES: Readonly<Record<number, string>> = {
  0x07: '\\a',
  0x08: '\\b',
  0x09: '\\t',
  0x0a: '\\n',
  0x0d: '\\r',
  0x22: '\\"',
  0x5c: '\\\\',
};
/** How much of one argument a line shows, and of one command. */
const ARGUMENT_BYTES_MAX = 1024;
const ARGUMENTS_MAX = 64;

/**
 * A command on one line, each argument in quotes and every byte that is not printable ASCII escaped,
 * as MONITOR of Redis writes it. Long ones are cut, and say so.
 *
 * @param name takes the place of the first argument
 */
export function commandText(name: string, args: readonly Uint8Array[]): string {
  const shown = args.slice(1, ARGUMENTS_MAX).map(quoted);
  if (args.length > ARGUMENTS_MAX)
    shown.push(`... (${args.length - ARGUMENTS_MAX} more arguments)`);
  return [`"${name}"`, ...shown].join(' ');
}

function quoted(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes.subarray(0, ARGUMENT_BYTES_MAX)) {
    const escape = ESCAPES[byte];
    if (escape !== undefined) text += escape;
    else if (byte >= 0x20 && byte < 0x7f) text += String.fromCharCode(byte);
    else text += `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  const rest = bytes.length - ARGUMENT_BYTES_MAX;
  return rest > 0 ? `"${text}"... (${rest} more bytes)` : `"${text}"`;
}
