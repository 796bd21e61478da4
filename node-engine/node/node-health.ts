import type { RaftCore } from '../raft/core.ts';
import type { Driver } from './driver.ts';
import type { NodeHealth } from './status.ts';

/** What a node can say of its own health, and why. */
export interface Health {
  readonly health: NodeHealth;
  readonly reason: string | null;
}

/** Works out a node's health from its parts. */
export function healthOf(core: RaftCore, driver: Driver, storageFailure: string | null): Health {
  if (storageFailure !== null) return { health: 'storage-failed', reason: storageFailure };
  const { id, membership, membershipCommitted } = core.status();
  if (membership.members.length === 0) {
    return { health: 'waiting', reason: 'in no cluster yet; RAFTADDPEER adds it' };
  }
  if (driver.loading) return { health: 'loading', reason: 'applying the log' };
  const isMember = membership.members.some((member) => member.id === id);
  if (!isMember && membershipCommitted) {
    return { health: 'removed', reason: 'removed from the cluster' };
  }
  return { health: 'ok', reason: null };
}
