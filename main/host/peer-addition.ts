import type { ManagedNode } from './managed-node.ts';

/** The steps of whoever comes into a cluster, after its process runs and the leader knows of it. */
export const CATCH_UP = 'Catch up';
export const BECOME_VOTER = 'Become a voter';

/**
 * What the leader is told of a node that waits to be taken in. RAFTADDPEER alone has it promoted once it
 * has caught up; one that is to stay without a vote needs more words.
 */
export function additionCommand(
  { id, address }: Pick<ManagedNode, 'id' | 'address'>,
  nonVoter: boolean,
): readonly string[] {
  return nonVoter ? ['RAFT', 'SERVER', 'ADD', id, address, 'NONVOTER'] : ['RAFTADDPEER', address];
}

/** The step in which it is told. */
export function additionStep(nonVoter: boolean): string {
  return nonVoter ? 'Send RAFT SERVER ADD' : 'Send RAFTADDPEER';
}
