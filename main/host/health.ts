import type {
  ClusterHealth,
  HealthLevel,
  MemberView,
  NodeStatusView,
  NodeView,
  ProgressView,
} from '../contract/model.ts';

/** What the truth line is computed from. */
export interface HealthInput {
  /** Every node that the host knows, removed ones too. */
  readonly nodes: readonly NodeView[];
  /** Host clock, Unix ms. */
  readonly nowMs: number;
  /** Whether an operation that brings nodes up is under way. */
  readonly starting: boolean;
  /** When the leader last changed, as far as this host has seen; Unix ms. */
  readonly leaderChangedAtMs: number | null;
  /** For how long the log of the leader has held entries beyond `matchIndex`, ms. */
  readonly lagMs: (matchIndex: number) => number | null;
}

/**
 * A status older than this says nothing about now. Nodes send figures every 250 ms; a node that is
 * frozen keeps its socket open and just falls silent.
 */
export const STATUS_FRESH_MS = 2_000;

interface Answer {
  readonly node: NodeView;
  readonly status: NodeStatusView;
}

/**
 * The truth line: how the cluster is, from what its nodes say of themselves right now.
 *
 * A voter counts as up when it answers the host, takes part, and is heard by the leader where there
 * is one (a leader that is new has as long to hear it for the first time as between two times). A leader is believed when it has the highest term among the leaders that answer; whoever
 * names another one is counted as not agreeing.
 */
export function computeHealth(input: HealthInput): ClusterHealth {
  const members = input.nodes.filter((node) => !node.removed);
  const answers = members.flatMap((node) => answerOf(node, input.nowMs));
  const leader = leaderOf(answers);
  const membership = membershipOf(members, leader);
  const voterIds = voterIdsOf(members, membership);
  const up = voterIds.filter((id) => isUp(id, answers, leader, input));
  const quorum = Math.floor(voterIds.length / 2) + 1;
  const figures = {
    term: answers.length === 0 ? null : Math.max(...answers.map(({ status }) => status.term)),
    leaderId: leader?.node.id ?? null,
    leaderChangedAtMs: input.leaderChangedAtMs,
    agreeing: leader === null ? 0 : answers.filter((answer) => agrees(answer, leader)).length,
    answering: answers.length,
    voters: voterIds.length,
    votersUp: up.length,
    quorum,
    tolerance: up.length - quorum,
    ...worstLag(leader, voterIds, input.lagMs),
    commitIndex:
      answers.length === 0 ? null : Math.max(...answers.map(({ status }) => status.commitIndex)),
  };
  const [level, sentence] = verdict(input, { members, answers, leader, voterIds, up, quorum });
  return { level, sentence, ...figures };
}

interface Findings {
  readonly members: readonly NodeView[];
  readonly answers: readonly Answer[];
  readonly leader: Answer | null;
  readonly voterIds: readonly string[];
  readonly up: readonly string[];
  readonly quorum: number;
}

function verdict(input: HealthInput, found: Findings): readonly [HealthLevel, string] {
  const { members, answers, leader, voterIds, up, quorum } = found;
  const running = members.filter((node) => isRunning(node));
  const rival = answers.find(
    ({ node, status }) =>
      leader !== null &&
      node !== leader.node &&
      status.role === 'leader' &&
      status.term === leader.status.term,
  );
  if (leader !== null && rival !== undefined) {
    const both = `${leader.node.name} and ${rival.node.name}`;
    const sentence = `${both} both say they lead term ${leader.status.term}. This must never happen: keep their data.`;
    return ['unknown', sentence];
  }
  if (running.length === 0) {
    if (input.starting) return ['starting', 'Starting: no node runs yet'];
    return ['stopped', `Stopped: none of ${countOf(members.length, 'node')} runs`];
  }
  const voters = `${up.length} of ${countOf(voterIds.length, 'voter')}`;
  if (leader !== null && up.length >= quorum) {
    const lose = up.length === quorum ? 'none' : String(up.length - quorum);
    const reasons = shortcomings(found);
    if (reasons.length === 0) return ['healthy', `Healthy: ${voters}, can lose ${lose}`];
    // Nothing is lost when those that are missing were never there.
    const comesUp = input.starting && up.length === voterIds.length;
    if (!comesUp)
      return ['degraded', `Degraded: ${voters}, can lose ${lose}; ${reasons.join(', ')}`];
  }
  if (input.starting) {
    const answering = `${answers.length} of ${countOf(members.length, 'node')}`;
    return ['starting', `Starting: ${answering} ${answers.length === 1 ? 'answers' : 'answer'}`];
  }
  if (answers.length === 0) {
    const runs = `${countOf(running.length, 'node')} ${running.length === 1 ? 'runs' : 'run'}`;
    return ['unknown', `Unknown: ${runs}, none answers`];
  }
  if (up.length < quorum) {
    const verb = up.length === 1 ? 'is' : 'are';
    const needed = `${voters} ${verb} up, ${quorum} ${quorum === 1 ? 'is' : 'are'} needed`;
    if (leader === null) return ['no-leader', `No leader: ${needed}`];
    return ['no-leader', `No quorum: ${leader.node.name} still leads, but ${needed}`];
  }
  const candidate = answers.find(({ status }) => status.role.endsWith('candidate'));
  if (candidate === undefined) return ['no-leader', `No leader: ${voters} are up, none leads`];
  const term = candidate.status.term;
  return [
    'no-leader',
    `No leader: ${voters} are up, ${candidate.node.name} stands in term ${term}`,
  ];
}

/** What keeps a cluster with a leader and a quorum from being healthy, worst first, three at most. */
function shortcomings(found: Findings): readonly string[] {
  const reasons: string[] = [];
  for (const id of found.voterIds) {
    if (found.up.includes(id)) continue;
    const node = found.members.find((member) => member.id === id);
    reasons.push(node === undefined ? `node ${id} is not known here` : whyDown(node, found));
  }
  for (const answer of found.answers) {
    const { node, status } = answer;
    if (!found.up.includes(node.id) && found.voterIds.includes(node.id)) continue;
    if (status.health !== 'ok') reasons.push(`${node.name} ${healthWords(status)}`);
    else if (found.leader !== null && !agrees(answer, found.leader)) {
      reasons.push(`${node.name} does not follow ${found.leader.node.name} yet`);
    }
  }
  for (const node of found.members) {
    if (found.voterIds.includes(node.id) || isAnswering(node, found)) continue;
    reasons.push(whyDown(node, found));
  }
  const more = reasons.length - 3;
  return more <= 0 ? reasons : [...reasons.slice(0, 3), `and ${more} more`];
}

function whyDown(node: NodeView, found: Findings): string {
  switch (node.process) {
    case 'stopped':
    case 'starting':
    case 'stopping':
      return `${node.name} is ${node.process}`;
    case 'frozen':
      return `${node.name} is frozen`;
    case 'crashed':
      return `${node.name} has crashed`;
    case 'running':
    case 'embedded': {
      const answer = found.answers.find((candidate) => candidate.node === node);
      if (answer === undefined) return `${node.name} does not answer`;
      if (answer.status.health !== 'ok') return `${node.name} ${healthWords(answer.status)}`;
      return `${found.leader?.node.name ?? 'the leader'} does not hear ${node.name}`;
    }
  }
}

function healthWords(status: NodeStatusView): string {
  switch (status.health) {
    case 'ok':
      return 'is well';
    case 'waiting':
      return 'waits to be added';
    case 'loading':
      return 'is loading';
    case 'removed':
      return 'was removed from the cluster';
    case 'damaged':
      return 'has a damaged log';
    case 'storage-failed':
      return 'cannot write its log';
  }
}

function isAnswering(node: NodeView, found: Findings): boolean {
  return found.answers.some((answer) => answer.node === node);
}

function isRunning(node: NodeView): boolean {
  return node.process !== 'stopped' && node.process !== 'crashed';
}

function answerOf(node: NodeView, nowMs: number): readonly Answer[] {
  const { status, heardAtMs } = node;
  if (!node.connected || status === null || heardAtMs === null) return [];
  if (node.process === 'frozen' || nowMs - heardAtMs > STATUS_FRESH_MS) return [];
  return [{ node, status }];
}

/** The leader with the highest term; of two in one term, which is a fault, the one with more members behind. */
function leaderOf(answers: readonly Answer[]): Answer | null {
  let best: Answer | null = null;
  for (const answer of answers) {
    if (answer.status.role !== 'leader') continue;
    if (best === null || answer.status.term > best.status.term) best = answer;
  }
  return best;
}

function agrees(answer: Answer, leader: Answer): boolean {
  return answer.status.leaderId === leader.node.id && answer.status.term === leader.status.term;
}

/** The leader's membership; without one, the latest that any node has, however old. */
function membershipOf(nodes: readonly NodeView[], leader: Answer | null): readonly MemberView[] {
  if (leader !== null) return leader.status.members;
  let latest: NodeStatusView | null = null;
  for (const { status } of nodes) {
    if (status === null || status.members.length === 0) continue;
    if (latest === null || status.membershipIndex > latest.membershipIndex) latest = status;
  }
  return latest?.members ?? [];
}

function voterIdsOf(
  nodes: readonly NodeView[],
  membership: readonly MemberView[],
): readonly string[] {
  if (membership.length === 0) return nodes.map((node) => node.id);
  return membership.filter((member) => member.voter).map((member) => member.id);
}

function isUp(
  id: string,
  answers: readonly Answer[],
  leader: Answer | null,
  { nowMs, leaderChangedAtMs }: HealthInput,
): boolean {
  const answer = answers.find(({ node }) => node.id === id);
  if (answer === undefined || answer.status.health !== 'ok') return false;
  if (leader === null || leader.node.id === id) return true;
  const limitMs = Math.max(1_000, 2 * leader.status.electionTimeoutMaxMs);
  const progress = leader.status.followers.find((follower) => follower.id === id);
  if (progress === undefined || progress.lastContactMs === null) {
    // A leader that was elected this moment has not heard anybody yet; one that leads for longer has
    // not heard this voter since it came back, unless the voter knows better.
    const ledMs = leaderChangedAtMs === null ? Infinity : nowMs - leaderChangedAtMs;
    if (ledMs <= limitMs) return true;
    // Who has run for longer and was never heard follows in vain: its answers are lost.
    const ranMs = nowMs - (answer.node.startedAtMs ?? -Infinity);
    return agrees(answer, leader) && (progress === undefined || ranMs <= limitMs);
  }
  const ageMs = nowMs - (leader.node.heardAtMs ?? nowMs);
  return progress.lastContactMs + ageMs <= limitMs;
}

function worstLag(
  leader: Answer | null,
  voterIds: readonly string[],
  lagMs: (matchIndex: number) => number | null,
): Pick<ClusterHealth, 'worstLagEntries' | 'worstLagMs' | 'worstLagId'> {
  let worst: ProgressView | null = null;
  for (const follower of leader?.status.followers ?? []) {
    if (!voterIds.includes(follower.id)) continue;
    // A new leader has to find out how far each follower is and counts from 0 until it has answered.
    if (follower.state === 'probe' && follower.matchIndex === 0) continue;
    if (worst === null || follower.matchIndex < worst.matchIndex) worst = follower;
  }
  if (leader === null || worst === null) {
    return { worstLagEntries: null, worstLagMs: null, worstLagId: null };
  }
  const entries = Math.max(0, leader.status.lastIndex - worst.matchIndex);
  return {
    worstLagEntries: entries,
    worstLagMs: entries === 0 ? 0 : lagMs(worst.matchIndex),
    worstLagId: worst.id,
  };
}

function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
