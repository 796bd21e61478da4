import type { RequestLimits } from '../../node-engine/resp/request-limits.ts';

/** What a stream of requests holds, one character per byte. */
export interface ReferenceResult {
  readonly commands: readonly (readonly string[])[];
  readonly error: string | null;
}

/** Carries the text of a protocol error out of the parser. */
class Fault extends Error {}

/** Thrown at the end of the stream inside a command. */
class Incomplete extends Error {}

/**
 * Reads a whole stream at once, with strings and regular expressions, in the most obvious way: what
 * the incremental parser must make of it however it is cut.
 */
export function parseWithReference(stream: string, limits: RequestLimits): ReferenceResult {
  const commands: string[][] = [];
  let at = 0;
  try {
    while (at < stream.length) {
      const isArray = stream[at] === '*';
      const { args, next } = isArray
        ? readArray(stream, at, limits)
        : readInline(stream, at, limits);
      if (args.length > 0) commands.push(args);
      at = next;
    }
  } catch (error) {
    if (error instanceof Fault) {
      return { commands, error: `ERR Protocol error: ${error.message}` };
    }
    if (!(error instanceof Incomplete)) throw error;
  }
  return { commands, error: null };
}

interface Found {
  readonly args: string[];
  readonly next: number;
}

function readArray(stream: string, start: number, limits: RequestLimits): Found {
  const invalid = 'invalid multibulk length';
  const count = readLength(stream, start, limits, {
    tooBig: 'too big mbulk count string',
    invalid,
  });
  if (count.value > 2n ** 31n - 1n || count.value > limits.argsMax) throw new Fault(invalid);
  if (count.value > (limits.unauthenticated?.argsMax ?? limits.argsMax)) {
    throw new Fault('unauthenticated multibulk length');
  }
  const args: string[] = [];
  let at = count.next;
  while (args.length < count.value) {
    const bulk = readBulk(stream, { start: at, commandStart: start }, limits);
    args.push(bulk.value);
    at = bulk.next;
  }
  return { args, next: at };
}

function readBulk(
  stream: string,
  { start, commandStart }: { readonly start: number; readonly commandStart: number },
  limits: RequestLimits,
): { readonly value: string; readonly next: number } {
  const invalid = 'invalid bulk length';
  const first = stream[start];
  if (first === undefined) throw new Incomplete();
  if (first !== '$') {
    const code = first.charCodeAt(0);
    const shown = code >= 32 && code < 127 ? first : `\\x${code.toString(16).padStart(2, '0')}`;
    throw new Fault(`expected '$', got '${shown}'`);
  }
  const length = readLength(stream, start, limits, {
    tooBig: 'too big bulk count string',
    invalid,
  });
  if (length.value < 0n || length.value > limits.bulkBytesMax) throw new Fault(invalid);
  if (length.value > (limits.unauthenticated?.bulkBytesMax ?? limits.bulkBytesMax)) {
    throw new Fault('unauthenticated bulk length');
  }
  const end = length.next + Number(length.value);
  if (end + 2 - commandStart > limits.commandBytesMax) {
    throw new Fault(`command is larger than ${limits.commandBytesMax} bytes`);
  }
  if (stream.length < end + 2) throw new Incomplete();
  if (stream.slice(end, end + 2) !== '\r\n') throw new Fault(invalid);
  return { value: stream.slice(length.next, end), next: end + 2 };
}

/** The number behind the type byte at `start`, and where its line ends. */
function readLength(
  stream: string,
  start: number,
  limits: RequestLimits,
  faults: { readonly tooBig: string; readonly invalid: string },
): { readonly value: bigint; readonly next: number } {
  const end = stream.indexOf('\r', start);
  const seen = end < 0 ? stream.length : end;
  if (seen > start + limits.lineBytesMax) throw new Fault(faults.tooBig);
  if (end < 0 || end + 1 >= stream.length) throw new Incomplete();
  const digits = stream.slice(start + 1, end);
  const isNumber = /^(?:0|-?[1-9]\d{0,18})$/.test(digits) && stream[end + 1] === '\n';
  const value = isNumber ? BigInt(digits) : 0n;
  if (!isNumber || BigInt.asIntN(64, value) !== value) throw new Fault(faults.invalid);
  return { value, next: end + 2 };
}

function readInline(stream: string, start: number, limits: RequestLimits): Found {
  const end = stream.indexOf('\n', start);
  const seen = end < 0 ? stream.length : end;
  if (seen > start + limits.lineBytesMax) throw new Fault('too big inline request');
  if (end < 0) throw new Incomplete();
  const line = stream.slice(start, end).replace(/\r$/, '');
  const args: string[] = [];
  const word =
    /[\t-\r ]+|(?:"((?:\\[^]|[^"\\])*)"|'((?:\\'|(?!\\')[^'])*)')(?=[\t-\r ]|$)|[^\t-\r "']/gy;
  let open: string | null = null;
  let at = 0;
  for (const match of line.matchAll(word)) {
    at += match[0].length;
    const [whole, double, single] = match;
    const isSpace = /^[\t-\r ]/.test(whole) && double === undefined && single === undefined;
    if (isSpace) {
      if (open !== null) args.push(open);
      open = null;
    } else if (double !== undefined) {
      open = (open ?? '') + unescapeDouble(double);
    } else if (single !== undefined) {
      open = (open ?? '') + single.replaceAll("\\'", "'");
    } else {
      open = (open ?? '') + whole;
    }
  }
  if (at < line.length) throw new Fault('unbalanced quotes in request');
  if (open !== null) args.push(open);
  return { args, next: end + 1 };
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', a: '\x07' };

function unescapeDouble(text: string): string {
  return text.replace(
    /\\(?:x([0-9a-fA-F]{2})|([^]))/g,
    (_, hex: string | undefined, one: string) =>
      hex === undefined ? (ESCAPES[one] ?? one) : String.fromCharCode(parseInt(hex, 16)),
  );
}
