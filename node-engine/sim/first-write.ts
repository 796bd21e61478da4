import type { LogWrite } from '../log/log-store.ts';
import { encodeMembership } from '../raft/membership-codec.ts';
import { RUN_MEMBERSHIP } from '../raft/types.ts';
import type { Member, Membership, NodeId } from '../raft/types.ts';

/** A member of the simulated cluster: addresses are made from its id. */
export function memberOf(id: NodeId, standing: { voter: boolean; promote: boolean }): Member {
  return { id, peerAddress: `p${id}:1`, clientAddress: `c${id}:1`, ...standing };
}

/** The run that a cluster of these voters begins with. */
export function firstMembership(ids: readonly NodeId[]): Membership {
  const members = ids.map((id) => memberOf(id, { voter: true, promote: false }));
  return { members: members.sort((left, right) => (left.id < right.id ? -1 : 1)) };
}

/** The write that puts a new server into a cluster of these voters. */
export function firstWrite(ids: readonly NodeId[]): LogWrite {
  return {
    hardState: { term: 1, votedFor: null, commitIndex: 1 },
    install: null,
    truncateFrom: null,
    append: [
      {
        firstIndex: 1,
        originalFirstIndex: 1,
        count: 1,
        term: 1,
        timeNs: 0n,
        seed: 0n,
        flags: RUN_MEMBERSHIP,
        bytes: encodeMembership(firstMembership(ids)),
      },
    ],
    trimThrough: null,
  };
}
