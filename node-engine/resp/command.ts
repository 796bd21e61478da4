/**
 * A request as the parser yields it: at least one argument, `args[0]` is the command's name as
 * typed.
 *
 * The arguments are views into the connection's buffer and into each other's memory: they are valid
 * only until the handler returns. Whoever keeps one copies it.
 */
export interface Command {
  readonly args: readonly Uint8Array[];
  /** The exact RESP bytes of this command (inline commands are rewritten to an array). */
  readonly raw: Uint8Array;
}
