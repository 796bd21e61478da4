import type * as Electron from 'electron';
import { mkdirSync } from 'node:fs';

import type { Result } from '../contract/errors.ts';
import { findDetached } from '../host/detached-spawner.ts';
import { causeOf, failure } from '../host/failure.ts';
import { LineSplitter } from '../host/line-splitter.ts';
import { nodeArguments, type NodeLaunch } from '../host/node-launch.ts';
import { processEntry } from '../host/process-table.ts';
import type {
  NodeProcess,
  NodeSpawner,
  OutputListener,
  ProcessExit,
  ProcessIdentity,
} from '../host/spawner.ts';
import { SystemProcess } from '../host/system-process.ts';

/** What is used of Electron's `utilityProcess`. */
export type UtilityFork = Pick<typeof Electron.utilityProcess, 'fork'>;

/** How long after its end a process's last output is waited for. */
const LAST_WORDS_MS = 500;
/** Lines kept until somebody listens. */
const EARLY_LINES_MAX = 200;

/**
 * Nodes as Electron utility processes: the packaged app cannot run plain Node. They end with the main
 * process; after a crash of it the host starts them from disk. What `attach` finds are the nodes that web
 * mode has left running in the same home.
 */
export class UtilitySpawner implements NodeSpawner {
  readonly isolation = 'process';
  readonly outlivesHost = false;
  readonly #utilityProcess: UtilityFork;
  readonly #entry: string;

  /** `entry` is the built command line, the file that plain Node would run. */
  constructor(utilityProcess: UtilityFork, entry: string) {
    this.#utilityProcess = utilityProcess;
    this.#entry = entry;
  }

  async spawn(launch: NodeLaunch): Promise<Result<NodeProcess>> {
    let child: Electron.UtilityProcess;
    try {
      mkdirSync(launch.directory, { recursive: true, mode: 0o700 });
      child = this.#utilityProcess.fork(this.#entry, [...nodeArguments(launch)], {
        cwd: launch.directory,
        // A utility process can have no stdin.
        stdio: ['ignore', 'pipe', 'pipe'],
        serviceName: `Raftdeck node ${launch.nodeId}`,
        execArgv: ['--enable-source-maps'],
      });
    } catch (error) {
      return notStarted(launch, causeOf(error));
    }
    const output = new PipedOutput(child);
    child.on('error', (type, location) => output.sayEnd(type, location));
    const exit = new Promise<ProcessExit>((resolve) => {
      child.once('exit', (code) => {
        const atMs = Date.now();
        void output.end().then(() => resolve({ code, signal: null, atMs }));
      });
    });
    // The pid is not known before 'spawn'; a program that cannot start at all only ever exits.
    const early = await Promise.race([
      new Promise<null>((resolve) => child.once('spawn', () => resolve(null))),
      exit,
    ]);
    const { pid } = child;
    if (pid === undefined) {
      return notStarted(launch, `it ended with exit code ${early?.code ?? 'unknown'}`);
    }
    const startTime = processEntry(pid)?.startTime;
    const identity = startTime === undefined ? null : { pid, startTime };
    const followOutput = (listener: OutputListener): (() => void) => output.follow(listener);
    return { ok: true, value: new SystemProcess({ pid, identity, exit, followOutput }) };
  }

  runTool(args: readonly string[]): Promise<Result<string>> {
    const child = this.#utilityProcess.fork(this.#entry, [...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      serviceName: `Raftdeck ${args[0] ?? ''}`,
      execArgv: ['--enable-source-maps'],
    });
    const output = new PipedOutput(child);
    child.on('error', (type, location) => output.sayEnd(type, location));
    return new Promise((resolve) => {
      child.once('exit', (code) => {
        void output.end().then(() => {
          const printed = { stdout: '', stderr: '' };
          output.follow((stream, text) => (printed[stream] += `${text}\n`))();
          if (code === 0) resolve({ ok: true, value: printed.stdout });
          else resolve(failure('E_IO', printed.stderr.trim() || `exit code ${code}`));
        });
      });
    });
  }

  async attach(launch: NodeLaunch, identity: ProcessIdentity): Promise<NodeProcess | null> {
    return findDetached(launch, identity);
  }
}

/** The two pipes of a child as lines; what came before anybody listened is not lost. */
class PipedOutput {
  readonly #pipes: readonly Pipe[];
  #early: { readonly stream: 'stdout' | 'stderr'; readonly text: string }[] = [];
  #listener: OutputListener | null = null;

  constructor(child: Electron.UtilityProcess) {
    this.#pipes = (['stdout', 'stderr'] as const).flatMap((stream) => {
      const readable = child[stream];
      return readable === null ? [] : new Pipe(readable, (text) => this.#print(stream, text));
    });
  }

  follow(listener: OutputListener): () => void {
    this.#listener = listener;
    for (const { stream, text } of this.#early) listener(stream, text);
    this.#early = [];
    return () => {
      this.#listener = null;
    };
  }

  /**
   * V8 ends the process (out of memory, say), which cannot say so itself. Without a listener for this the
   * event itself would be an exception in this process.
   */
  sayEnd(type: string, location: string): void {
    this.#print('stderr', `${type}: V8 cannot go on (${location})`);
  }

  /** The process has ended: its last words may still be in the pipes. */
  async end(): Promise<void> {
    // Electron may take every listener off both pipes as soon as all have heard of the end.
    await Promise.resolve();
    for (const pipe of this.#pipes) pipe.listen();
    let timer: NodeJS.Timeout | undefined;
    // A pipe that a grandchild has inherited never closes. What is in the pipes by then is read first: a
    // process that was kept busy comes to its timers before it comes to its pipes.
    const patience = new Promise((resolve) => {
      timer = setTimeout(() => setImmediate(resolve), LAST_WORDS_MS);
    });
    await Promise.race([Promise.all(this.#pipes.map(({ closed }) => closed)), patience]);
    clearTimeout(timer);
    for (const pipe of this.#pipes) pipe.end();
  }

  #print(stream: 'stdout' | 'stderr', text: string): void {
    if (this.#listener !== null) this.#listener(stream, text);
    else if (this.#early.length < EARLY_LINES_MAX) this.#early.push({ stream, text });
  }
}

/** One pipe of a child, as lines. */
class Pipe {
  /** Settles when nothing more will come. */
  readonly closed: Promise<void>;
  readonly #readable: NodeJS.ReadableStream;
  readonly #splitter: LineSplitter;
  #settle: () => void = () => undefined;

  constructor(readable: NodeJS.ReadableStream, print: (text: string) => void) {
    this.#readable = readable;
    this.#splitter = new LineSplitter(print);
    this.closed = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.listen();
  }

  /** Listens, if it does not yet or was made to stop. */
  listen(): void {
    if (!this.#readable.listeners('data').includes(this.#take)) {
      this.#readable.on('data', this.#take);
    }
    if (!this.#readable.listeners('close').includes(this.#settle)) {
      this.#readable.once('close', this.#settle);
    }
  }

  end(): void {
    this.#splitter.end();
  }

  readonly #take = (chunk: Buffer): void => this.#splitter.write(chunk);
}

function notStarted(launch: NodeLaunch, cause: string): Result<never> {
  return failure(
    'E_SPAWN',
    `Node ${launch.nodeId} did not start: ${cause}. Its data is untouched. Start it again.`,
  );
}
