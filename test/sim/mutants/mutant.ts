/** One change of one source file. */
export interface Patch {
  /** From the root of the repository. */
  readonly file: string;
  /** Text that stands in the file exactly once. */
  readonly find: string;
  readonly replace: string;
}

/** A bug that was once made somewhere, put into a copy of our code: the simulator must find it. */
export interface Mutant {
  readonly id: string;
  readonly title: string;
  readonly patches: readonly Patch[];
  /** One of those that every build tries: found within few schedules. */
  readonly isCheap?: boolean;
}

export const RAFT = 'node-engine/raft';
export const NODE = 'node-engine/node';
export const LOG = 'node-engine/log';
