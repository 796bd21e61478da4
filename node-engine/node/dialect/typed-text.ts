/** One character per byte, so that no byte is lost and nothing fails; CR and LF go when written. */
export function latin1(bytes: Uint8Array, charactersMax: number): string {
  return String.fromCharCode(...bytes.subarray(0, charactersMax));
}

/** Whether this is a command in which the example stores of Finn and Uhaha differ from `kv`. */
export function isStoreCommand(machine: string, name: string, argCount: number): boolean {
  return machine === 'kv' && (name === 'keys' || (name === 'set' && argCount > 3));
}

/** A pattern in which `[` stands for itself: neither Finn nor Uhaha has classes of characters. */
export function withoutClasses(args: readonly Uint8Array[]): readonly Uint8Array[] {
  const [name, pattern] = args;
  if (name === undefined || pattern?.includes(OPEN_BRACKET) !== true) return args;
  const escaped: number[] = [];
  for (let at = 0; at < pattern.length; at += 1) {
    const byte = pattern[at] ?? 0;
    if (byte === OPEN_BRACKET) escaped.push(BACKSLASH);
    escaped.push(byte);
    if (byte === BACKSLASH && at + 1 < pattern.length) escaped.push(pattern[(at += 1)] ?? 0);
  }
  return [name, Uint8Array.from(escaped)];
}

const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
