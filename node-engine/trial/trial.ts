import type { MachineDefinition } from '../machine/machine.ts';
import { Prng } from '../sim/prng.ts';
import { drawCommand, type CommandMaker } from './workload.ts';

/** What the first replica to get so far found after one step: the others must find the same. */
interface Step {
  readonly node: string;
  readonly what: string;
  readonly reply: string;
  readonly hash: string;
  readonly asked: readonly string[];
}

/** What makes replicas of a machine differ. */
export interface Finding {
  /**
   * - `reply`, `state`: a command answered, or left, something else on one node than on another.
   * - `read`: a read changed the state.
   * - `snapshot`: a snapshot does not bring back the state it was made of.
   * - `setup`: there is nothing to compare: no command was made up.
   */
  readonly kind: 'reply' | 'state' | 'read' | 'snapshot' | 'setup';
  /** The command, in upper case; `TICK` for a tick, '' where no command is to blame. */
  readonly command: string;
  readonly message: string;
}

/** One command as all replicas get it. */
export interface TrialCommand {
  readonly name: string;
  readonly args: readonly Uint8Array[];
  /** As one would type it. */
  readonly text: string;
}

/** What replicas have done, over all of them. */
export interface TrialCounts {
  /** Steps of the log that some replica took: writes and ticks. */
  steps: number;
  /** Steps that a further replica took, each compared with the first one's. */
  compared: number;
  reads: number;
  snapshots: number;
  restores: number;
  /** The text of an unexpected error, by the command that threw it. */
  readonly machineErrors: Map<string, string>;
}

const TEXT_MAX = 80;

/** What all replicas of one run share: the commands, and what the first replica made of them. */
export class Trial {
  readonly definition: MachineDefinition;
  readonly seed: number;
  readonly counts: TrialCounts;
  /** The first finding ends the run. */
  finding: Finding | null = null;
  readonly #maker: CommandMaker;
  readonly #onFinding: () => void;
  readonly #commands = new Map<number, TrialCommand>();
  readonly #steps: Step[] = [];
  readonly #reads: Prng;

  constructor(options: {
    readonly definition: MachineDefinition;
    readonly seed: number;
    readonly maker: CommandMaker;
    readonly counts: TrialCounts;
    readonly onFinding: () => void;
  }) {
    this.definition = options.definition;
    this.seed = options.seed;
    this.counts = options.counts;
    this.#maker = options.maker;
    this.#onFinding = options.onFinding;
    this.#reads = new Prng(options.seed, 'reads of the trial');
  }

  /** The write that a client sent under this number; null when there is none, which is a finding. */
  write(id: number): TrialCommand | null {
    const known = this.#commands.get(id);
    if (known !== undefined) return known;
    const drawn = this.#draw('write', new Prng(this.seed, `write ${id}`));
    if (drawn !== null) this.#commands.set(id, drawn);
    else if (this.finding === null) {
      const message = `none of 200 commands that were made up is a write of '${this.definition.name}'`;
      this.found({ kind: 'setup', command: '', message });
    }
    return drawn;
  }

  /** Some read; null when the machine has none. */
  read(): TrialCommand | null {
    return this.#draw('read', this.#reads);
  }

  /**
   * A replica took a step; tells when another one has found something else there.
   *
   * @param number of the step in the log, from 1
   * @param restored where the replica got its state from, or ''
   */
  took(number: number, step: Step & { readonly command: string }, restored: string): void {
    const known = this.#steps[number - 1];
    if (known === undefined) {
      this.counts.steps += 1;
      this.#steps[number - 1] = step;
      return;
    }
    this.counts.compared += 1;
    const kind = known.reply !== step.reply ? 'reply' : 'state';
    if (known.reply === step.reply && known.hash === step.hash) return;
    const differ =
      kind === 'reply'
        ? `node ${known.node} answered ${quote(known.reply)}, node ${step.node} ${quote(step.reply)}`
        : `nodes ${known.node} and ${step.node} gave the same answer and have different states`;
    const asked = [...new Set([...known.asked, ...step.asked])];
    const blame = asked.length === 0 ? '' : `; ${step.command} asked ${asked.join(' and ')}`;
    this.found({
      kind,
      command: step.command,
      message: `replicas differ after ${step.what} (step ${number}): ${differ}${restored}${blame}`,
    });
  }

  /** The hash of the state after so many steps; undefined when no replica was there. */
  hashAfter(number: number): string | undefined {
    return this.#steps[number - 1]?.hash;
  }

  found(finding: Finding): void {
    this.finding ??= finding;
    this.#onFinding();
  }

  /** A fault in the author's own maker must not look like one of the machine. */
  #made<Result>(make: () => Result): Result | null {
    try {
      return make();
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error);
      this.found({ kind: 'setup', command: '', message: `making up a command failed: ${cause}` });
      return null;
    }
  }

  #draw(kind: 'write' | 'read', prng: Prng): TrialCommand | null {
    const { commands } = this.definition;
    const args = this.#made(() => {
      const isWanted = (name: string): boolean => {
        // A machine that lists no commands takes whatever comes through the log.
        return commands.size === 0 ? kind === 'write' : commands.get(name)?.kind === kind;
      };
      return drawCommand(this.#maker, isWanted, prng);
    });
    const first = args?.[0];
    if (args === null || first === undefined) return null;
    const name = Buffer.from(first).toString('utf8').toUpperCase();
    const text = args.map((argument) => Buffer.from(argument).toString('utf8')).join(' ');
    return { name, args, text: cut(text) };
  }
}

function quote(encoded: string): string {
  return JSON.stringify(cut(encoded.replace(/\r\n$/u, '')));
}

function cut(text: string): string {
  return text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)}…` : text;
}
