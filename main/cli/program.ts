/** What a command of `raftdeck` has of the world outside its arguments. */
export interface Program {
  readonly version: string;
  /** The file that Node runs, to start further processes with. */
  readonly path: string;
  /** The folder that holds package.json. */
  readonly root: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Writes text as it is to standard output. */
  readonly print: (text: string) => void;
  /** Writes text as it is to standard error. */
  readonly warn: (text: string) => void;
}

/** One command: what stands after `raftdeck <name>`. Resolves with the exit code. */
export type Command = (args: readonly string[], program: Program) => Promise<number>;

/** Done. */
export const EXIT_DONE = 0;
/** Understood, and refused or failed, with a reason on standard error. */
export const EXIT_FAILED = 1;
/** Not understood: what was typed is wrong. */
export const EXIT_USAGE = 2;
/** A bug: an invariant of the program was broken (EX_SOFTWARE of sysexits). */
export const EXIT_BROKEN = 70;
