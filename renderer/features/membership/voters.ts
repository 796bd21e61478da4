import type { ClusterView } from '../../../main/contract/model.ts';
import { leaderOf } from '../../state/history.ts';
import type { Voters } from './quorum.ts';

/** The voters of a cluster as its health counts them. */
export function votersOf(view: ClusterView): Voters {
  const { voters, votersUp } = view.health;
  const members = leaderOf(view)?.status?.members ?? [];
  return { voters, up: votersUp, nonVoters: members.filter(({ voter }) => !voter).length };
}
