import type { ClusterView } from '../../../main/contract/model.ts';
import type { Campaigns } from '../../state/campaigns.ts';
import type { History } from '../../state/history.ts';
import { formatDuration, formatRate } from '../../ui/format.ts';
import { isUp } from '../nodes/face.ts';
import { membersOf, type NodeFacts } from './node-facts.ts';
import { catchUpShare, labelOf, type NodeLabel } from './node-labels.ts';

/** A node as the ring draws it. */
export interface RingNode {
  readonly facts: NodeFacts;
  readonly label: NodeLabel;
  /** What is left of the shortest election timeout, 0 to 1; null where nobody is waited for. */
  readonly contactShare: number | null;
  /** The whole of it for whoever hears the page. */
  readonly spoken: string;
}

/** What goes on between the leader (or a candidate) and another node. */
export interface RingEdge {
  readonly from: number;
  readonly to: number;
  readonly kind: 'replicating' | 'catching-up' | 'still' | 'none';
  readonly entriesPerSecond: number;
  readonly roundTripMs: number | null;
  readonly slow: boolean;
  /** The way on which a fault works, if one does. */
  readonly fault: 'append' | 'ack' | null;
  /** For one that catches up: how far it is, 0 to 1. */
  readonly share: number;
  readonly rateText: string;
  readonly roundTripText: string;
}

/** What the ring is made from, beside the facts of its nodes. */
interface RingSource {
  readonly view: ClusterView;
  readonly history: History;
  readonly campaigns: Campaigns;
}

export interface RingModel {
  readonly nodes: readonly RingNode[];
  readonly edges: readonly RingEdge[];
  /** For each pair of neighbours: whether both count towards the quorum. */
  readonly orbitSolid: readonly boolean[];
}

export function ringModel(
  facts: readonly NodeFacts[],
  { view, history, campaigns }: RingSource,
  nowMs: number,
): RingModel {
  const members = membersOf(facts);
  const nodes = members.map((one) => ({
    facts: one,
    label: labelOf(one, view, campaigns[one.node.id] ?? null, nowMs),
    contactShare: contactShare(one, nowMs),
    spoken: spokenOf(one),
  }));
  const counts = members.map(({ face, isVoter }) => isVoter && isUp(face));
  return {
    nodes,
    edges: edgesOf(members, view, history),
    orbitSolid: counts.map((solid, at) => solid && counts[(at + 1) % counts.length] === true),
  };
}

/** Reports come a few times a second; older than this a follower's last contact is no longer one. */
const REPORT_FRESH_MS = 600;

/**
 * Time left of the shortest election timeout since the leader was last heard, as a share. Between two
 * reports nobody knows whether a heartbeat came, so only an overdue report makes the arc run on.
 */
function contactShare({ node, face }: NodeFacts, nowMs: number): number | null {
  const { status, heardAtMs } = node;
  if (face.kind !== 'follower' && face.kind !== 'non-voter') return null;
  if (status === null || heardAtMs === null) return null;
  if (status.leaderContactMs === null) return 0;
  const silence = nowMs - heardAtMs;
  const age = status.leaderContactMs + (silence > REPORT_FRESH_MS ? silence : 0);
  return Math.max(0, Math.min(1, 1 - age / status.electionTimeoutMinMs));
}

function spokenOf({ node, face, lag }: NodeFacts): string {
  const { status } = node;
  const parts = [node.name, face.word.toLowerCase()];
  if (status !== null && isUp(face)) {
    parts.push(`term ${String(status.term)}`, `commit ${String(status.commitIndex)}`);
  }
  if (lag !== null && face.kind !== 'leader') parts.push(`${String(lag)} entries behind`);
  return parts.join(', ');
}

function edgesOf(
  members: readonly NodeFacts[],
  view: ClusterView,
  history: History,
): readonly RingEdge[] {
  const centre = members.findIndex(({ node }) => node.id === view.health.leaderId);
  const from = centre >= 0 ? centre : members.findIndex(({ face }) => face.kind === 'candidate');
  const hub = members[from];
  if (hub === undefined) return [];
  return members.flatMap((to, at) =>
    at === from
      ? []
      : [edgeOf({ from: hub, fromAt: from, at, to, led: centre >= 0, view, history })],
  );
}

/** Which of the two ways of an edge a fault of either end works on. */
function faultyLane(leader: NodeFacts, follower: NodeFacts): 'append' | 'ack' | null {
  const works = (at: NodeFacts, peer: NodeFacts, direction: 'in' | 'out'): boolean =>
    at.node.status?.faults.some(
      (fault) => fault.peerId === peer.node.id && fault.direction === direction,
    ) ?? false;
  if (works(leader, follower, 'out') || works(follower, leader, 'in')) return 'append';
  if (works(leader, follower, 'in') || works(follower, leader, 'out')) return 'ack';
  return null;
}

interface EdgeInput {
  readonly from: NodeFacts;
  readonly fromAt: number;
  readonly at: number;
  readonly to: NodeFacts;
  readonly led: boolean;
  readonly view: ClusterView;
  readonly history: History;
}

function edgeOf({ from, fromAt, at, to, led, view, history }: EdgeInput): RingEdge {
  const entriesPerSecond = history.matchesPerSecondById[to.node.id] ?? 0;
  const roundTripMs = to.progress?.roundTripMs ?? null;
  const answers = to.face.kind === 'follower' || to.face.kind === 'non-voter';
  const kind =
    to.face.kind === 'frozen'
      ? 'still'
      : !led || !answers
        ? 'none'
        : to.face.kind === 'non-voter'
          ? 'catching-up'
          : 'replicating';
  return {
    from: fromAt,
    to: at,
    kind,
    entriesPerSecond,
    roundTripMs,
    slow: to.lags,
    fault: faultyLane(from, to),
    share: kind === 'catching-up' ? catchUpShare(to, view) : 0,
    rateText: formatRate(entriesPerSecond),
    roundTripText: roundTripMs === null ? '' : formatDuration(roundTripMs),
  };
}

/** Without the lanes that are cut both ways: nothing flows there, whatever it was before. */
export function withoutCutEdges(
  model: RingModel,
  isCut: (a: string, b: string) => boolean,
): RingModel {
  const idOf = (at: number): string => model.nodes[at]?.facts.node.id ?? '';
  const edges = model.edges.filter(({ from, to }) => !isCut(idOf(from), idOf(to)));
  return { ...model, edges };
}

/** The sentence under the ring. */
export function motionCaption(model: RingModel, drawsMessages: boolean): string {
  const carrying = model.edges.filter(
    ({ kind }) => kind === 'replicating' || kind === 'catching-up',
  );
  if (model.nodes.length === 1) return 'One node: it needs nobody to agree with.';
  const leader = model.nodes.find(({ facts }) => facts.face.kind === 'leader');
  if (leader === undefined) return 'No messages: nobody leads.';
  if (carrying.length === 0) return `No messages: nobody answers ${leader.facts.node.name}.`;
  const trips = carrying.flatMap(({ roundTripMs }) => (roundTripMs === null ? [] : [roundTripMs]));
  const slowest =
    trips.length === 0 ? '' : ` (last round trip ${formatDuration(Math.max(...trips))})`;
  return drawsMessages
    ? `Message speed is not to scale${slowest}`
    : `Messages are not drawn one by one${slowest}`;
}
