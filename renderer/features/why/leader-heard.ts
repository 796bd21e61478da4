import { formatPlural } from '../../ui/format.ts';
import { refusalsFor, type Refusals } from './ballots.ts';
import { findVoter, leaderOf, type Survey, type Voter } from './evidence.ts';
import {
  brokenItem,
  faultsOf,
  healLabel,
  linksCut,
  refusalItem,
  REFUSALS_MIN,
  slowLinks,
} from './link-rules.ts';
import { type BrokenLink, brokenLinks } from './links.ts';
import type { Finding } from './verdict.ts';

/** A leader, and a voter that it cannot talk with. */
interface Deaf {
  readonly leader: Voter;
  readonly voter: Voter;
  /** The broken ways between the two; none where only refused votes tell of them. */
  readonly links: readonly BrokenLink[];
  /** Who refused its vote, because it hears the leader; null where nobody was asked. */
  readonly refused: { readonly by: Voter; readonly refusals: Refusals } | null;
}

/** 6: one voter hears the leader and refuses the other, which does not: the way between is lost. */
export function leaderHeard(survey: Survey): Finding {
  const refusals = refusalsFor(survey, 'hears a leader').filter(
    ({ count }) => count >= REFUSALS_MIN,
  );
  const [most] = refusals;
  const seen =
    most === undefined ? 'nobody is refused' : `refused ${formatPlural(most.count, 'time')}`;
  const clear: Finding = {
    rule: 'leader-heard',
    verdict: null,
    looked: 'Who hears the leader',
    seen,
  };
  const deaf = most === undefined ? cutFromLeader(survey) : refusedFor(survey, most);
  if (deaf === null || slowLinks(survey).verdict !== null) return clear;
  const { leader, voter, links, refused } = deaf;
  const faults = faultsOf(links);
  return {
    ...clear,
    verdict: {
      rule: 'leader-heard',
      ...wordsOf(deaf),
      nodeIds: [voter.id, leader.id],
      steps:
        faults.length > 0
          ? [{ kind: 'heal', faults, label: healLabel(faults.length) }]
          : [{ kind: 'show', screen: 'overview', nodeId: voter.id, label: 'Show the link' }],
      hint: null,
      evidence: [
        ...(refused === null ? [] : [refusalItem(refused.refusals, refused.by, voter)]),
        ...links.map(brokenItem),
      ],
    },
  };
}

/** Who asked for votes, was refused for a leader that another one hears, and still hears none. */
function refusedFor(survey: Survey, refusals: Refusals): Deaf | null {
  const voter = findVoter(survey, refusals.candidate);
  const by = findVoter(survey, refusals.voter);
  const leaderId = by?.status?.role === 'leader' ? by.id : by?.status?.leaderId;
  const leader = findVoter(survey, leaderId ?? '');
  if (voter === undefined || by === undefined || leader === undefined) return null;
  if (leader === voter || voter.status?.leaderId === leader.id) return null;
  return { leader, voter, links: between(survey, leader, voter), refused: { by, refusals } };
}

/** Where there is a leader, the first voter whose link with it is lost while others reach both. */
function cutFromLeader(survey: Survey): Deaf | null {
  const leader = leaderOf(survey);
  if (leader === undefined || linksCut(survey).verdict !== null) return null;
  const lost = brokenLinks(survey).filter(({ cause }) => cause !== 'refused');
  const link = lost.find(({ from, to }) => from === leader || to === leader);
  if (link === undefined) return null;
  const voter = link.from === leader ? link.to : link.from;
  return { leader, voter, links: between(survey, leader, voter), refused: null };
}

function between(survey: Survey, one: Voter, other: Voter): readonly BrokenLink[] {
  const ends = [one, other];
  return brokenLinks(survey).filter(({ from, to }) => ends.includes(from) && ends.includes(to));
}

function wordsOf({ leader, voter, links, refused }: Deaf): {
  readonly sentence: string;
  readonly consequence: string;
} {
  const isBack = links.some(({ from }) => from === voter);
  const isOut = links.some(({ from }) => from === leader);
  if (isBack && !isOut) {
    return {
      sentence: `${leader.name} leads and does not hear ${voter.name}: the link ${voter.name} → ${leader.name} is lost one way.`,
      consequence: `What ${voter.name} has stored counts for no majority.`,
    };
  }
  const heard =
    refused === null || refused.by === leader
      ? `${leader.name} leads`
      : `${refused.by.name} still hears leader ${leader.name}`;
  const lost = isBack
    ? `${leader.name} ⇄ ${voter.name} is lost`
    : `${leader.name} → ${voter.name} is lost one way`;
  return {
    sentence: `${heard}; ${voter.name} does not hear it: the link ${lost}.`,
    consequence:
      refused === null
        ? `${voter.name} gets no entries, and asks for an election.`
        : `${voter.name} asks for an election and is refused, because there is a leader.`,
  };
}
