import { RequestParser } from '../../node-engine/resp/request-parser.ts';
import { REQUEST_LIMITS, type RequestLimits } from '../../node-engine/resp/request-limits.ts';

/** What a parser made of a stream: everything as text, one character per byte. */
export interface ParsedStream {
  readonly commands: readonly (readonly string[])[];
  /** The raw bytes of all commands, concatenated. */
  readonly raw: string;
  readonly error: string | null;
  /** Bytes left over that belong to no complete command. */
  readonly pendingBytes: number;
}

/** Text to bytes, one byte per character. */
export function latin1(text: string): Uint8Array {
  // Not a Buffer: its `slice` would share memory.
  return new Uint8Array(Buffer.from(text, 'latin1'));
}

/** Feeds `input` to a new parser in the chunks that `cuts` (ascending offsets) make of it. */
export function parseStream(
  input: Uint8Array,
  cuts: readonly number[],
  options: { readonly limits?: RequestLimits; readonly commandsMax?: number } = {},
): ParsedStream {
  const parser = new RequestParser(options.limits ?? REQUEST_LIMITS);
  const commands: string[][] = [];
  let raw = '';
  let from = 0;
  let pendingBytes = 0;
  for (const to of [...cuts, input.length]) {
    // A private copy, wiped afterwards: a parser that keeps a view of it will be found out.
    const chunk = input.slice(from, to);
    from = to;
    parser.feed(chunk);
    for (;;) {
      const batch = parser.next(options.commandsMax ?? 1000);
      if (batch === null) break;
      for (let i = 0; i < batch.count; i++) {
        const { args, raw: bytes } = batch.command(i);
        commands.push(args.map((arg) => Buffer.from(arg).toString('latin1')));
        raw += Buffer.from(bytes).toString('latin1');
      }
    }
    pendingBytes = parser.pendingBytes;
    parser.detach();
    chunk.fill(0x58);
    if (parser.error !== null) break;
  }
  return {
    commands,
    raw,
    error: parser.error,
    pendingBytes: parser.error === null ? pendingBytes : 0,
  };
}

/** Every offset inside a stream: one byte at a time. */
export function everyByte(input: Uint8Array): readonly number[] {
  return Array.from({ length: Math.max(0, input.length - 1) }, (_, i) => i + 1);
}

/** A command in array form, as text. */
export function arrayForm(args: readonly string[]): string {
  return `*${args.length}\r\n` + args.map((arg) => `$${arg.length}\r\n${arg}\r\n`).join('');
}
