import type { CommandContext, Machine, MachineSnapshot } from '../machine/machine.ts';
import { machineError } from '../node/applier.ts';
import { encodeReply } from '../resp/reply-writer.ts';
import type { Reply } from '../resp/value.ts';
import type { Companion } from '../sim/companion.ts';
import { Prng } from '../sim/prng.ts';
import { StrangeWorld } from './strange-world.ts';
import type { Trial, TrialCommand } from './trial.ts';

const STEP_BYTES = 4;

/** The machine under trial on one simulated server, in one life of it. */
export class Replica implements Companion {
  readonly tickIntervalMs?: number;
  readonly #trial: Trial;
  readonly #node: string;
  readonly #world: StrangeWorld;
  readonly #machine: Machine;
  /** Writes and ticks applied since the beginning of the log. */
  #step = 0;
  #restored = '';
  #context: CommandContext | null = null;

  /** @param life tells the lives of a server apart: its clock and chance are others in each */
  constructor(trial: Trial, node: string, life: number) {
    this.#trial = trial;
    this.#node = node;
    this.#world = new StrangeWorld(new Prng(trial.seed, `world of ${node} in life ${life}`));
    const { definition } = trial;
    this.#machine = this.#world.run(() => definition.create({ hashSeed: BigInt(trial.seed) }));
    const { tickIntervalMs } = this.#machine;
    if (tickIntervalMs !== undefined) this.tickIntervalMs = tickIntervalMs;
  }

  apply(writeId: number, context: CommandContext): void {
    if (this.#trial.finding !== null) return;
    const command = this.#trial.write(writeId);
    if (command === null) return;
    this.#take(command.name, command.text, context, () => {
      return this.#machine.apply(command.args, context);
    });
  }

  tick(context: CommandContext): void {
    if (this.#trial.finding !== null) return;
    this.#take('TICK', 'a tick', context, () => {
      this.#machine.tick?.(context);
      return null;
    });
  }

  read(): void {
    const trial = this.#trial;
    if (trial.finding !== null || this.#context === null) return;
    const command = trial.read();
    if (command === null) return;
    const before = this.#hash();
    trial.counts.reads += 1;
    this.#answer(command, this.#context, (context) => this.#machine.query(command.args, context));
    if (this.#hash() === before) return;
    trial.found({
      kind: 'read',
      command: command.name,
      message: `the read ${command.text} changed the state of node ${this.#node}`,
    });
  }

  snapshot(): MachineSnapshot | null {
    try {
      const snapshot = this.#world.run(() => this.#machine.snapshot());
      if (snapshot === null) return null;
      this.#trial.counts.snapshots += 1;
      return this.#withStep(snapshot);
    } catch (error) {
      this.#failedAtSnapshot('a snapshot could not be made', error);
      return null;
    }
  }

  restore(bytes: Uint8Array): void {
    const step = Buffer.from(bytes).readUInt32BE(0);
    const body = bytes.subarray(STEP_BYTES);
    try {
      this.#world.run(() => {
        const restore = this.#machine.restore();
        for (const piece of pieces(body)) restore.write(piece);
        restore.finish();
      });
    } catch (error) {
      this.#failedAtSnapshot('a snapshot could not be restored', error);
      return;
    }
    this.#step = step;
    this.#restored = `, which was restored from a snapshot of step ${step}`;
    this.#trial.counts.restores += 1;
    const known = this.#trial.hashAfter(step);
    if (known === undefined || known === this.#hash()) return;
    this.#trial.found({
      kind: 'snapshot',
      command: '',
      message:
        `a snapshot of the state after step ${step} gave node ${this.#node} another state: ` +
        'what write saves and read, or restore, brings back is not all of it',
    });
  }

  #take(name: string, what: string, context: CommandContext, run: () => Reply): void {
    this.#context = context;
    this.#world.asked.clear();
    const reply = this.#answer({ name, text: what, args: [] }, context, run);
    const asked = [...this.#world.asked];
    this.#step += 1;
    const step = { node: this.#node, command: name, what, reply, hash: this.#hash(), asked };
    this.#trial.took(this.#step, step, this.#restored);
  }

  /** What a client would get, as text. */
  #answer(
    command: TrialCommand,
    context: CommandContext,
    run: (context: CommandContext) => Reply,
  ): string {
    let reply: Reply;
    try {
      reply = this.#world.run(() => run(context));
    } catch (error) {
      reply = machineError(error);
      const text = error instanceof Error ? error.message : String(error);
      this.#trial.counts.machineErrors.set(command.name, text);
    }
    return Buffer.from(encodeReply(reply, 3)).toString('latin1');
  }

  #hash(): string {
    return this.#world.run(() => this.#machine.stateHash());
  }

  #withStep(snapshot: MachineSnapshot): MachineSnapshot {
    const head = Buffer.alloc(STEP_BYTES);
    head.writeUInt32BE(this.#step);
    let headGiven = false;
    return {
      next: () => {
        if (!headGiven) {
          headGiven = true;
          return head;
        }
        return this.#world.run(() => snapshot.next());
      },
      release: () => {
        snapshot.release();
      },
    };
  }

  #failedAtSnapshot(what: string, error: unknown): void {
    const cause = error instanceof Error ? error.message : String(error);
    this.#trial.found({
      kind: 'snapshot',
      command: '',
      message: `${what} on node ${this.#node} at step ${this.#step}: ${cause}`,
    });
  }
}

/** A snapshot comes in pieces cut anywhere: the first one here is a single byte. */
function pieces(body: Uint8Array): readonly Uint8Array[] {
  const middle = Math.ceil(body.length / 2);
  return [body.subarray(0, 1), body.subarray(1, middle), body.subarray(middle)].filter(
    (piece) => piece.length > 0,
  );
}
