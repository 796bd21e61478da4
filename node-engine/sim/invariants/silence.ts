import type { Message } from '../../raft/message.ts';
import type { Ghost } from '../ghost.ts';
import type { NodeGhost } from '../node-ghost.ts';

/** A message is on its way out of a server: not when its storage is damaged or has failed (S29). */
export function checkSilence(ghost: Ghost, node: NodeGhost, message: Message): void {
  if (!node.mustBeSilent) return;
  ghost.check('S29', false, () => `${node.id} sends ${message.type} although its storage failed`);
}
