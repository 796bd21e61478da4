import type { RaftCore } from '../raft/core.ts';
import type { NodeId } from '../raft/types.ts';
import type { Driver } from './driver.ts';
import type { NodeHealth } from './status.ts';

/** What a node can say of its own health, and why. */
export interface Health {
  readonly health: NodeHealth;
  readonly reason: string | null;
}

const OK: Health = { health: 'ok', reason: null };
const LOADING: Health = { health: 'loading', reason: 'applying the log' };
const REMOVED: Health = { health: 'removed', reason: 'removed from the cluster' };
const WAITING: Health = {
  health: 'waiting',
  reason: 'in no cluster yet; RAFTADDPEER adds it',
};

const DAMAGED: Health = {
  health: 'damaged',
  reason: 'its log lost entries; it neither votes nor leads until its leader has sent them again',
};

/** Works out a node's health from its parts; cheap, because every turn asks. */
export function healthOf(
  core: RaftCore,
  driver: Driver,
  known: {
    readonly id: NodeId;
    readonly membershipCommitted: boolean;
    readonly storageFailure: string | null;
    readonly isRepairing: boolean;
  },
): Health {
  const { id, membershipCommitted, storageFailure, isRepairing } = known;
  if (storageFailure !== null) return { health: 'storage-failed', reason: storageFailure };
  if (isRepairing) return DAMAGED;
  const { members } = core.membership();
  if (members.length === 0) return WAITING;
  if (driver.loading) return LOADING;
  const isMember = members.some((member) => member.id === id);
  return !isMember && membershipCommitted ? REMOVED : OK;
}
