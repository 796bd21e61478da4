import type { Message } from '../raft/message.ts';
import type { NodeId } from '../raft/types.ts';

/** Seen from this node: messages it sends, or messages it receives. */
export type LinkDirection = 'out' | 'in';

/**
 * A switchboard for faults on the links, for showing and testing how a cluster bears them. The
 * connections themselves stay as they are: only Raft messages are lost or late.
 */
export interface LinkFaults {
  /**
   * What becomes of a message now: milliseconds of delay (0 = none), or null to lose it. Messages
   * of one link and direction never overtake each other, however long each is delayed.
   */
  judge(peer: NodeId, direction: LinkDirection, message: Message): number | null;
  /** A judged message went on, after having been held for so many milliseconds as measured. */
  passed(peer: NodeId, direction: LinkDirection, message: Message, heldMs: number): void;
}
