import type { Command } from './command.ts';

const FIRST_CAPACITY = 32;

/**
 * Complete commands that lie back to back in one piece of memory, known by their offsets.
 *
 * A view of a range of bytes costs three times as much as parsing the argument it stands for, so
 * the batch holds offsets and makes views only when asked. Commands are numbered from 0, and so are
 * the arguments of each; argument 0 is the name.
 *
 * Invariant: command `i + 1` starts where command `i` ends, so that
 * `bytes.subarray(rawStart(i), rawEnd(j))` is a run of the commands `i … j`.
 *
 * The batch belongs to the parser that made it and is valid until the parser is asked again.
 */
export class CommandBatch {
  /** The memory that all offsets refer to. */
  bytes: Uint8Array = new Uint8Array(0);
  /** Number of commands; at least 1 in a batch that a parser handed out. */
  count = 0;
  /** True for a command typed as a line; such a batch holds it alone, rewritten to an array. */
  inline = false;

  /** Offset of the first byte of the first command. */
  start = 0;
  /** Number of arguments of all commands together, and of a command still being parsed. */
  argTotal = 0;
  /** Per argument: offset of its first byte, and of the byte after its last. */
  argStarts: Int32Array = new Int32Array(FIRST_CAPACITY);
  argEnds: Int32Array = new Int32Array(FIRST_CAPACITY);
  /** Per command: the number of its last argument plus one, and the offset after its last byte. */
  argLimits: Int32Array = new Int32Array(FIRST_CAPACITY);
  rawEnds: Int32Array = new Int32Array(FIRST_CAPACITY);

  /** Number of arguments of command `i`, its name counted; at least 1. */
  argCount(i: number): number {
    return (this.argLimits[i] ?? 0) - this.#firstArg(i);
  }

  /** Offset in `bytes` of argument `j` of command `i`. */
  argStart(i: number, j: number): number {
    return this.argStarts[this.#firstArg(i) + j] ?? 0;
  }

  /** Offset in `bytes` after the last byte of argument `j` of command `i`. */
  argEnd(i: number, j: number): number {
    return this.argEnds[this.#firstArg(i) + j] ?? 0;
  }

  /** A view of argument `j` of command `i`. */
  arg(i: number, j: number): Uint8Array {
    return this.bytes.subarray(this.argStart(i, j), this.argEnd(i, j));
  }

  /** Views of all arguments of command `i`. */
  args(i: number): Uint8Array[] {
    const first = this.#firstArg(i);
    const limit = this.argLimits[i] ?? 0;
    const views: Uint8Array[] = [];
    for (let arg = first; arg < limit; arg++) {
      views.push(this.bytes.subarray(this.argStarts[arg], this.argEnds[arg]));
    }
    return views;
  }

  /** Offset in `bytes` of the first byte of command `i`. */
  rawStart(i: number): number {
    return i === 0 ? this.start : (this.rawEnds[i - 1] ?? 0);
  }

  /** Offset in `bytes` after the last byte of command `i`. */
  rawEnd(i: number): number {
    return this.rawEnds[i] ?? 0;
  }

  /** A view of the exact RESP bytes of command `i`. */
  raw(i: number): Uint8Array {
    return this.bytes.subarray(this.rawStart(i), this.rawEnd(i));
  }

  /** Command `i` with views of everything. */
  command(i: number): Command {
    return { args: this.args(i), raw: this.raw(i) };
  }

  #firstArg(i: number): number {
    return i === 0 ? 0 : (this.argLimits[i - 1] ?? 0);
  }

  /** For the parser: notes an argument of the command being parsed. */
  addArg(start: number, end: number): void {
    const arg = this.argTotal;
    if (arg === this.argStarts.length) {
      this.argStarts = doubled(this.argStarts);
      this.argEnds = doubled(this.argEnds);
    }
    this.argStarts[arg] = start;
    this.argEnds[arg] = end;
    this.argTotal = arg + 1;
  }

  /** For the parser: the arguments added since the last command are one, ending at `rawEnd`. */
  endCommand(rawEnd: number): void {
    const command = this.count;
    if (command === this.rawEnds.length) {
      this.argLimits = doubled(this.argLimits);
      this.rawEnds = doubled(this.rawEnds);
    }
    this.argLimits[command] = this.argTotal;
    this.rawEnds[command] = rawEnd;
    this.count = command + 1;
  }

  /**
   * For the parser: forgets all complete commands and keeps the arguments of the one being parsed,
   * moved down by `shift` bytes.
   */
  forgetCommands(shift: number): void {
    const first = this.count === 0 ? 0 : (this.argLimits[this.count - 1] ?? 0);
    const kept = this.argTotal - first;
    if (kept > 0 && (first > 0 || shift > 0)) {
      for (let arg = 0; arg < kept; arg++) {
        this.argStarts[arg] = (this.argStarts[first + arg] ?? 0) - shift;
        this.argEnds[arg] = (this.argEnds[first + arg] ?? 0) - shift;
      }
    }
    this.argTotal = kept;
    this.count = 0;
    this.inline = false;
  }

  /** For the parser: gives back memory that a huge command needed. Only when nothing is kept. */
  shrink(argsMax: number): void {
    if (this.argStarts.length > argsMax) {
      this.argStarts = new Int32Array(FIRST_CAPACITY);
      this.argEnds = new Int32Array(FIRST_CAPACITY);
    }
    if (this.rawEnds.length > argsMax) {
      this.argLimits = new Int32Array(FIRST_CAPACITY);
      this.rawEnds = new Int32Array(FIRST_CAPACITY);
    }
  }
}

function doubled(array: Int32Array): Int32Array {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  return larger;
}
