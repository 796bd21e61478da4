import { faultCommand, type FaultRequest } from '../../../main/contract/fault.ts';
import type { ClusterView, NodeView } from '../../../main/contract/model.ts';
import { quorumOf } from '../membership/quorum.ts';
import { redisCli } from '../nodes/commands.ts';
import type { Way } from './active-faults.ts';

/*
 * From what somebody ticks to the faults of single nodes. Pure: the same ticks give the same commands,
 * whether they are sent or copied.
 */

/** A fault and the node that is to be told of it. */
export interface PlannedFault {
  readonly nodeId: string;
  readonly fault: FaultRequest;
}

/** What is to be put in force together, or why it cannot be. */
export interface FaultPlan {
  readonly faults: readonly PlannedFault[];
  readonly problem: string | null;
}

/** Which side of a partition a node is on. */
export type Side = 'A' | 'B';
/** Which messages a partition stops. */
export type PartitionWay = 'both' | 'a-to-b' | 'b-to-a';

/** What happens to the messages of a link. */
export type LinkEffect =
  | { readonly kind: 'link-cut' }
  | { readonly kind: 'link-drop'; readonly probability: number }
  | { readonly kind: 'link-delay'; readonly delayMs: number; readonly jitterMs: number }
  | { readonly kind: 'link-rate'; readonly bytesPerSecond: number };

/** What happens to a node itself. */
export type NodeEffect = Extract<
  FaultRequest,
  { readonly kind: 'disk-slow' | 'disk-full' | 'disk-fsync-error' | 'clock-offset' }
>;

/** The members of a cluster that a fault can be about. */
export function targetsOf(view: ClusterView): readonly NodeView[] {
  return view.nodes.filter(({ removed }) => !removed);
}

/** Cuts every link between the sides. */
export function partitionPlan(
  view: ClusterView,
  sides: ReadonlyMap<string, Side>,
  way: PartitionWay,
): FaultPlan {
  return linkPlan(view, partitionWays(view, sides, way), { kind: 'link-cut' });
}

/** The directions of links that a partition stops. */
export function partitionWays(
  view: ClusterView,
  sides: ReadonlyMap<string, Side>,
  way: PartitionWay,
): readonly Way[] {
  const { a, b } = membersOfSides(view, sides);
  const forth = a.flatMap(({ id: from }) => b.map(({ id: to }) => ({ from, to })));
  const back = b.flatMap(({ id: from }) => a.map(({ id: to }) => ({ from, to })));
  return [...(way === 'b-to-a' ? [] : forth), ...(way === 'a-to-b' ? [] : back)];
}

/** The directions of the link between two nodes, or of all links of one (`to` is null). */
export function linkWays(
  view: ClusterView,
  from: string,
  to: string | null,
  bothWays: boolean,
): readonly Way[] {
  const others = to === null ? targetsOf(view).map(({ id }) => id) : [to];
  return others
    .filter((id) => id !== from)
    .flatMap((id) => [{ from, to: id }, ...(bothWays ? [{ from: id, to: from }] : [])]);
}

/**
 * The same effect on each of these directions. It is put where the messages leave, so that what is
 * measured are the messages that were sent; where that node does not answer, where they arrive.
 */
export function linkPlan(view: ClusterView, ways: readonly Way[], effect: LinkEffect): FaultPlan {
  const faults: PlannedFault[] = [];
  for (const { from, to } of ways) {
    const sender = view.nodes.find(({ id }) => id === from);
    const receiver = view.nodes.find(({ id }) => id === to);
    if (sender !== undefined && canBeTold(sender)) {
      faults.push({ nodeId: from, fault: { ...effect, peerId: to, direction: 'out' } });
    } else if (receiver !== undefined && canBeTold(receiver)) {
      faults.push({ nodeId: to, fault: { ...effect, peerId: from, direction: 'in' } });
    } else {
      const names = [sender?.name ?? from, receiver?.name ?? to].join(' nor ');
      return { faults: [], problem: `Neither ${names} answers, so there is nobody to tell.` };
    }
  }
  if (faults.length > 0) return { faults, problem: null };
  return { faults, problem: 'Nothing is between them: choose two sides, or two nodes.' };
}

/** The same effect on each of these nodes. */
export function nodePlan(
  view: ClusterView,
  nodeIds: readonly string[],
  effect: NodeEffect,
): FaultPlan {
  const nodes = targetsOf(view).filter(({ id }) => nodeIds.includes(id));
  const silent = nodes.find((node) => !canBeTold(node));
  if (nodes.length === 0) return { faults: [], problem: 'Choose a node.' };
  if (silent !== undefined) {
    return { faults: [], problem: `${silent.name} does not answer, so it cannot be told.` };
  }
  return { faults: nodes.map(({ id }) => ({ nodeId: id, fault: effect })), problem: null };
}

/** A frozen node keeps its socket open and answers nothing. */
function canBeTold({ connected, process }: NodeView): boolean {
  return connected && process !== 'frozen';
}

/** The plan as lines for a terminal, one for each node and fault. */
export function planCommands(
  view: ClusterView,
  plan: FaultPlan,
  leaseMs: number,
): readonly string[] {
  return plan.faults.flatMap(({ nodeId, fault }) => {
    const node = view.nodes.find(({ id }) => id === nodeId);
    return node === undefined ? [] : [redisCli(node.clientAddress, faultCommand(fault, leaseMs))];
  });
}

interface SideMembers {
  readonly a: readonly NodeView[];
  readonly b: readonly NodeView[];
}

function membersOfSides(view: ClusterView, sides: ReadonlyMap<string, Side>): SideMembers {
  const nodes = targetsOf(view);
  return {
    a: nodes.filter(({ id }) => sides.get(id) === 'A'),
    b: nodes.filter(({ id }) => (sides.get(id) ?? 'B') === 'B'),
  };
}

/** The leader alone on side A; the first node where nobody leads. */
export function leaderAlone(view: ClusterView): ReadonlyMap<string, Side> {
  const nodes = targetsOf(view);
  const lone = nodes.find(({ id }) => id === view.health.leaderId) ?? nodes[0];
  return new Map(nodes.map(({ id }) => [id, id === lone?.id ? 'A' : 'B']));
}

/** What a partition does to the cluster, before it is made. */
export function partitionPreview(
  view: ClusterView,
  sides: ReadonlyMap<string, Side>,
  way: PartitionWay,
): readonly string[] {
  const { a, b } = membersOfSides(view, sides);
  if (a.length === 0 || b.length === 0) return ['Both sides need a node.'];
  if (way !== 'both') return oneWayPreview(view, way === 'a-to-b' ? [a, b] : [b, a]);
  const voters = targetsOf(view).filter(isVoter);
  const quorum = quorumOf(voters.length);
  const strong = [a, b].find((side) => votesOf(side) >= quorum);
  if (strong === undefined) {
    return [
      `Neither side has ${String(quorum)} of ${String(voters.length)} votes: ` +
        'nobody can elect a leader or commit until it heals.',
    ];
  }
  const weak = strong === a ? b : a;
  const { leaderId } = view.health;
  const keeps = strong.some(({ id }) => id === leaderId);
  const loses = weak.some(({ id }) => id === leaderId);
  const majority = keeps ? 'keeps its leader' : 'can elect';
  const minority = loses ? 'still thinks it leads, cannot commit' : 'cannot elect';
  return [
    `Majority side: ${names(strong)} (${majority}).`,
    `Minority: ${names(weak)} (${minority}).`,
  ];
}

function oneWayPreview(
  view: ClusterView,
  [senders, receivers]: readonly [readonly NodeView[], readonly NodeView[]],
): readonly string[] {
  const { leaderId } = view.health;
  const first = `Nothing that ${names(senders)} sends reaches ${names(receivers)}; the other way is open.`;
  if (senders.some(({ id }) => id === leaderId)) {
    return [first, `${names(receivers)} will no longer hear the leader.`];
  }
  if (receivers.some(({ id }) => id === leaderId)) {
    return [first, `The leader will hear no answer from ${names(senders)}.`];
  }
  return [first];
}

function isVoter({ status }: NodeView): boolean {
  return status?.voter ?? true;
}

/** The votes that a side can count on: of voters that run. */
function votesOf(side: readonly NodeView[]): number {
  return side.filter((node) => isVoter(node) && canBeTold(node)).length;
}

function names(nodes: readonly NodeView[]): string {
  return nodes.map(({ name }) => name).join(', ');
}
