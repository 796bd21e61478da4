const KIB = 1024;
const MIB = 1024 * KIB;

/** How large one message from the other side may be before its connection is given up. */
export interface ReplyLimits {
  /** Most bytes of one whole message, all its elements and framing counted. */
  readonly messageBytesMax: number;
  /** Most elements of one array, set, push or map (both keys and values). */
  readonly itemsMax: number;
  /** How deep arrays may stand in arrays; a reply without an array has depth 0. */
  readonly depthMax: number;
  /** Most bytes of a line: a simple string, an error, a number, a length. */
  readonly lineBytesMax: number;
}

/** For replies to a client. */
export const REPLY_LIMITS: ReplyLimits = {
  messageBytesMax: 128 * MIB,
  itemsMax: 2 * 1024 * KIB,
  depthMax: 32,
  lineBytesMax: 64 * KIB,
};
