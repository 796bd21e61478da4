/*
 * The commands of simulated clients, as the RESP bytes a real client would send: `W <id>` with an id
 * of ten digits that is never used twice, and sometimes `<padding>` to vary the size of entries.
 */

const DIGITS = 10;
const ID_OFFSET = '*2\r\n$1\r\nW\r\n$10\r\n'.length;

const encoder = new TextEncoder();

/** One write command. */
export function encodeWrite(id: number, paddingBytes: number): Uint8Array {
  const padding = paddingBytes > 0 ? `$${paddingBytes}\r\n${'.'.repeat(paddingBytes)}\r\n` : '';
  const count = paddingBytes > 0 ? 3 : 2;
  return encoder.encode(
    `*${count}\r\n$1\r\nW\r\n$${DIGITS}\r\n${String(id).padStart(DIGITS, '0')}\r\n${padding}`,
  );
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
