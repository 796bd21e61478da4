import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { FileTail } from '../../host/file-tail.ts';
import { CommandError, reasonOf } from '../args/usage-error.ts';
import type { PlannedNode } from './cluster-plan.ts';

/** How a node's process ended: 'exit code 1' or 'SIGKILL'. */
export type Ending = string;

/** The last lines that a node printed, to say why it ended. */
const LAST_LINES_MAX = 5;

/**
 * One node as a child process. Its output goes to files in its folder, so that it never waits for us
 * and its last words outlive us.
 */
export class NodeChild {
  readonly node: PlannedNode;
  readonly pid: number;
  /** Settles when the process has ended; never rejects. */
  readonly ended: Promise<Ending>;
  readonly #child: ChildProcess;
  readonly #tail: FileTail;
  readonly #lastLines: string[] = [];
  #ending: Ending | null = null;

  private constructor(
    node: PlannedNode,
    child: ChildProcess,
    options: { readonly logOffset: number; readonly onLine: (text: string) => void },
  ) {
    this.node = node;
    this.pid = child.pid ?? 0;
    this.#child = child;
    this.#tail = new FileTail(outputPath(node, 'stderr'), options.logOffset, (text) => {
      this.#lastLines.push(text);
      if (this.#lastLines.length > LAST_LINES_MAX) this.#lastLines.shift();
      options.onLine(text);
    });
    this.ended = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.#ending = signal ?? `exit code ${code ?? 'unknown'}`;
        this.#tail.close();
        resolve(this.#ending);
      });
    });
  }

  /**
   * @param command what runs `raftdeck`, such as Node and a file
   * @param onLine takes each line that the node writes to its log
   * @throws CommandError when the process does not come to exist
   */
  static async start(
    node: PlannedNode,
    command: readonly string[],
    onLine: (text: string) => void,
  ): Promise<NodeChild> {
    const [program = '', ...args] = command;
    const files: number[] = [];
    try {
      mkdirSync(node.directory, { recursive: true, mode: 0o700 });
      const logOffset = statSync(outputPath(node, 'stderr'), { throwIfNoEntry: false })?.size ?? 0;
      for (const stream of ['stdout', 'stderr'] as const) {
        files.push(openSync(outputPath(node, stream), 'a', 0o600));
      }
      const child = spawn(program, args, { stdio: ['ignore', ...files], windowsHide: true });
      const started = new NodeChild(node, child, { logOffset, onLine });
      await new Promise<void>((resolve, reject) => {
        child.once('spawn', resolve);
        child.once('error', reject);
      });
      return started;
    } catch (error) {
      throw new CommandError(`node ${node.id} did not start: ${reasonOf(error)}`, { cause: error });
    } finally {
      // The child has its own copies.
      for (const file of files) closeSync(file);
    }
  }

  /** How it ended, or null while it lives. */
  get ending(): Ending | null {
    return this.#ending;
  }

  /** What it wrote last. */
  get lastLines(): readonly string[] {
    return this.#lastLines;
  }

  /** Sends a signal; a process that has ended gets none. */
  signal(signal: NodeJS.Signals): void {
    if (this.#ending === null) this.#child.kill(signal);
  }
}

/** Where a node's output is appended. */
function outputPath(node: PlannedNode, stream: 'stdout' | 'stderr'): string {
  return join(node.directory, `${stream}.log`);
}
