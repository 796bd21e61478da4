import { formatCount, formatDuration, formatPlural } from '../../ui/format.ts';
import { refusalsFor, type Refusals, splitVotes, voteRoundTrips } from './ballots.ts';
import { findVoter, furtherLog, isRunning, leaderOf, type Survey, type Voter } from './evidence.ts';
import { type BrokenLink, brokenLinks, groupsOf, largestReach } from './links.ts';
import type { EvidenceItem, Finding, Step } from './verdict.ts';
import { inOrder, listed, namesOf, said } from './words.ts';

/* The causes that lie between nodes: links, times, and how the votes went. */

/** 2: enough run, and no group of them that can talk with one another is large enough. */
export function linksCut(survey: Survey): Finding {
  const broken = brokenLinks(survey).filter(({ cause }) => cause !== 'refused');
  const reach = largestReach(survey, broken);
  const looked = 'Links between voters';
  const seen = broken.length === 0 ? 'all up' : `${String(broken.length)} down`;
  const clear: Finding = { rule: 'links-cut', verdict: null, looked, seen };
  if (broken.length === 0 || reach >= survey.needed) return clear;
  const groups = groupsOf(survey, broken).map((group) => namesOf(group));
  const faults = faultsOf(broken);
  const all = survey.question === 'degraded' ? 'all ' : '';
  const cut = broken[0];
  return {
    ...clear,
    verdict: {
      rule: 'links-cut',
      sentence:
        `No group of voters that can reach each other has ${all}${String(survey.needed)} members: ` +
        `${groups.join(' | ')}.`,
      consequence:
        survey.question === 'degraded'
          ? 'Whoever cannot talk with the leader both ways counts for no majority.'
          : 'Whoever stands for election gets too few votes.',
      nodeIds: [...new Set(broken.flatMap(({ from, to }) => [from.id, to.id]))],
      steps:
        faults.length > 0
          ? [{ kind: 'heal', faults, label: healLabel(faults.length) }]
          : [
              {
                kind: 'show',
                screen: 'overview',
                nodeId: cut?.from.id ?? null,
                label: 'Show links',
              },
            ],
      hint: null,
      evidence: broken.slice(0, 8).map(brokenItem),
    },
  };
}

export function faultsOf(broken: readonly BrokenLink[]) {
  return broken.flatMap(({ fault }) => (fault === null ? [] : [fault]));
}

export function healLabel(count: number): string {
  return count === 1 ? 'Heal the cut link' : `Heal the partition (${formatPlural(count, 'cut')})`;
}

export function brokenItem({ from, to, text, saidBy }: BrokenLink): EvidenceItem {
  return said(saidBy, `${from.name} → ${to.name}: ${text}`);
}

/** So many elections in a row may end without a winner by chance. */
const SPLITS_MIN = 3;

/** 4: several stand at the same time, again and again, and share the votes. */
export function splitVote(survey: Survey): Finding {
  const splits = splitVotes(survey);
  const seen =
    splits.length === 0 ? 'no split votes' : `split ${formatPlural(splits.length, 'time')}`;
  const clear: Finding = { rule: 'split-votes', verdict: null, looked: 'Elections', seen };
  const last = splits.at(-1);
  // Where answers come too late everybody stands in the meantime: then that is the cause.
  const isSlow = slowLinks(survey).verdict !== null;
  if (splits.length < SPLITS_MIN || last === undefined || isSlow) return clear;
  const candidates = [...new Set(splits.flatMap((split) => split.candidates))];
  const voters = survey.voters.filter(({ id }) => candidates.includes(id));
  const apart = [...splits].sort((left, right) => left.apartMs - right.apartMs);
  const apartMs = apart[Math.floor(apart.length / 2)]?.apartMs ?? 0;
  const [best] = [...voters].sort((left, right) => furtherLog(right.status, left.status));
  const terms = `${formatCount(splits[0]?.term ?? 0)}–${formatCount(last.term)}`;
  return {
    ...clear,
    verdict: {
      rule: 'split-votes',
      sentence: `Votes keep splitting: ${namesOf(voters)} stand within ${formatDuration(apartMs)} of each other.`,
      consequence: `${formatPlural(splits.length, 'election')} in terms ${terms} ended without a majority.`,
      nodeIds: voters.map(({ id }) => id),
      steps: [
        ...(best === undefined ? [] : [widenStep(survey, best)]),
        ...(best === undefined ? [] : [electionStep(best)]),
      ],
      hint: 'A longer election timeout spreads the candidates further apart.',
      evidence: inOrder(
        splits.map(({ term, candidates: ids, atMs }) => ({
          text: `term ${formatCount(term)}: ${listed(ids.map((id) => findVoter(survey, id)?.name ?? id))} stood, nobody won`,
          saidBy: findVoter(survey, ids[0] ?? '')?.name ?? ids[0] ?? '',
          atMs,
        })),
      ),
    },
  };
}

/** The longest election timeout that a node takes. */
const TIMEOUT_MAX_MS = 60_000;

function widenStep({ timeoutMs }: Survey, { node, name }: Voter, atLeastMs = 0): Step {
  const wide = Math.min(
    TIMEOUT_MAX_MS,
    Math.max(2 * timeoutMs.min, Math.ceil(atLeastMs / 100) * 100),
  );
  const text = `${node?.startCommand ?? ''} --election-timeout ${String(wide)}`;
  return { kind: 'copy', text, label: `Copy ${name}’s start line with ${formatCount(wide)} ms` };
}

function electionStep({ id, name }: Voter): Step {
  return { kind: 'election', nodeId: id, label: `Start an election at ${name} alone` };
}

/** One refusal tells the candidate that it is behind; it is still asking after several. */
export const REFUSALS_MIN = 2;

/** 5: who asks for votes has the shorter log, and who has the longer one does not ask or is down. */
export function logBehind(survey: Survey): Finding {
  const refusals = refusalsFor(survey, 'log is behind').filter(
    ({ count }) => count >= REFUSALS_MIN,
  );
  const [most] = refusals;
  const seen = most === undefined ? 'no refusals' : `refused ${formatPlural(most.count, 'time')}`;
  const clear: Finding = { rule: 'log-behind', verdict: null, looked: 'Logs of candidates', seen };
  const candidate = most === undefined ? undefined : findVoter(survey, most.candidate);
  const voter = most === undefined ? undefined : findVoter(survey, most.voter);
  if (most === undefined || candidate === undefined || voter === undefined) return clear;
  // Who has what is missing stands as well, and will win: then something else is in the way.
  if (survey.view.health.leaderId !== null || stands(survey, voter)) return clear;
  const down = survey.voters
    .filter(({ state, status }) => state === 'down' && furtherLog(status, candidate.status) > 0)
    .sort((left, right) => furtherLog(right.status, left.status));
  const holder = down.find(({ status }) => furtherLog(status, voter.status) >= 0);
  const start: readonly Step[] =
    holder === undefined
      ? []
      : [
          {
            kind: 'start',
            nodeIds: [holder.id],
            label: `Start ${holder.name}, which has ${formatCount(holder.status?.lastIndex ?? 0)}`,
          },
        ];
  return {
    ...clear,
    verdict: {
      rule: 'log-behind',
      sentence: `${candidate.name} asks for votes but its log ends at ${endOf(candidate)}, ${voter.name}’s at ${endOf(voter)}.`,
      consequence: 'Nobody votes for a log that lacks what may be committed.',
      nodeIds: [candidate.id, voter.id],
      steps: [...start, electionStep(voter)],
      hint: null,
      evidence: [
        said(
          candidate,
          `${candidate.name}: last entry ${endOf(candidate)}, term ${termOf(candidate)}`,
        ),
        said(voter, `${voter.name}: last entry ${endOf(voter)}, term ${termOf(voter)}`),
        refusalItem(most, voter, candidate),
      ],
    },
  };
}

/** A candidate asks again within twice its election timeout, unless that is unusually long. */
const ASKED_LATELY_MS = 3_000;

function stands({ recent, nowMs }: Survey, { id, node }: Voter): boolean {
  const sinceMs = Math.max(nowMs - ASKED_LATELY_MS, node?.startedAtMs ?? 0);
  return recent.some(
    ({ type, nodeId, timeMs }) => type === 'vote-requested' && nodeId === id && timeMs >= sinceMs,
  );
}

function endOf({ status }: Voter): string {
  return formatCount(status?.lastIndex ?? 0);
}

function termOf({ status }: Voter): string {
  return formatCount(status?.lastTerm ?? 0);
}

export function refusalItem(
  { count, lastMs }: Refusals,
  voter: Voter,
  candidate: Voter,
): EvidenceItem {
  const text = `${voter.name} refused ${candidate.name} ${formatPlural(count, 'time')}`;
  return { text, saidBy: voter.name, atMs: lastMs };
}

interface MeasuredTrip {
  readonly one: Voter;
  readonly other: Voter;
  readonly ms: number;
  readonly item: EvidenceItem;
}

/** 7: answers take longer than half an election timeout, on so many links that nobody is elected. */
export function slowLinks(survey: Survey): Finding {
  const trips = tripsOf(survey);
  const worst = trips.reduce((ms, trip) => Math.max(ms, trip.ms), 0);
  const seen = trips.length === 0 ? 'not measured lately' : formatDuration(worst);
  const clear: Finding = { rule: 'slow-links', verdict: null, looked: 'Round trips', seen };
  const { min, max } = survey.timeoutMs;
  const slow = trips.filter(({ ms }) => ms > min / 2);
  if (slow.length === 0 || quickReach(survey, slow) >= survey.needed) return clear;
  const faults = slow.flatMap(({ one, other }) => [
    ...delaysOf(one, other),
    ...delaysOf(other, one),
  ]);
  const [first] = slow;
  return {
    ...clear,
    verdict: {
      rule: 'slow-links',
      sentence: `Round trips take ${formatDuration(worst)}, elections time out after ${formatCount(min)}–${formatCount(max)} ms.`,
      consequence: 'Votes and heartbeats come when the next election has begun.',
      nodeIds: [...new Set(slow.flatMap(({ one, other }) => [one.id, other.id]))],
      steps: [
        ...(faults.length === 0
          ? []
          : [
              {
                kind: 'heal',
                faults: unique(faults),
                label: 'Take the delay off the links',
              } as const,
            ]),
        ...(first === undefined ? [] : [widenStep(survey, first.one, 4 * worst)]),
      ],
      hint: null,
      evidence: slow.slice(0, 8).map(({ item }) => item),
    },
  };
}

/** How many voters one of them, or the leader there is, reaches in good time, itself included. */
function quickReach(survey: Survey, slow: readonly MeasuredTrip[]): number {
  const running = survey.voters.filter(isRunning);
  const leader = leaderOf(survey);
  const reach = (leader === undefined ? running : [leader]).map((voter) => {
    return running.filter(
      (other) =>
        other === voter ||
        !slow.some(
          ({ one, other: end }) =>
            (one === voter && end === other) || (one === other && end === voter),
        ),
    ).length;
  });
  return Math.max(0, ...reach);
}

/** So many answers say how long they take. */
const ANSWERS_MIN = 2;

/** The round trip of each pair: what faults add to it, or what votes usually take. */
function tripsOf(survey: Survey): readonly MeasuredTrip[] {
  const running = survey.voters.filter(isRunning);
  const votes = voteRoundTrips(survey);
  return running.flatMap((one, at) =>
    running.slice(at + 1).flatMap((other): readonly MeasuredTrip[] => {
      const delayMs = addedDelay(one, other) + addedDelay(other, one);
      const own = votes.filter(
        ({ from, to }) =>
          (from === one.id && to === other.id) || (from === other.id && to === one.id),
      );
      // One late answer is chance, or a machine that is busy: half of several must be.
      const sorted = [...own].sort((left, right) => left.ms - right.ms);
      const usual = sorted.length < ANSWERS_MIN ? undefined : sorted[(sorted.length - 1) >> 1];
      const pair = `${one.name} ⇄ ${other.name}`;
      if (delayMs > (usual?.ms ?? 0)) {
        const item = said(one, `${pair}: faults add ${formatDuration(delayMs)} to a round trip`);
        return [{ one, other, ms: delayMs, item }];
      }
      if (usual === undefined) return [];
      const saidBy = findVoter(survey, usual.from)?.name ?? usual.from;
      const item = {
        text: `${pair}: an answer took ${formatDuration(usual.ms)}`,
        saidBy,
        atMs: usual.atMs,
      };
      return [{ one, other, ms: usual.ms, item }];
    }),
  );
}

function delaysOf({ id, status }: Voter, peer: Voter) {
  return (status?.faults ?? [])
    .filter(({ kind, peerId }) => kind === 'link-delay' && peerId === peer.id)
    .map(({ id: faultId }) => ({ nodeId: id, faultId }));
}

/** What the delays on one node's end of a link have been measured to add, in both directions. */
function addedDelay({ status }: Voter, peer: Voter): number {
  return (status?.faults ?? [])
    .filter(({ kind, peerId }) => kind === 'link-delay' && peerId === peer.id)
    .reduce((sum, { meanMs }) => sum + (meanMs ?? 0), 0);
}

function unique<T extends { readonly nodeId: string; readonly faultId: string }>(
  faults: readonly T[],
): readonly T[] {
  return [...new Map(faults.map((fault) => [`${fault.nodeId}/${fault.faultId}`, fault])).values()];
}

/** 11: the way is there and the other side, or its name, is not what was expected. */
export function refusedLinks(survey: Survey): Finding {
  const broken = brokenLinks(survey);
  const refused = broken.filter(({ cause, to }) => cause === 'refused' && to.state !== 'lost');
  const seen = refused.length === 0 ? 'accepted everywhere' : `${String(refused.length)} refused`;
  const clear: Finding = {
    rule: 'refused-links',
    verdict: null,
    looked: 'Names and secrets',
    seen,
  };
  const [first] = refused;
  if (first === undefined || largestReach(survey, broken) >= survey.needed) return clear;
  const { from, to, text } = first;
  return {
    ...clear,
    verdict: {
      rule: 'refused-links',
      sentence: `${from.name} cannot connect to ${to.name}: ${text.replace(/\.$/, '')}.`,
      consequence: `${formatPlural(refused.length, 'link')} between voters ${refused.length === 1 ? 'is' : 'are'} refused.`,
      nodeIds: [...new Set(refused.flatMap((link) => [link.from.id, link.to.id]))],
      steps: [from, to].map(({ id, name }) => ({
        kind: 'show',
        screen: 'output',
        nodeId: id,
        label: `Show the output of ${name}`,
      })),
      hint: 'Compare the secret, the certificates and the addresses with which the two were started.',
      evidence: refused.slice(0, 8).map(brokenItem),
    },
  };
}
