import type { CommandContext } from './machine.ts';

/** What a write's handler gets. Valid during the call only; may be taken apart: `({ state, args })`. */
export interface WriteCall<State extends object> {
  readonly state: State;
  /** The command's name in lower case. */
  readonly name: string;
  /** The arguments behind the name as text; bytes that are no UTF-8 become U+FFFD. */
  readonly args: readonly string[];
  /** The same as they came: views that are valid during the call, to be copied by whoever keeps one. */
  readonly bytes: readonly Uint8Array[];
  /** Milliseconds since 1970, as `Date.now`: the entry's own time in a write. */
  readonly now: () => number;
  /** The same in nanoseconds, different for every entry. */
  readonly nowNs: () => bigint;
  /** In [0, 1), as `Math.random`: from the entry's seed in a write. */
  readonly random: () => number;
  /** 32 random bits. */
  readonly randomUint32: () => number;
  /** A random UUID (RFC 9562, version 4). */
  readonly uuid: () => string;
}

/** What a read's handler gets. */
export interface ReadCall<State extends object> extends Omit<WriteCall<State>, 'state'> {
  readonly state: Readonly<State>;
}

/** What a tick's handler gets. */
export type TickCall<State extends object> = Omit<WriteCall<State>, 'args' | 'bytes' | 'name'>;

/** One command to be handled. */
export interface CallInput<State extends object> {
  readonly state: State;
  readonly name: string;
  /** With the name. */
  readonly args: readonly Uint8Array[];
  readonly context: CommandContext;
}

/** The one call object of a machine, filled anew for every command. */
export class HandlerCall<State extends object> implements WriteCall<State> {
  #input: CallInput<State> | null = null;
  #bytes: readonly Uint8Array[] | null = null;
  #args: readonly string[] | null = null;

  /** Takes up a command. */
  begin(input: CallInput<State>): void {
    this.#input = input;
    this.#bytes = null;
    this.#args = null;
  }

  get state(): State {
    return this.#current.state;
  }

  get name(): string {
    return this.#current.name;
  }

  get bytes(): readonly Uint8Array[] {
    return (this.#bytes ??= this.#current.args.slice(1));
  }

  get args(): readonly string[] {
    return (this.#args ??= this.bytes.map(toText));
  }

  readonly now = (): number => this.#current.context.nowMs();

  readonly nowNs = (): bigint => this.#current.context.nowNs();

  readonly randomUint32 = (): number => this.#current.context.randomUint32();

  readonly random = (): number => this.randomUint32() / 2 ** 32;

  readonly uuid = (): string => {
    const words = [0, 1, 2, 3].map(() => this.randomUint32());
    const digits = words.map((word) => word.toString(16).padStart(8, '0')).join('');
    // The digits of version 4 and of the variant 10xx are fixed.
    const variant = (0x8 | (parseInt(digits.charAt(16), 16) & 0x3)).toString(16);
    return [
      digits.slice(0, 8),
      digits.slice(8, 12),
      `4${digits.slice(13, 16)}`,
      `${variant}${digits.slice(17, 20)}`,
      digits.slice(20),
    ].join('-');
  };

  get #current(): CallInput<State> {
    if (this.#input === null) throw new Error('no command is being handled');
    return this.#input;
  }
}

function toText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}
