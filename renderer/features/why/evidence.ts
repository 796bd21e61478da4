import type {
  ClusterView,
  EventView,
  MemberView,
  NodeStatusView,
  NodeView,
} from '../../../main/contract/model.ts';
import type { Question } from './question.ts';

/** What a diagnosis is made from: the cluster at one moment and what happened shortly before it. */
export interface Evidence {
  readonly view: ClusterView;
  /** Rare events (roles, votes, links, faults, processes) up to that moment, in order of time. */
  readonly marks: readonly EventView[];
  /** The moment, Unix ms, on the host's clock. */
  readonly nowMs: number;
}

/**
 * What a voter can do for an election, as far as is known:
 *
 * - `able`: it answers and takes part
 * - `down`: it has no process
 * - `unknown`: the members count it, and no such node is known here, or it was removed
 * - `frozen`, `silent`: its process exists and says nothing
 * - `damaged`: it cannot read or write what it stored
 * - `lost`: it came back without the data that it had as a voter
 * - `slow`: its disk needs longer for a vote than an election may take
 */
export type VoterState =
  'able' | 'down' | 'unknown' | 'frozen' | 'silent' | 'damaged' | 'lost' | 'slow';

/** A voter of the membership in force. */
export interface Voter {
  readonly id: string;
  readonly name: string;
  readonly node: NodeView | null;
  /** What it last said of itself; null when it never did. */
  readonly status: NodeStatusView | null;
  readonly state: VoterState;
  /** How long its slowest disk writes take, ms; null when it has not said. */
  readonly diskMs: number | null;
}

/** The evidence, put in the order in which the rules ask for it. */
export interface Survey extends Evidence {
  readonly question: Question;
  readonly voters: readonly Voter[];
  readonly quorum: number;
  /** So many able voters there must be for the question to be answered with no: nothing is missing. */
  readonly needed: number;
  /** What happened since the leader was lost, a quarter of a minute at most. */
  readonly recent: readonly EventView[];
  /** The shortest and the longest election timeout that any voter goes by, ms. */
  readonly timeoutMs: { readonly min: number; readonly max: number };
}

/** A node pushes every 250 ms: after this long its last word is no longer the present. */
const SILENT_AFTER_MS = 2_000;
/** How far back votes and refusals say something about now. */
const RECENT_MS = 15_000;
const TIMEOUT_DEFAULT = { min: 400, max: 800 } as const;

/** How a node says that it stands where another one is expected, or without its data. */
const OTHER_NODE = /is answered by another node/;
const NO_DATA = /has no data here/;
/** How a process says, as its last word, that it cannot use what it stored. */
const STORAGE_WORDS =
  /corrupt|damaged|unreadable|checksum|cannot (open|read|write)|could not be (opened|read)|ENOENT|EACCES|EIO|ENOSPC|no such file|permission denied|repair|has lost its|can only rejoin/i;

/** Puts the evidence in order. `needed` is the quorum, or all voters where only some are missing. */
export function surveyOf(evidence: Evidence, question: Question): Survey {
  const { view, marks, nowMs } = evidence;
  const members = membershipOf(view);
  const timeoutMs = timeoutsOf(view.nodes);
  const ids =
    members.length > 0
      ? members.filter(({ voter }) => voter).map(({ id }) => id)
      : view.nodes.filter(({ removed }) => !removed).map(({ id }) => id);
  const voters = ids.map((id) => voterOf(id, evidence, timeoutMs.min));
  const quorum = Math.floor(voters.length / 2) + 1;
  const lostAtMs = view.health.leaderId === null ? (view.health.leaderChangedAtMs ?? 0) : 0;
  const sinceMs = Math.max(nowMs - RECENT_MS, lostAtMs);
  return {
    ...evidence,
    question,
    voters,
    quorum,
    needed: question === 'no-leader' ? quorum : voters.length,
    recent: marks.filter(({ timeMs }) => timeMs >= sinceMs && timeMs <= nowMs),
    timeoutMs,
  };
}

/** The voter of that id. */
export function findVoter(survey: Survey, id: string): Voter | undefined {
  return survey.voters.find((voter) => voter.id === id);
}

/** Whom the others should follow; undefined where that there is nobody is the question. */
export function leaderOf(survey: Survey): Voter | undefined {
  if (survey.question === 'no-leader') return undefined;
  return findVoter(survey, survey.view.health.leaderId ?? '');
}

/** How many voters could take part in an election right now. */
export function ableCount({ voters }: Survey): number {
  return voters.filter(({ state }) => state === 'able').length;
}

/** Whether a process of it exists, whatever state it is in. */
export function isRunning({ state }: Voter): boolean {
  return state !== 'down' && state !== 'unknown';
}

/** A process that ended by itself over what it stored: starting it again ends the same way. */
export function endedOverStorage({ node, state }: Voter): boolean {
  if (state !== 'down' || node?.process !== 'crashed') return false;
  return STORAGE_WORDS.test(node.exitReason ?? '');
}

/** Of two statuses the one whose log is further, by term first (Raft paper §5.4.1). */
export function furtherLog(left: NodeStatusView | null, right: NodeStatusView | null): number {
  if (left === null || right === null) return (left === null ? 0 : 1) - (right === null ? 0 : 1);
  return left.lastTerm - right.lastTerm || left.lastIndex - right.lastIndex;
}

function voterOf(id: string, { view, nowMs }: Evidence, timeoutMs: number): Voter {
  const node = view.nodes.find((one) => one.id === id) ?? null;
  const status = node?.status ?? null;
  const diskMs = diskTimeOf(status);
  const name = node?.name ?? `node ${id}`;
  const known = node === null || node.removed ? null : node;
  const state = known === null ? 'unknown' : stateOf(known, { view, nowMs, diskMs, timeoutMs });
  return { id, name, node, status, state, diskMs };
}

function stateOf(
  node: NodeView,
  seen: Pick<Evidence, 'view' | 'nowMs'> & {
    readonly diskMs: number | null;
    readonly timeoutMs: number;
  },
): VoterState {
  const { process, status, heardAtMs, linkError } = node;
  if (process === 'stopped' || process === 'crashed' || process === 'stopping') return 'down';
  if (process === 'frozen') return 'frozen';
  if (linkError !== null && OTHER_NODE.test(linkError)) return 'lost';
  if (status?.health === 'waiting' || isRefusedAsEmpty(node.id, seen.view)) return 'lost';
  if (status?.health === 'damaged' || status?.health === 'storage-failed') return 'damaged';
  if (heardAtMs === null || seen.nowMs - heardAtMs > SILENT_AFTER_MS) {
    return process === 'starting' ? 'able' : 'silent';
  }
  return seen.diskMs !== null && seen.diskMs > seen.timeoutMs ? 'slow' : 'able';
}

/** Another node found it without the data of a voter, and says so of its link to it. */
function isRefusedAsEmpty(id: string, { nodes }: ClusterView): boolean {
  return nodes.some(({ status }) =>
    status?.links.some((link) => link.id === id && NO_DATA.test(link.lastError ?? '')),
  );
}

function diskTimeOf(status: NodeStatusView | null): number | null {
  if (status === null) return null;
  const slow = status.faults.find(({ kind }) => kind === 'disk-slow');
  const times = [status.fsyncP99Ms, slow?.meanMs ?? null].filter((ms) => ms !== null);
  return times.length === 0 ? null : Math.max(...times);
}

/** The latest membership that any node has, however old its word is. */
function membershipOf({ nodes }: ClusterView): readonly MemberView[] {
  let latest: NodeStatusView | null = null;
  for (const { status } of nodes) {
    if (status === null || status.members.length === 0) continue;
    if (latest === null || status.membershipIndex > latest.membershipIndex) latest = status;
  }
  return latest?.members ?? [];
}

function timeoutsOf(nodes: readonly NodeView[]): Survey['timeoutMs'] {
  const known = nodes.flatMap(({ status, removed }) =>
    status === null || removed ? [] : [status],
  );
  if (known.length === 0) return TIMEOUT_DEFAULT;
  return {
    min: Math.min(...known.map(({ electionTimeoutMinMs }) => electionTimeoutMinMs)),
    max: Math.max(...known.map(({ electionTimeoutMaxMs }) => electionTimeoutMaxMs)),
  };
}
