const KIB = 1024;
const MIB = 1024 * KIB;

/** Limits of the client side of a port. Every one that is reached pauses, refuses or closes. */
export interface ServerLimits {
  /** RESP clients at a time; one more is told so and closed. */
  readonly clientsMax: number;
  /**
   * Connections beyond `clientsMax` that may wait for their first bytes, so that peers get in when
   * all client places are taken. When they are full the one silent for longest is closed.
   */
  readonly undecidedMax: number;
  /** How long a connection may keep its first bytes back before it counts as a RESP client. */
  readonly sniffMs: number;
  /** Commands taken from one connection before the others have their turn. */
  readonly commandsPerTurnMax: number;
  /** Reading pauses while more replies than this are outstanding, */
  readonly pendingRepliesMax: number;
  /** or commands of more bytes than this, */
  readonly pendingBytesMax: number;
  /**
   * The two hold for a connection that alone has commands under way. Where several have, each may have
   * the same part of this many replies,
   */
  readonly sharedRepliesMax: number;
  /** but always so many replies: an ordinary pipeline is never cut. */
  readonly shareRepliesMin: number;
  /** Where several have commands under way, each may have so many bytes of them. */
  readonly shareBytesMax: number;
  /** Reading pauses also while more output than this waits for the client to read it. */
  readonly outputPauseBytes: number;
  /** A client that lets more output than this pile up is closed. */
  readonly outputBytesMax: number;
  /** The same before it has authenticated. */
  readonly outputBytesUnauthenticatedMax: number;
  /** Messages nobody asked for one by one (WATCH, MONITOR) are dropped above this much output. */
  readonly pushBytesMax: number;
  /** A client that stops in the middle of a command for this long is closed. */
  readonly halfCommandMs: number;
  /** How long a closed connection may take to fetch its last replies. */
  readonly lingerMs: number;
}

/** What a node uses unless told otherwise. */
export const SERVER_LIMITS: ServerLimits = {
  clientsMax: 10_000,
  undecidedMax: 256,
  sniffMs: 5_000,
  // About half a millisecond of work; what one connection has under way, the others wait for.
  commandsPerTurnMax: 512,
  pendingRepliesMax: 1024,
  pendingBytesMax: 16 * MIB,
  // With two at work the long pipeline has 128 under way: a few milliseconds, fsync and all.
  sharedRepliesMax: 256,
  shareRepliesMin: 128,
  // A pipeline of 64 values of 4 KiB is about half of it.
  shareBytesMax: 512 * KIB,
  // Generous, for clients that write a whole pipeline before they read: pausing earlier would lock
  // them and us against each other.
  outputPauseBytes: 4 * MIB,
  outputBytesMax: 64 * MIB,
  outputBytesUnauthenticatedMax: 1 * KIB,
  pushBytesMax: 4 * MIB,
  halfCommandMs: 60_000,
  lingerMs: 2_000,
};
