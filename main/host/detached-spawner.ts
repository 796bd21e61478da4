import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { closeSync, fstatSync, mkdirSync, openSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';

import type { Result } from '../contract/errors.ts';
import { failure } from './failure.ts';
import { FileTail } from './file-tail.ts';
import { nodeArguments, type NodeLaunch } from './node-launch.ts';
import { processEntry, stateOf } from './process-table.ts';
import type {
  NodeProcess,
  NodeSpawner,
  OutputListener,
  ProcessExit,
  ProcessIdentity,
} from './spawner.ts';
import { SystemProcess } from './system-process.ts';

/** A large snapshot takes a while to be read, checked and written again. */
const TOOL_TIMEOUT_MS = 10 * 60_000;

const STREAMS = ['stdout', 'stderr'] as const;

/** Beyond this an output file becomes `*.1` when its node starts, and a new one is begun. */
const OUTPUT_BYTES_KEPT = 4 * 1024 * 1024;

/**
 * Nodes as processes that go on without the host: a session and process group of their own, no pipe
 * and no IPC channel to it, output appended to files in the node's folder.
 */
export class DetachedSpawner implements NodeSpawner {
  readonly isolation = 'process';
  readonly outlivesHost = true;
  readonly #command: readonly string[];

  /** `command` starts `raftdeck`; the arguments of a node are appended to it. */
  constructor(command: readonly string[]) {
    this.#command = command;
  }

  async spawn(launch: NodeLaunch): Promise<Result<NodeProcess>> {
    const [program, ...rest] = this.#command;
    if (program === undefined) throw new Error('a spawner needs a command');
    const files: number[] = [];
    let offsets: readonly number[];
    let child: ChildProcess;
    try {
      mkdirSync(launch.directory, { recursive: true, mode: 0o700 });
      for (const stream of STREAMS) files.push(openOutput(launch.directory, stream));
      offsets = files.map((file) => fstatSync(file).size);
      child = spawn(program, [...rest, ...nodeArguments(launch)], {
        cwd: launch.directory,
        detached: true,
        stdio: ['ignore', ...files],
        windowsHide: true,
      });
    } catch (error) {
      return notStarted(launch, error);
    } finally {
      // The child has its own copies.
      for (const file of files) closeSync(file);
    }
    const exit = new Promise<ProcessExit>((resolve) => {
      child.once('exit', (code, signal) => resolve({ code, signal, atMs: Date.now() }));
    });
    const failure = await new Promise<unknown>((resolve) => {
      child.once('spawn', () => resolve(null));
      child.once('error', (error) => resolve(error));
    });
    const pid = child.pid;
    if (failure !== null || pid === undefined) return notStarted(launch, failure);
    child.unref();
    const startTime = processEntry(pid)?.startTime;
    const identity = startTime === undefined ? null : { pid, startTime };
    return { ok: true, value: systemProcess(launch, { pid, identity, exit, offsets }) };
  }

  runTool(args: readonly string[]): Promise<Result<string>> {
    const [program = '', ...rest] = this.#command;
    return new Promise((resolve) => {
      const options = { timeout: TOOL_TIMEOUT_MS, windowsHide: true };
      execFile(program, [...rest, ...args], options, (error, stdout, stderr) => {
        if (error === null) resolve({ ok: true, value: stdout });
        else resolve(failure('E_IO', stderr.trim() === '' ? error.message : stderr.trim()));
      });
    });
  }

  async attach(launch: NodeLaunch, identity: ProcessIdentity): Promise<NodeProcess | null> {
    return findDetached(launch, identity);
  }
}

/** A process that was started here by an earlier host, or null when it is gone or is another one. */
export function findDetached(launch: NodeLaunch, identity: ProcessIdentity): NodeProcess | null {
  if (stateOf(identity) === 'ended') return null;
  return systemProcess(launch, { pid: identity.pid, identity, exit: null, offsets: [] });
}

/** Where a detached node's output is appended. */
export function outputPath(directory: string, stream: 'stdout' | 'stderr'): string {
  return join(directory, `${stream}.log`);
}

function systemProcess(
  launch: NodeLaunch,
  given: {
    readonly pid: number;
    readonly identity: ProcessIdentity | null;
    readonly exit: Promise<ProcessExit> | null;
    /** Where the output of this process begins in each file; unknown for one found again. */
    readonly offsets: readonly number[];
  },
): NodeProcess {
  const { offsets, ...rest } = given;
  return new SystemProcess({
    ...rest,
    followOutput: (listener) => followFiles(launch.directory, offsets, listener),
  });
}

function followFiles(
  directory: string,
  offsets: readonly number[],
  listener: OutputListener,
): () => void {
  const tails = STREAMS.map((stream, index) => {
    const path = outputPath(directory, stream);
    return new FileTail(path, offsets[index] ?? null, (text) => listener(stream, text));
  });
  for (const tail of tails) tail.poll();
  return () => {
    for (const tail of tails) tail.close();
  };
}

function openOutput(directory: string, stream: 'stdout' | 'stderr'): number {
  const path = outputPath(directory, stream);
  const sizeBytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (sizeBytes > OUTPUT_BYTES_KEPT) renameSync(path, `${path}.1`);
  return openSync(path, 'a', 0o600);
}

function notStarted(launch: NodeLaunch, error: unknown): Result<never> {
  const cause = error instanceof Error ? error.message : 'no reason was given';
  const message = `Node ${launch.nodeId} did not start: ${cause}. Its data is untouched. Check that ${launch.directory} can be written and start it again.`;
  return failure('E_SPAWN', message);
}
