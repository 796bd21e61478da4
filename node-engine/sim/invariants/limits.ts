import type { RaftConfig } from '../../raft/config.ts';
import type { Ghost } from '../ghost.ts';
import type { Watched } from '../node-ghost.ts';

/** A look at everything a leader keeps per follower (S30), and next > match (S15). */
export function checkLimits(ghost: Ghost, { node, core }: Watched, config: RaftConfig): void {
  for (const follower of core.status().followers) {
    ghost.check('S30', follower.appendsInFlight <= config.appendsInFlightMax, () => {
      return `${node.id} has ${follower.appendsInFlight} appends in flight to ${follower.id}`;
    });
    ghost.check('S15', follower.nextIndex > follower.matchIndex, () => {
      return (
        `${node.id} has nextIndex ${follower.nextIndex} and matchIndex ${follower.matchIndex} ` +
        `for ${follower.id}`
      );
    });
  }
}
