/*
 * The commands of simulated clients, as the RESP bytes a real client would send: `W <id>` with an id
 * of ten digits that is never used twice, and sometimes `<padding>` to vary the size of entries.
 */

const DIGITS = 10;
const ZERO = 48;
const ID_OFFSET = '*2\r\n$1\r\nW\r\n$10\r\n'.length;

const encoder = new TextEncoder();

/** One write command. */
export function encodeWrite(id: number, paddingBytes: number): Uint8Array {
  const bytes = new Uint8Array(templateOf(paddingBytes));
  let rest = id;
  for (let offset = ID_OFFSET + DIGITS - 1; offset >= ID_OFFSET; offset -= 1) {
    bytes[offset] = ZERO + (rest % 10);
    rest = Math.floor(rest / 10);
  }
  return bytes;
}

/** By size of the padding: the command with an id of zeros. */
const templates = new Map<number, Uint8Array>();

function templateOf(paddingBytes: number): Uint8Array {
  let template = templates.get(paddingBytes);
  if (template === undefined) {
    const padding = paddingBytes > 0 ? `$${paddingBytes}\r\n${'.'.repeat(paddingBytes)}\r\n` : '';
    const count = paddingBytes > 0 ? 3 : 2;
    const zeros = '0'.repeat(DIGITS);
    template = encoder.encode(`*${count}\r\n$1\r\nW\r\n$${DIGITS}\r\n${zeros}\r\n${padding}`);
    templates.set(paddingBytes, template);
  }
  return template;
}

/** The id in a command's argument. */
export function writeIdOf(argument: Uint8Array): number {
  return digits(argument, 0);
}

/** The id in the bytes of one command, which start at `offset`. */
export function writeIdAt(bytes: Uint8Array, offset: number): number {
  return digits(bytes, offset + ID_OFFSET);
}

function digits(bytes: Uint8Array, offset: number): number {
  let id = 0;
  for (let position = offset; position < offset + DIGITS; position += 1) {
    id = id * 10 + ((bytes[position] ?? 48) - 48);
  }
  return id;
}
