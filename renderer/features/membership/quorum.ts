/*
 * The arithmetic of majorities, and what to say about it before somebody adds, removes or stops a
 * node. Voters decide; a non-voter has everything and decides nothing (Raft dissertation §4.2.1).
 */

/** How many votes it takes (Raft paper §5.1). */
export function quorumOf(voters: number): number {
  return Math.floor(voters / 2) + 1;
}

/** The voters of a cluster at one moment. */
export interface Voters {
  readonly voters: number;
  /** Those that run and answer. */
  readonly up: number;
  readonly nonVoters: number;
}

/** How many more voters may fail before nothing can be written; negative when that has happened. */
export function toleranceOf({ voters, up }: Voters): number {
  return up - quorumOf(voters);
}

/** `can lose 1`, `can lose none`, `cannot write`. */
export function toleranceText(now: Voters): string {
  const tolerance = toleranceOf(now);
  if (now.voters === 0 || tolerance < 0) return 'cannot write';
  return tolerance === 0 ? 'can lose none' : `can lose ${String(tolerance)}`;
}

/** One box of the strip. */
export interface QuorumStage {
  readonly title: string;
  readonly at: Voters;
  readonly note: string;
}

export interface QuorumPreview {
  readonly stages: readonly QuorumStage[];
  /** What it means, in one or two sentences. */
  readonly sentences: readonly string[];
  /** True when nothing can be written afterwards. */
  readonly losesQuorum: boolean;
}

function stage(at: Voters): QuorumStage {
  const title =
    at.nonVoters === 0
      ? plural(at.voters, 'voter')
      : `${String(at.voters)} + ${plural(at.nonVoters, 'non-voter')}`;
  return { title, at, note: toleranceText(at) };
}

/** Adding a peer: it comes in without a vote and is promoted once it has caught up. */
export function previewAdd(before: Voters): QuorumPreview {
  const joining: Voters = { ...before, nonVoters: before.nonVoters + 1 };
  const promoted: Voters = { ...before, voters: before.voters + 1, up: before.up + 1 };
  return {
    stages: [stage(before), stage(joining), stage(promoted)],
    sentences: sentencesOnGrowth(before, promoted),
    losesQuorum: toleranceOf(promoted) < 0,
  };
}

function sentencesOnGrowth(before: Voters, after: Voters): readonly string[] {
  const voters = after.voters;
  const needed = quorumOf(voters);
  if (voters === 1) return ['The first voter decides alone.'];
  if (voters % 2 === 1) {
    return [
      `${capital(voters)} voters need ${String(needed)} votes and can lose ${String(voters - needed)}.`,
    ];
  }
  const more =
    `${article(voters)} ${ordinal(voters)} voter adds no tolerance and needs ${String(needed)} votes ` +
    `instead of ${String(quorumOf(before.voters))}.`;
  const odd = voters + 1;
  return [more, `${capital(odd)} would let you lose ${String(odd - quorumOf(odd))}.`];
}

/** What is left when a node goes. */
export interface Departure {
  /** Whether it has a vote. */
  readonly voter: boolean;
  /** The voters that can then make up a quorum. */
  readonly upAfter: number;
  /** Whether some of those left cannot talk with each other. */
  readonly areApart: boolean;
}

/** Removing a member for good. */
export function previewRemove(before: Voters, target: Departure): QuorumPreview {
  const after: Voters = target.voter
    ? { ...before, voters: before.voters - 1, up: target.upAfter }
    : { ...before, nonVoters: before.nonVoters - 1 };
  return {
    stages: [stage(before), stage(after)],
    sentences: [sentenceOnRemoval(before, after, target)],
    losesQuorum: after.voters === 0 || toleranceOf(after) < 0,
  };
}

function sentenceOnRemoval(before: Voters, after: Voters, target: Departure): string {
  if (!target.voter) return 'It has no vote, so the quorum stays as it is.';
  if (after.voters === 0) return 'A cluster needs at least one voter. Delete the cluster instead.';
  const needed = quorumOf(after.voters);
  if (after.up < needed) {
    return (
      `${capital(after.up)} of ${plural(after.voters, 'voter')} would be up${apartWords(target)} and ` +
      `${String(needed)} are needed: the removal itself could not be committed.`
    );
  }
  const tolerance = toleranceOf(after);
  const change = tolerance - toleranceOf(before);
  if (after.voters === 1) return 'One voter is left. If it stops, everything stops.';
  if (tolerance === 0) {
    const who = after.up === 2 ? 'Both voters' : `All ${String(after.up)} voters that are up`;
    return `${who} are then needed for every write: losing one stops the cluster.`;
  }
  if (change >= 0) return `The cluster can still lose ${String(tolerance)}.`;
  return `The cluster can then lose ${String(tolerance)} instead of ${String(tolerance - change)}.`;
}

/** A new node in the place of one that takes no part: it has its vote before the old one goes. */
export function previewRebuild(before: Voters, target: Departure): QuorumPreview {
  if (!target.voter) {
    const joined: Voters = { ...before, nonVoters: before.nonVoters + 1 };
    return {
      stages: [stage(before), stage(joined), stage(before)],
      sentences: ['It has no vote, so the quorum stays as it is.'],
      losesQuorum: false,
    };
  }
  const both: Voters = { ...before, voters: before.voters + 1, up: before.up + 1 };
  const after: Voters = { ...before, up: target.upAfter + 1 };
  return {
    stages: [stage(before), stage(both), stage(after)],
    sentences: [
      `Until the old node is removed the cluster ${toleranceText(both)}.`,
      `Afterwards it ${toleranceText(after)}.`,
    ],
    losesQuorum: toleranceOf(after) < 0,
  };
}

/** Stopping a node's process: it stays a voter, so its vote is still counted as needed. */
export function previewStop(before: Voters, target: Departure): QuorumPreview {
  const after: Voters = target.voter ? { ...before, up: target.upAfter } : before;
  const losesQuorum = toleranceOf(before) >= 0 && toleranceOf(after) < 0;
  const sentence = losesQuorum
    ? `This leaves ${String(after.up)} of ${plural(after.voters, 'voter')}${apartWords(target)}, and ` +
      `${String(quorumOf(after.voters))} are needed. Reads and writes stop until it returns.`
    : `The cluster then ${toleranceText(after)}.`;
  return { stages: [stage(before), stage(after)], sentences: [sentence], losesQuorum };
}

/** Says why voters that run are not all counted. */
function apartWords({ areApart }: Departure): string {
  return areApart ? ' that reach each other' : '';
}

const WORDS = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];
const ORDINALS = 'zeroth first second third fourth fifth sixth seventh eighth ninth tenth'.split(
  ' ',
);

function capital(count: number): string {
  const word = WORDS[count] ?? String(count);
  return word.charAt(0).toUpperCase() + word.slice(1);
}

function ordinal(count: number): string {
  return ORDINALS[count] ?? `${String(count)}th`;
}

/** `A fourth`, `An eighth`. */
function article(count: number): string {
  return count === 8 || count === 11 || count === 18 ? 'An' : 'A';
}

function plural(count: number, word: string): string {
  return `${String(count)} ${word}${count === 1 ? '' : 's'}`;
}
