import { canonicalJson } from './json-value.ts';
import type { MachineRestore, MachineSnapshot } from './machine.ts';
import { expectHeader, withHeader } from './snapshot-header.ts';
import { StateDigest } from './state-digest.ts';
import { TrackedState } from './tracked-state.ts';

const FORMAT = 1;
const SLICE_BYTES = 1024 * 1024;
const LENGTH_BYTES = 8;

/** How a state that JSON cannot hold gets into a snapshot and back. */
export interface SnapshotCodec<State> {
  /**
   * The whole state as bytes or text. Read to its end at once, before the next command; equal states
   * must give equal bytes, because the state's hash is made from them.
   */
  readonly write: (state: Readonly<State>) => Iterable<Uint8Array | string>;
  /**
   * The state that `write` wrote, joined.
   *
   * @param version of the machine that wrote it
   */
  readonly read: (bytes: Uint8Array, version: string) => State;
}

/** A defined machine's state: how commands see it, and how it is saved. */
export interface StateKeeper<State extends object> {
  /** For a command that begins: it may change the state until `commit` or `rollBack`. */
  readonly writable: State;
  readonly readOnly: Readonly<State>;
  /** After a command that succeeded. */
  commit(): void;
  /** After a command that threw. */
  rollBack(): void;
  snapshot(): MachineSnapshot;
  restore(): MachineRestore;
  hash(): string;
}

/** A state of JSON values: see TrackedState. */
export class JsonKeeper<State extends object> implements StateKeeper<State> {
  readonly #options: JsonKeeperOptions<State>;
  readonly #tracked: TrackedState;

  /** @throws TypeError when the initial state is not JSON */
  constructor(options: JsonKeeperOptions<State>) {
    this.#options = options;
    this.#tracked = new TrackedState(options.initial());
  }

  // The proxies have the shape of what `initial` returned, or of what the machine itself stored.
  get writable(): State {
    this.#tracked.open();
    return this.#tracked.writable as unknown as State;
  }

  get readOnly(): Readonly<State> {
    return this.#tracked.readOnly as unknown as Readonly<State>;
  }

  commit(): void {
    this.#tracked.commit();
    this.#tracked.close();
  }

  rollBack(): void {
    this.#tracked.rollBack();
    this.#tracked.close();
  }

  snapshot(): MachineSnapshot {
    return sliced(this.#options, Buffer.from(JSON.stringify(this.#tracked.root)));
  }

  restore(): MachineRestore {
    return collected(this.#options, (body, version) => {
      const saved: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
      this.#tracked.replace(this.#options.restore?.(saved, version) ?? saved);
    });
  }

  hash(): string {
    return hashOf(Buffer.from(canonicalJson(this.#tracked.root)));
  }
}

interface Names {
  readonly name: string;
  readonly version: string;
}

interface JsonKeeperOptions<State extends object> extends Names {
  readonly initial: () => State;
  readonly restore?: (saved: unknown, version: string) => State;
}

/** Any state, saved by its author's codec. */
export class CodecKeeper<State extends object> implements StateKeeper<State> {
  readonly #names: Names;
  readonly #codec: SnapshotCodec<State>;
  #state: State;

  constructor(
    options: Names & { readonly initial: () => State; readonly codec: SnapshotCodec<State> },
  ) {
    this.#names = options;
    this.#codec = options.codec;
    this.#state = checkedState(options.initial(), 'initial');
  }

  get writable(): State {
    return this.#state;
  }

  get readOnly(): Readonly<State> {
    return this.#state;
  }

  commit(): void {
    // Nothing was noted.
  }

  rollBack(): void {
    // What the command changed before it threw stays: on every node, because it threw on every node.
  }

  snapshot(): MachineSnapshot {
    return sliced(this.#names, this.#bytes());
  }

  restore(): MachineRestore {
    return collected(this.#names, (body, version) => {
      this.#state = checkedState(this.#codec.read(body, version), 'snapshot.read');
    });
  }

  hash(): string {
    return hashOf(this.#bytes());
  }

  #bytes(): Uint8Array {
    const chunks: Uint8Array[] = [];
    for (const chunk of this.#codec.write(this.#state)) {
      chunks.push(copyOf(chunk));
    }
    return Buffer.concat(chunks);
  }
}

/** Another process has to find in the snapshot what this one has: nothing is taken for bytes that is none. */
function copyOf(chunk: unknown): Uint8Array {
  if (typeof chunk === 'string') return Buffer.from(chunk);
  if (chunk instanceof Uint8Array) return Uint8Array.from(chunk);
  throw new TypeError(
    `the machine's snapshot.write must give strings or Uint8Arrays one by one, but gave ${typeof chunk}`,
  );
}

function checkedState<State extends object>(state: State, from: string): State {
  const given: unknown = state;
  if (typeof given !== 'object' || given === null) {
    throw new TypeError(`the machine's ${from} must return the state, not ${String(given)}`);
  }
  if (given instanceof Promise) {
    given.catch(() => undefined);
    throw new TypeError(`the machine's ${from} must return the state, not a promise of it`);
  }
  return state;
}

function hashOf(bytes: Uint8Array): string {
  const digest = new StateDigest();
  digest.absorbBytes(bytes);
  digest.endRecord();
  return digest.hex();
}

/** The length of the body, so that one cut short is noticed, then the body, in slices. */
function sliced(names: Names, body: Uint8Array): MachineSnapshot {
  const length = new DataView(new ArrayBuffer(LENGTH_BYTES));
  length.setFloat64(0, body.length, true);
  let left: Uint8Array = Buffer.concat([new Uint8Array(length.buffer), body]);
  const header = { format: FORMAT, machine: names.name, version: names.version };
  return withHeader(header, {
    next() {
      if (left.length === 0) return null;
      const slice = left.subarray(0, SLICE_BYTES);
      left = left.subarray(slice.length);
      return slice;
    },
    release() {
      left = new Uint8Array(0);
    },
  });
}

/** Gathers what `sliced` wrote; hands over the body once it is whole. */
function collected(
  names: Names,
  take: (body: Uint8Array, version: string) => void,
): MachineRestore {
  return expectHeader({ format: FORMAT, machine: names.name }, (version) => {
    const chunks: Uint8Array[] = [];
    return {
      write: (bytes) => void chunks.push(Uint8Array.from(bytes)),
      finish() {
        const all = Buffer.concat(chunks);
        const bodyBytes = all.length < LENGTH_BYTES ? -1 : all.readDoubleLE(0);
        if (all.length - LENGTH_BYTES !== bodyBytes) throw new Error('the snapshot is cut short');
        try {
          take(all.subarray(LENGTH_BYTES), version);
        } catch (error) {
          const reason = error instanceof Error ? error.message : String(error);
          const saved =
            version === names.version ? 'it saved itself' : `its version ${version} saved`;
          throw new Error(
            `machine ${names.name} ${names.version} cannot take the state that ${saved}: ${reason}`,
            { cause: error },
          );
        }
      },
    };
  });
}
