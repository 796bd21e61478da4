import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';

import { ROOT } from '../tidy/source-files.ts';

/** The built command line. */
export const RAFTDECK = join(ROOT, 'out', 'node', 'raftdeck.js');

const POLL_MS = 20;

/**
 * Resolves with the first value that is neither null nor false; asks again and again.
 *
 * @throws after `limitMs`, saying what was waited for and what `explain` knows
 */
export async function until<Value>(
  what: string,
  limitMs: number,
  ask: () => Promise<Value | null | false> | Value | null | false,
  explain: () => string = () => '',
): Promise<Value> {
  const startedMs = performance.now();
  for (;;) {
    const value = await ask();
    if (value !== null && value !== false) return value;
    if (performance.now() - startedMs > limitMs) {
      throw new Error(`not within ${limitMs} ms: ${what}\n${explain()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** How a process ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Where and how a process runs. */
export interface ProcessOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** In a process group of its own, as a terminal starts it. */
  readonly ownGroup?: boolean;
}

/** A running `raftdeck` with what it has printed so far. */
export class RaftdeckProcess {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly ended: Promise<Ending>;
  stdout = '';
  stderr = '';
  ending: Ending | null = null;

  constructor(args: readonly string[], options: ProcessOptions = {}) {
    this.child = spawn(process.execPath, ['--enable-source-maps', RAFTDECK, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: options.ownGroup ?? false,
      env: { ...process.env, ...options.env },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    this.pid = this.child.pid ?? 0;
    // Decoded as a stream: a chunk may end within a letter.
    this.child.stdout?.setEncoding('utf8').on('data', (chunk) => (this.stdout += String(chunk)));
    this.child.stderr?.setEncoding('utf8').on('data', (chunk) => (this.stderr += String(chunk)));
    this.ended = new Promise((resolve) => {
      this.child.once('close', (code, signal) => {
        this.ending = { code, signal };
        resolve(this.ending);
      });
    });
  }

  /**
   * Waits for text on standard output; fails when the process ends without it. A line may come in two
   * pieces: a pattern for a whole one includes its end.
   */
  async printed(pattern: RegExp, limitMs: number): Promise<RegExpExecArray> {
    return until(
      `output like ${String(pattern)}`,
      limitMs,
      () => {
        const match = pattern.exec(this.stdout);
        if (match === null && this.ending !== null) {
          throw new Error(`ended with ${JSON.stringify(this.ending)}: ${this.stderr}`);
        }
        return match;
      },
      () => this.stderr,
    );
  }

  /** Sends a signal to this process alone. */
  signal(signal: NodeJS.Signals): void {
    if (this.ending === null) this.child.kill(signal);
  }

  /** Sends a signal to its process group, as Ctrl-C in a terminal does. */
  signalGroup(signal: NodeJS.Signals): void {
    // Group 0 is that of the tests themselves.
    if (this.pid === 0) throw new Error('this process was never started');
    process.kill(-this.pid, signal);
  }

  /** Asks it to end and waits; kills it when it does not. */
  async stop(limitMs = 20_000): Promise<Ending> {
    this.signal('SIGTERM');
    const timer = setTimeout(() => this.signal('SIGKILL'), limitMs);
    const ending = await this.ended;
    clearTimeout(timer);
    return ending;
  }
}

/** Runs `raftdeck` to its end. */
export async function runRaftdeck(
  args: readonly string[],
  options: ProcessOptions = {},
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const running = new RaftdeckProcess(args, options);
  const timer = setTimeout(() => running.signal('SIGKILL'), 60_000);
  const { code } = await running.ended;
  clearTimeout(timer);
  return { code, stdout: running.stdout, stderr: running.stderr };
}
