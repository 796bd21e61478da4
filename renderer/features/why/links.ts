import type { FaultView } from '../../../main/contract/model.ts';
import { isRunning, type Survey, type Voter } from './evidence.ts';

/** Why messages from one voter do not reach another. */
export interface BrokenLink {
  readonly from: Voter;
  readonly to: Voter;
  /** `fault`: somebody cut it; `lost`: it should work and nothing arrives; `refused`: by the other side. */
  readonly cause: 'fault' | 'lost' | 'refused';
  readonly text: string;
  readonly fault: { readonly nodeId: string; readonly faultId: string } | null;
  /** Who says so: the node with the fault, or the one whose messages do not arrive. */
  readonly saidBy: Voter;
}

/** What a refusal is about: who the other one is, not whether the way to it is there. */
const REFUSED =
  /secret|certificate|\btls\b|\bssl\b|self.signed|expired|host not found|ENOTFOUND|EAI_AGAIN|belongs to cluster|this is node|is in no cluster|already connected|protocol version|not understood|not a host:port/i;
/** A fault that loses so much of what it met lets no election through. */
const LOST_SHARE = 0.9;
/** A vote that was asked for this long ago and never arrived is lost: the slowest fault is known. */
const UNHEARD_MS = 3_000;
/** A node that has just started is dialled again within a second, and says so a quarter later. */
const UNSETTLED_MS = 2_500;

/** Every way between two running voters on which nothing gets through, with the reason. */
export function brokenLinks(survey: Survey): readonly BrokenLink[] {
  const running = survey.voters.filter(isRunning);
  return running.flatMap((from) =>
    running.flatMap((to) => {
      const broken = from === to ? null : brokenLink(survey, from, to);
      return broken === null ? [] : [broken];
    }),
  );
}

/** The largest number of voters that one of them can talk with, itself included. */
export function largestReach(survey: Survey, broken: readonly BrokenLink[]): number {
  return Math.max(0, ...survey.voters.map((voter) => countReach(voter, survey, broken)));
}

/** How many voters this one can talk with, itself included; none while it does not run. */
export function countReach(voter: Voter, survey: Survey, broken: readonly BrokenLink[]): number {
  return isRunning(voter) ? reachOf(voter, survey.voters.filter(isRunning), broken).length : 0;
}

/** Running voters in groups: two are in one when messages pass both ways, if need be over others. */
export function groupsOf(
  survey: Survey,
  broken: readonly BrokenLink[],
): readonly (readonly Voter[])[] {
  const rest = new Set(survey.voters.filter(isRunning));
  const groups: Voter[][] = [];
  for (const first of rest) {
    const group = [first];
    rest.delete(first);
    for (const voter of group) {
      for (const other of reachOf(voter, [...rest], broken)) {
        if (!rest.delete(other)) continue;
        group.push(other);
      }
    }
    groups.push(group);
  }
  return groups;
}

function reachOf(
  voter: Voter,
  others: readonly Voter[],
  broken: readonly BrokenLink[],
): readonly Voter[] {
  return others.filter(
    (other) =>
      other === voter ||
      !broken.some(
        ({ from, to }) => (from === voter && to === other) || (from === other && to === voter),
      ),
  );
}

function brokenLink(survey: Survey, from: Voter, to: Voter): BrokenLink | null {
  const own = cuttingFault(from, to, 'out');
  if (own !== null) return byFault(own, { from, to, saidBy: from });
  const theirs = cuttingFault(to, from, 'in');
  if (theirs !== null) return byFault(theirs, { from, to, saidBy: to });
  // Who is frozen or silent answers nobody; that is a cause of its own, not one of the way to it.
  if (!isTalking(from) || to.state === 'frozen' || to.state === 'silent') return null;
  const link = from.status?.links.find(({ id }) => id === to.id);
  if (link !== undefined && !link.connected && link.lastError !== null) {
    const cause = REFUSED.test(link.lastError) ? 'refused' : 'lost';
    // What went wrong before one of the two was started again is no news of the way between them.
    if (cause === 'lost' && !(isSettled(from, survey) && isSettled(to, survey))) return null;
    return { from, to, cause, text: link.lastError, fault: null, saidBy: from };
  }
  // A vote waits for the disk at both ends: on a slow one it is late, and not lost.
  const waits = from.state === 'slow' || to.state === 'slow';
  // Whose disk has failed has stopped: it answers no vote, and asks for none.
  if (hasStopped(from) || hasStopped(to)) return null;
  if (!isTalking(to) || waits || !isUnheard(survey, from, to)) return null;
  const text = `${to.name} has got none of its requests for votes`;
  return { from, to, cause: 'lost', text, fault: null, saidBy: from };
}

function byFault(fault: FaultView, ends: Pick<BrokenLink, 'from' | 'to' | 'saidBy'>): BrokenLink {
  const where = { nodeId: ends.saidBy.id, faultId: fault.id };
  return { ...ends, cause: 'fault', text: fault.description, fault: where };
}

function isTalking({ state }: Voter): boolean {
  return state === 'able' || state === 'slow' || state === 'damaged';
}

function hasStopped({ status }: Voter): boolean {
  return status?.health === 'storage-failed';
}

function isSettled({ node }: Voter, { nowMs }: Survey): boolean {
  return nowMs - (node?.startedAtMs ?? 0) > UNSETTLED_MS;
}

/** The fault of `voter` that keeps messages of that direction from getting through, or null. */
function cuttingFault(voter: Voter, peer: Voter, direction: 'in' | 'out'): FaultView | null {
  const faults = voter.status?.faults ?? [];
  return (
    faults.find((fault) => {
      if (fault.peerId !== peer.id || fault.direction !== direction) return false;
      if (fault.kind === 'link-cut') return true;
      return (
        fault.kind === 'link-drop' && fault.seen >= 3 && fault.stopped / fault.seen > LOST_SHARE
      );
    }) ?? null
  );
}

/** It asked for votes more than once, long enough ago, and the other one has not heard of it. */
function isUnheard({ recent, nowMs }: Survey, from: Voter, to: Voter): boolean {
  const asked = recent.filter(
    ({ type, nodeId, fields }) =>
      type === 'vote-requested' && nodeId === from.id && fields['to'] === to.id,
  );
  const first = asked[0];
  if (first === undefined || asked.length < 2 || nowMs - first.timeMs < UNHEARD_MS) return false;
  return !recent.some(
    ({ type, nodeId, fields, timeMs }) =>
      nodeId === to.id &&
      timeMs >= first.timeMs &&
      // What the other one has not told, it may have heard.
      (type === 'gap' || (type === 'vote-answered' && fields['candidate'] === from.id)),
  );
}
