import type { ClusterView } from '../../../main/contract/model.ts';
import { leaderOf } from '../../state/history.ts';
import { type Survey, surveyOf, type Voter } from '../why/evidence.ts';
import { type BrokenLink, brokenLinks, countReach, largestReach } from '../why/links.ts';
import type { Departure, Voters } from './quorum.ts';

/**
 * The voters of a cluster that count for a quorum: those that the leader can talk with, itself
 * included; where that is no quorum, as many as the best placed voter can. Who runs behind a cut is
 * not among them, whatever was last heard of it.
 */
export function votersOf(view: ClusterView): Voters {
  const { survey, broken } = linksOf(view);
  const members = leaderOf(view)?.status?.members ?? [];
  const nonVoters = members.filter(({ voter }) => !voter).length;
  return { voters: survey.voters.length, up: reachOf(view, survey, broken), nonVoters };
}

/** What is left without one node: where it holds others together, more than its own vote is lost. */
export function departureOf(view: ClusterView, nodeId: string, voter: boolean): Departure {
  const { survey, broken } = linksOf(view);
  const voters = survey.voters.filter(({ id }) => id !== nodeId);
  const areApart = broken.some(({ from, to }) => from.id !== nodeId && to.id !== nodeId);
  return { voter, upAfter: reachOf(view, { ...survey, voters }, broken), areApart };
}

function reachOf(view: ClusterView, survey: Survey, broken: readonly BrokenLink[]): number {
  const leader = survey.voters.find(({ id }) => id === view.health.leaderId);
  const led = leader === undefined ? 0 : countReach(leader, survey, broken);
  return led >= survey.quorum ? led : largestReach(survey, broken);
}

/** The voters that take part, and between which of them nothing passes. */
function linksOf(view: ClusterView): {
  readonly survey: Survey;
  readonly broken: readonly BrokenLink[];
} {
  const survey = surveyOf({ view, marks: [], nowMs: view.timeMs }, 'no-leader');
  const able = survey.voters.filter(
    ({ state, node }) => (state === 'able' || state === 'slow') && node?.process !== 'starting',
  );
  const among = { ...survey, voters: able };
  const broken = [...brokenLinks(among), ...unheardBy(view, able)];
  // Those that cannot take part reach nobody, and are counted as voters all the same.
  const others = survey.voters.filter((voter) => !able.includes(voter));
  const voters = [...able, ...others.map((voter): Voter => ({ ...voter, state: 'down' }))];
  return { survey: { ...survey, voters }, broken };
}

/** Whom the leader has not heard for longer than an election waits, whatever the reason. */
function unheardBy(view: ClusterView, able: readonly Voter[]): readonly BrokenLink[] {
  const leader = able.find(({ id }) => id === view.health.leaderId);
  const { status, node } = leader ?? {};
  if (leader === undefined || status === undefined || status === null) return [];
  const sinceMs = view.timeMs - (node?.heardAtMs ?? view.timeMs);
  const limitMs = Math.max(1_000, 2 * status.electionTimeoutMaxMs);
  return status.followers.flatMap(({ id, lastContactMs }) => {
    const to = able.find((voter) => voter.id === id);
    // A leader that was elected this moment has not heard anybody yet.
    if (to === undefined || lastContactMs === null || lastContactMs + sinceMs <= limitMs) return [];
    const text = `${leader.name} does not hear ${to.name}`;
    return [{ from: leader, to, cause: 'lost', text, fault: null, saidBy: leader }];
  });
}
