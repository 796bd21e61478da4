import type { Result } from '../contract/errors.ts';
import { causeOf, DONE, failure } from './failure.ts';
import type { NodeLaunch } from './node-launch.ts';
import type {
  NodeProcess,
  NodeSpawner,
  OutputListener,
  ProcessExit,
  ProcessIdentity,
} from './spawner.ts';

/** A node that runs inside this process. */
export interface EmbeddedNode {
  /** Resolves when it has ended by itself, with the reason when that was not asked for. */
  readonly ended: Promise<{ readonly reason: string | null }>;
  close(): Promise<void>;
}

/** Opens a node in this process; the engine's `openNode` behind it. */
export type OpenEmbeddedNode = (
  launch: NodeLaunch,
  output: OutputListener,
) => Promise<EmbeddedNode>;

/**
 * Nodes inside the host process: real sockets and disks, no processes. For programs that bring their
 * own nodes. A kill or a freeze would hit the host itself, so both are refused.
 */
export class EmbeddedSpawner implements NodeSpawner {
  readonly isolation = 'embedded';
  readonly outlivesHost = false;
  readonly #open: OpenEmbeddedNode;

  constructor(open: OpenEmbeddedNode) {
    this.#open = open;
  }

  async spawn(launch: NodeLaunch): Promise<Result<NodeProcess>> {
    const process = new EmbeddedProcess();
    try {
      process.run(await this.#open(launch, (stream, text) => process.print(stream, text)));
    } catch (error) {
      const message = `Node ${launch.nodeId} did not start: ${causeOf(error)}. Its data is untouched.`;
      return failure('E_SPAWN', message);
    }
    return { ok: true, value: process };
  }

  async runTool(_args: readonly string[]): Promise<Result<string>> {
    return failure(
      'E_STATE',
      'Here nodes run inside the app itself, which has no raftdeck program to run. Nothing was done. Use the command line.',
    );
  }

  async attach(_launch: NodeLaunch, _identity: ProcessIdentity): Promise<null> {
    return null;
  }
}

const refused = failure(
  'E_STATE',
  'This node runs inside the app itself, so it cannot be killed or frozen without the app. Nothing was done. Stop it instead.',
);

class EmbeddedProcess implements NodeProcess {
  readonly pid = null;
  readonly identity = null;
  readonly runState = 'running';
  readonly exited: Promise<ProcessExit>;
  readonly #listeners: OutputListener[] = [];
  /** What was printed before anybody listened. */
  #printed: { readonly stream: 'stdout' | 'stderr'; readonly text: string }[] = [];
  #node: EmbeddedNode | null = null;
  #resolveExit: (exit: ProcessExit) => void = () => undefined;

  constructor() {
    this.exited = new Promise((resolve) => {
      this.#resolveExit = resolve;
    });
  }

  run(node: EmbeddedNode): void {
    this.#node = node;
    void node.ended.then(({ reason }) => this.#end(reason));
  }

  print(stream: 'stdout' | 'stderr', text: string): void {
    if (this.#listeners.length === 0) this.#printed.push({ stream, text });
    for (const listener of this.#listeners) listener(stream, text);
  }

  stop(): Result<null> {
    const node = this.#node;
    if (node === null) return failure('E_STATE', 'This node has ended already.');
    node.close().then(
      () => this.#end(null),
      (error: unknown) => this.#end(causeOf(error)),
    );
    return DONE;
  }

  kill(): Result<null> {
    return refused;
  }

  freeze(): Result<null> {
    return refused;
  }

  resume(): Result<null> {
    return refused;
  }

  onRunState(_listener: unknown): void {
    // It has no run state of its own: when it is frozen, so is the host.
  }

  onOutput(listener: OutputListener): void {
    this.#listeners.push(listener);
    for (const { stream, text } of this.#printed) listener(stream, text);
    this.#printed = [];
  }

  release(): void {
    this.#listeners.length = 0;
  }

  #end(reason: string | null): void {
    this.#node = null;
    if (reason !== null) this.print('stderr', reason);
    this.#resolveExit({ code: reason === null ? 0 : 1, signal: null, atMs: Date.now() });
  }
}
