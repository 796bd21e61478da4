const KIB = 1024;
const MIB = 1024 * KIB;

/**
 * How large a request may be. A request beyond a limit is answered with an error and ends its
 * connection.
 */
export interface RequestLimits {
  /** Most arguments of one command, its name counted. */
  readonly argsMax: number;
  /** Most bytes of one argument. */
  readonly bulkBytesMax: number;
  /** Most bytes of one command with all its framing. */
  readonly commandBytesMax: number;
  /** Most bytes of an inline command, and of a count or length line. */
  readonly lineBytesMax: number;
  /** Tighter limits with error texts of their own, for a client that has not yet authenticated. */
  readonly unauthenticated: {
    readonly argsMax: number;
    readonly bulkBytesMax: number;
  } | null;
}

/** The limits of a client that may talk to us. */
export const REQUEST_LIMITS: RequestLimits = {
  argsMax: 1024 * KIB,
  bulkBytesMax: 64 * MIB,
  commandBytesMax: 128 * MIB,
  lineBytesMax: 64 * KIB,
  unauthenticated: null,
};

/** The limits of a client that has yet to authenticate; Redis's own figures. */
export const UNAUTHENTICATED_LIMITS: RequestLimits = {
  ...REQUEST_LIMITS,
  unauthenticated: { argsMax: 10, bulkBytesMax: 16 * KIB },
};
