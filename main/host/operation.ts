import type { OperationView, StepView } from '../contract/model.ts';

/** Why a step did not succeed, in words for people. */
export class StepFailure extends Error {
  override readonly name = 'StepFailure';
}

interface Step {
  readonly name: string;
  state: StepView['state'];
  detail: string | null;
  startedAtMs: number | null;
  elapsedMs: number | null;
}

/** A long operation as the window shows it: named steps, each with its own time and outcome. */
export class Operation {
  readonly kind: OperationView['kind'];
  readonly #nodeId: string | null;
  readonly #steps: readonly Step[];
  readonly #changed: () => void;
  #state: OperationView['state'] = 'running';

  constructor(options: {
    readonly kind: OperationView['kind'];
    readonly nodeId: string | null;
    readonly steps: readonly string[];
    readonly changed: () => void;
  }) {
    this.kind = options.kind;
    this.#nodeId = options.nodeId;
    this.#changed = options.changed;
    this.#steps = options.steps.map((name) => {
      return { name, state: 'waiting', detail: null, startedAtMs: null, elapsedMs: null };
    });
  }

  get state(): OperationView['state'] {
    return this.#state;
  }

  /**
   * Does one step. `work` gets a function that says how far it is, and returns what came of it (or
   * null). Whatever it throws fails the step; the caller decides what that means for the others.
   */
  async run(
    name: string,
    work: (progress: (detail: string) => void) => Promise<string | null>,
  ): Promise<boolean> {
    const step = this.#steps.find((candidate) => candidate.name === name);
    if (step === undefined) throw new Error(`this operation has no step '${name}'`);
    step.state = 'running';
    step.startedAtMs = Date.now();
    this.#changed();
    try {
      const detail = await work((progress) => {
        step.detail = progress;
        this.#changed();
      });
      step.detail = detail ?? step.detail;
      step.state = 'done';
    } catch (error) {
      step.detail = error instanceof Error ? error.message : String(error);
      step.state = 'failed';
    }
    step.elapsedMs = Date.now() - step.startedAtMs;
    this.#changed();
    return step.state === 'done';
  }

  /** Ends it; failed when any step is not done. */
  finish(): boolean {
    const done = this.#steps.every((step) => step.state === 'done');
    this.#state = done ? 'done' : 'failed';
    this.#changed();
    return done;
  }

  view(nowMs: number): OperationView {
    const steps = this.#steps.map(({ name, state, detail, startedAtMs, elapsedMs }) => {
      const running = startedAtMs === null ? null : nowMs - startedAtMs;
      return { name, state, detail, elapsedMs: elapsedMs ?? running };
    });
    return { kind: this.kind, nodeId: this.#nodeId, steps, state: this.#state };
  }
}
