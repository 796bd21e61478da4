import type { Result } from '../contract/errors.ts';
import { failure } from './failure.ts';
import { stateOf } from './process-table.ts';
import type {
  NodeProcess,
  OutputListener,
  ProcessExit,
  ProcessIdentity,
  RunState,
} from './spawner.ts';

/** How often the process table is asked; on macOS each look starts a `ps`. */
const POLL_MS = process.platform === 'darwin' ? 1_000 : 200;
/** When to look again after a signal: it takes effect at once, but not before `kill` returns. */
const SETTLE_MS = [2, 10, 50];

/** What a process of the operating system is made from. */
export interface SystemProcessOptions {
  readonly pid: number;
  /** Null where the system cannot tell one process from a later one with its pid. */
  readonly identity: ProcessIdentity | null;
  /** The exit as the parent is told it; null when this host is not the parent. */
  readonly exit: Promise<ProcessExit> | null;
  /** Starts to follow its output; returns what stops that. */
  readonly followOutput: (listener: OutputListener) => () => void;
}

/** A node that is a process of its own, a child or one found again. */
export class SystemProcess implements NodeProcess {
  readonly pid: number;
  readonly identity: ProcessIdentity | null;
  readonly exited: Promise<ProcessExit>;
  readonly #timer: NodeJS.Timeout;
  readonly #settle = new Set<NodeJS.Timeout>();
  readonly #runStateListeners: ((state: RunState) => void)[] = [];
  readonly #followOutput: (listener: OutputListener) => () => void;
  readonly #stopOutput: (() => void)[] = [];
  readonly #isChild: boolean;
  #resolveExit: (exit: ProcessExit) => void = () => undefined;
  #runState: RunState = 'running';
  /** When SIGKILL was sent, Unix ms, host clock. */
  #killedAtMs: number | null = null;
  #ended = false;

  constructor(options: SystemProcessOptions) {
    this.pid = options.pid;
    this.identity = options.identity;
    this.#followOutput = options.followOutput;
    this.#isChild = options.exit !== null;
    this.exited = new Promise((resolve) => {
      this.#resolveExit = resolve;
    });
    void options.exit?.then((exit) => this.#end(exit));
    this.#timer = setInterval(() => this.#look(), POLL_MS);
    // Watching a process must not keep the host alive.
    this.#timer.unref();
    this.#look();
  }

  get runState(): RunState {
    return this.#runState;
  }

  stop(): Result<null> {
    const sent = this.#signal('SIGTERM');
    // A process that is stopped does not act on a signal before it goes on.
    if (sent.ok && this.#runState === 'frozen') return this.#signal('SIGCONT');
    return sent;
  }

  kill(): Result<null> {
    const atMs = Date.now();
    const sent = this.#signal('SIGKILL');
    if (sent.ok) this.#killedAtMs ??= atMs;
    return sent;
  }

  freeze(): Result<null> {
    return process.platform === 'win32' ? noStopSignal : this.#signal('SIGSTOP');
  }

  resume(): Result<null> {
    return process.platform === 'win32' ? noStopSignal : this.#signal('SIGCONT');
  }

  onRunState(listener: (state: RunState) => void): void {
    this.#runStateListeners.push(listener);
  }

  onOutput(listener: OutputListener): void {
    this.#stopOutput.push(this.#followOutput(listener));
  }

  release(): void {
    clearInterval(this.#timer);
    for (const timer of this.#settle) clearTimeout(timer);
    this.#settle.clear();
    this.#runStateListeners.length = 0;
    for (const stop of this.#stopOutput.splice(0)) stop();
  }

  #signal(signal: NodeJS.Signals): Result<null> {
    // While a child has not been waited for, its pid is not given to another process. A process found
    // again has no such protection, so it is looked at right before.
    if (!this.#isChild) this.#look();
    if (this.#ended) return failure('E_STATE', `Process ${this.pid} has already ended.`);
    try {
      process.kill(this.pid, signal);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? 'an unknown reason';
      if (code === 'ESRCH') return failure('E_STATE', `Process ${this.pid} has already ended.`);
      const message = `The system refused ${signal} for process ${this.pid} (${code}). Nothing was done. It may belong to another user.`;
      return failure('E_INTERNAL', message);
    }
    for (const delayMs of SETTLE_MS) {
      const timer = setTimeout(() => {
        this.#settle.delete(timer);
        this.#look();
      }, delayMs);
      timer.unref();
      this.#settle.add(timer);
    }
    return { ok: true, value: null };
  }

  #look(): void {
    if (this.#ended || this.identity === null) return;
    const state = stateOf(this.identity);
    if (state === 'ended') {
      // A child's own exit event follows and knows its code.
      if (!this.#isChild) this.#end({ code: null, signal: null, atMs: Date.now() });
      return;
    }
    if (state === this.#runState) return;
    this.#runState = state;
    for (const listener of this.#runStateListeners) listener(state);
  }

  #end(exit: ProcessExit): void {
    if (this.#ended) return;
    this.#ended = true;
    // The other nodes see its connections close before anyone is told that it has ended, and act on it:
    // the end of a killed process is the moment it was killed, or effects would come before the cause.
    const killedAtMs = exit.code === 0 ? null : this.#killedAtMs;
    this.#resolveExit({ ...exit, atMs: Math.min(exit.atMs, killedAtMs ?? Infinity) });
    this.release();
  }
}

const noStopSignal = failure(
  'E_STATE',
  'This system has no signal that stops a process, so nothing was done. Kill the node instead.',
);
