import type { ReplyLimits } from '../resp/reply-limits.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

/** Timing and limits of the links between nodes. */
export interface TransportLimits {
  /** From dialling to the end of the hello, on either side. */
  readonly helloMs: number;
  /** First and longest pause between attempts to reach a peer. */
  readonly backOffMinMs: number;
  readonly backOffMaxMs: number;
  /** A link without traffic says at this interval that it lives; */
  readonly keepaliveMs: number;
  /** one that is silent for this long is closed. */
  readonly silenceMs: number;
  /** Messages waiting for one peer. */
  readonly queueMessagesMax: number;
  readonly queueBytesMax: number;
  /** More than this is not handed to the socket: what it holds can no longer be dropped. */
  readonly socketBytesMax: number;
  /** The same for pieces of large messages, between which others go: less, so that they go soon. */
  readonly pieceBacklogBytesMax: number;
  /** Strangers in the middle of a hello. */
  readonly hellosMax: number;
}

/** What a node uses unless told otherwise. */
export const TRANSPORT_LIMITS: TransportLimits = {
  helloMs: 5_000,
  backOffMinMs: 50,
  backOffMaxMs: 1_000,
  keepaliveMs: 1_000,
  silenceMs: 5_000,
  queueMessagesMax: 4_096,
  queueBytesMax: 256 * MIB,
  socketBytesMax: 2 * MIB,
  pieceBacklogBytesMax: 256 * KIB,
  hellosMax: 64,
};

/** Of what a stranger may send. */
export const HELLO_MESSAGE_LIMITS: ReplyLimits = {
  messageBytesMax: 8 * KIB,
  itemsMax: 16,
  depthMax: 1,
  lineBytesMax: 32,
};

/** Of a frame: one command of the largest size there is, in a run of its own, must fit. */
export const FRAME_LIMITS: ReplyLimits = {
  messageBytesMax: 160 * MIB,
  itemsMax: 64 * KIB,
  depthMax: 1,
  lineBytesMax: 32,
};
