import { EntryContext } from '../../node-engine/machine/context.ts';
import type { Machine, MachineDefinition } from '../../node-engine/machine/machine.ts';
import type { Reply } from '../../node-engine/resp/value.ts';

/** A reply in a form that tests can compare: bulk strings as latin1 text, `+` and `-` lines marked. */
export type PlainReply = null | boolean | number | bigint | string | readonly PlainReply[];

/** A machine on a log of its own: every command gets an entry at a time the test sets. */
export class MachineUnderTest {
  readonly machine: Machine;
  nowMs: number;
  #entries = 0;
  readonly #context = new EntryContext();

  constructor(definition: MachineDefinition, nowMs = 1_700_000_000_000, hashSeed = 1n) {
    this.machine = definition.create({ hashSeed });
    this.nowMs = nowMs;
  }

  /** Runs a command given as words: a write as the next entry, a read at the same clock. */
  run(...words: readonly (string | number | Uint8Array)[]): PlainReply {
    return plain(this.runRaw(...words));
  }

  /** Gives the machine a tick at the present time. */
  tick(): void {
    this.#context.beginRun(BigInt(this.nowMs) * 1_000_000n, BigInt(this.#entries++));
    this.machine.tick?.(this.#context);
  }

  /** The same as `run` for one line of words without spaces in them. */
  line(text: string): PlainReply {
    return this.run(...text.split(' '));
  }

  /** The reply as the machine gave it; views in it are valid until the next command. */
  runRaw(...words: readonly (string | number | Uint8Array)[]): Reply {
    const args = words.map((word) =>
      typeof word === 'object' ? word : Buffer.from(String(word), 'latin1'),
    );
    const name = String(words[0]).toLowerCase();
    this.#context.beginRun(BigInt(this.nowMs) * 1_000_000n, BigInt(this.#entries++));
    return this.machine.commands.get(name)?.kind === 'read'
      ? this.machine.query(args, this.#context)
      : this.machine.apply(args, this.#context);
  }

  /** All bytes of a snapshot, in the slices they came in. */
  takeSnapshot(): readonly Uint8Array[] {
    const snapshot = this.machine.snapshot();
    if (snapshot === null) return [];
    const slices: Uint8Array[] = [];
    for (let slice = snapshot.next(); slice !== null; slice = snapshot.next()) {
      slices.push(slice.slice());
    }
    snapshot.release();
    return slices;
  }

  /** Replaces the state by a snapshot's. */
  restoreFrom(slices: readonly Uint8Array[]): void {
    const restore = this.machine.restore();
    for (const slice of slices) restore.write(slice);
    restore.finish();
  }
}

/** See PlainReply. */
export function plain(reply: Reply): PlainReply {
  if (reply === null || typeof reply !== 'object') return reply;
  if (reply instanceof Uint8Array) return Buffer.from(reply).toString('latin1');
  if (isList(reply)) return reply.map(plain);
  switch (reply.type) {
    case 'simple':
      return `+${reply.text}`;
    case 'error':
      return `-${reply.text}`;
    case 'map':
      return reply.entries.map(([key, value]) => [plain(key), plain(value)]);
    case 'set':
    case 'push':
      return reply.items.map(plain);
    case 'verbatim':
      return reply.text;
    case 'double':
      return reply.value;
    case 'raw':
      return Buffer.from(reply.bytes).toString('latin1');
  }
}

function isList(reply: object): reply is readonly Reply[] {
  return Array.isArray(reply);
}
