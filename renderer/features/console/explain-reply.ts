import type { ClusterView, RespView } from '../../../main/contract/model.ts';
import { formatPlural } from '../../ui/format.ts';

/** What an error reply means here and now, and the way on. */
export interface Explanation {
  readonly text: string;
  /** Whom to send the line to instead; null where nobody would do better. */
  readonly sendTo: { readonly nodeId: string; readonly name: string } | null;
  readonly asksWhy: boolean;
}

/** Explains the errors that are about the cluster and not about the command; null for all others. */
export function explainReply(
  reply: RespView,
  nodeId: string,
  { nodes, health }: ClusterView,
): Explanation | null {
  if (reply.type !== 'error') return null;
  const answered = nodes.find(({ id }) => id === nodeId);
  const address = /^(?:MOVED \d+|TRY) (\S+)$/.exec(reply.text)?.[1];
  const leader = nodes.find(({ clientAddress }) => clientAddress === address);
  if (address !== undefined && leader !== undefined && answered !== undefined) {
    return {
      text: `${answered.name} is not the leader: ${leader.name} is. Nothing was done. In redis-cli, -c follows.`,
      sendTo: { nodeId: leader.id, name: leader.name },
      asksWhy: false,
    };
  }
  if (!reply.text.startsWith('CLUSTERDOWN ') || health.leaderId !== null) return null;
  const { votersUp, voters, quorum } = health;
  return {
    text:
      `Nothing was done: no leader is known. ${String(votersUp)} of ${formatPlural(voters, 'voter')} ` +
      `${votersUp === 1 ? 'is' : 'are'} up; ${String(quorum)} ${quorum === 1 ? 'is' : 'are'} needed.`,
    sendTo: null,
    asksWhy: true,
  };
}
