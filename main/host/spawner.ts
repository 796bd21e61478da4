import type { Result } from '../contract/errors.ts';
import type { NodeLaunch } from './node-launch.ts';

/** What tells a process from a later one with the same pid. Saved, so that it is found again. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When the system says it started, in the system's own words; compared, never computed with. */
  readonly startTime: string;
}

/** How a process ended. */
export interface ProcessExit {
  /** Null when a signal ended it, or when nobody was there to be told. */
  readonly code: number | null;
  readonly signal: string | null;
  /** Unix ms, host clock; of one that this host killed, when it did. */
  readonly atMs: number;
}

/** What the operating system says of a process that exists. */
export type RunState = 'running' | 'frozen';

/** Takes one printed line, without its line end. */
export type OutputListener = (stream: 'stdout' | 'stderr', text: string) => void;

/** A node that was started or found again. */
export interface NodeProcess {
  /** Null for an embedded node: it has no process of its own. */
  readonly pid: number | null;
  /** Null where it cannot be found again by a later host. */
  readonly identity: ProcessIdentity | null;
  /** What the system said last. */
  readonly runState: RunState;
  /** Resolves once, when it has ended. Never rejects. */
  readonly exited: Promise<ProcessExit>;
  /** Asks it to end (SIGTERM); a frozen process is woken so that it can. */
  stop(): Result<null>;
  /** Ends it at once (SIGKILL). */
  kill(): Result<null>;
  /** Stops it from running (SIGSTOP). */
  freeze(): Result<null>;
  /** Lets it run again (SIGCONT). */
  resume(): Result<null>;
  /** Calls `listener` when `runState` changes, whoever caused it. */
  onRunState(listener: (state: RunState) => void): void;
  /** Calls `listener` with each line it prints, from some of its last lines on. */
  onOutput(listener: OutputListener): void;
  /** Lets go of it without ending it: no more listeners, timers or handles. */
  release(): void;
}

/**
 * Starts nodes and finds them again. Three implementations, one test suite: detached processes (web
 * mode, command line), Electron's utility processes, and nodes inside the host process.
 */
export interface NodeSpawner {
  /** 'embedded' nodes cannot be killed or frozen. */
  readonly isolation: 'process' | 'embedded';
  /** Whether a node goes on when the host ends. */
  readonly outlivesHost: boolean;
  /** Starts a node; resolves when the process exists, which says nothing about its health. */
  spawn(launch: NodeLaunch): Promise<Result<NodeProcess>>;
  /**
   * Runs `raftdeck` with other arguments than a node's and waits for its end: work on files that would
   * keep this process from everything else. Fails with what it printed.
   */
  runTool(args: readonly string[]): Promise<Result<string>>;
  /** The process that an earlier host started, or null when it is gone or is another one. */
  attach(launch: NodeLaunch, identity: ProcessIdentity): Promise<NodeProcess | null>;
}
