import type { NodeId } from '../raft/types.ts';
import type { DamageKind, Fault } from './fault.ts';
import { likelyLeader } from './clients.ts';
import { partitionLinks } from './partitions.ts';
import { FAULT_KINDS } from './profile.ts';
import type { FaultKind } from './profile.ts';
import type { Prng } from './prng.ts';
import type { SimNode } from './sim-node.ts';
import type { World } from './world.ts';

const DAMAGES: readonly DamageKind[] = [
  'record',
  'tail',
  'meta',
  'both-metas',
  'snapshot',
  'log',
  'old-log',
  'old-meta',
];
/** Effects within which a crash inside a call strikes. */
const EFFECTS_AHEAD = 12;
/** Servers a schedule may have in all. */
const NODES_MAX = 10;

/** Draws what happens next from the stream of faults. */
export class FaultSource {
  private readonly world: World;
  private readonly prng: Prng;
  private readonly kinds: readonly FaultKind[];
  private readonly weightSum: number;
  private nextId: number;
  /** Servers whose files were damaged: at most a minority, or nothing could be promised. */
  private readonly damaged = new Set<NodeId>();

  constructor(world: World) {
    this.world = world;
    this.prng = world.choices.stream('fault');
    const { weights } = world.profile.faults;
    this.kinds = FAULT_KINDS.filter((kind) => weights[kind] > 0);
    this.weightSum = this.kinds.reduce((sum, kind) => sum + weights[kind], 0);
    this.nextId = world.profile.voters + 1;
  }

  /** Time until the next fault, or Infinity. */
  delayUs(): number {
    if (this.weightSum === 0) return Infinity;
    return 1 + this.prng.below(this.world.profile.faults.meanUs * 2);
  }

  /** The next fault; null when what was drawn is not possible now. */
  next(): Fault | null {
    const kind = this.draw();
    const { faults } = this.world.profile;
    const node = this.anyNode();
    if (node === null) return null;
    const { id } = node;
    const downUs = this.upTo(faults.downUs);
    switch (kind) {
      case 'crash':
        return { kind, node: id, downUs };
      case 'crash-at-effect':
        return { kind, node: id, effects: 1 + this.prng.below(EFFECTS_AHEAD), downUs };
      case 'crash-leader':
        return { kind: 'crash', node: likelyLeader(this.world, id), downUs };
      case 'crash-all':
        return { kind: 'crash-all', downUs };
      case 'kill':
        return { kind: 'crash', node: id, downUs, isKill: true };
      case 'isolate':
      case 'split':
      case 'one-way':
      case 'bridge':
      case 'ring':
      case 'flap':
        return this.partition(kind);
      case 'swizzle':
        return { kind, cuts: this.swizzle() };
      case 'heal':
        return { kind };
      case 'reset-link':
        return { kind, node: id, peer: likelyLeader(this.world, id) };
      case 'pause':
        return { kind, node: id, forUs: this.upTo(faults.pauseUs) };
      case 'sleep':
        return { kind: 'pause', node: id, forUs: this.upTo(faults.pauseUs * 4), stopsClock: true };
      case 'clock-rate':
        return { kind, node: id, rate: this.prng.pick([0.5, 0.8, 1, 1.25, 2]) };
      case 'wall-jump':
        return { kind, node: id, byMs: (this.prng.float() * 2 - 1) * 3_600_000 };
      case 'slow-disk':
        return { kind, node: id, syncUs: this.upTo(200_000), forUs: this.upTo(1_000_000) };
      case 'write-error':
        return { kind, node: id, downUs };
      case 'disk-full':
        return {
          kind,
          nodes: this.prng.chance(0.2) ? this.ids() : [id],
          forUs: this.upTo(500_000),
        };
      case 'damage':
        return this.damage(node, downUs);
      case 'campaign':
        return { kind, node: id };
      case 'transfer':
        return { kind, node: likelyLeader(this.world, id), to: this.prng.chance(0.5) ? id : null };
      case 'snapshot':
        return { kind, node: id };
      case 'add':
      case 'remove':
      case 'promote':
      case 'demote':
        return this.membershipChange(kind, id);
    }
  }

  private partition(shape: Parameters<typeof partitionLinks>[0]): Fault {
    const blocked = partitionLinks(shape, this.ids(), this.prng);
    const forUs = this.upTo(this.world.profile.faults.partitionUs);
    const flapUs = shape === 'flap' ? this.upTo(forUs / 4) : 0;
    return { kind: 'partition', shape, blocked, forUs, flapUs };
  }

  /** Most servers, cut off one by one and brought back in another order. */
  private swizzle(): readonly (readonly [NodeId, number, number])[] {
    const spanUs = this.world.profile.faults.partitionUs;
    return this.ids().flatMap((id): readonly (readonly [NodeId, number, number])[] => {
      if (this.prng.chance(0.3)) return [];
      const cutUs = this.upTo(spanUs);
      return [[id, cutUs, cutUs + this.upTo(spanUs * 2)]];
    });
  }

  private damage(node: SimNode, downUs: number): Fault | null {
    for (const id of this.damaged) {
      const { state, ghost } = this.world.node(id);
      if (state === 'up' && !ghost.isDamaged) this.damaged.delete(id);
    }
    const voters = this.voters();
    const isTolerable = (this.damaged.size + 1) * 2 < voters.length;
    if (!isTolerable || this.damaged.has(node.id) || node.state !== 'up') return null;
    this.damaged.add(node.id);
    const damage = this.prng.pick(DAMAGES);
    return { kind: 'damage', node: node.id, damage, pick: this.prng.uint32(), downUs };
  }

  private membershipChange(
    kind: 'add' | 'remove' | 'promote' | 'demote',
    id: NodeId,
  ): Fault | null {
    const via = likelyLeader(this.world, id);
    if (kind !== 'add') return { kind, via, node: id };
    if (this.world.nodes.size >= NODES_MAX) return null;
    const node = String(this.nextId);
    this.nextId += 1;
    const voter = this.prng.chance(0.4);
    return { kind, via, node, voter, promote: !voter && this.prng.chance(0.7) };
  }

  private draw(): FaultKind {
    let rest = this.prng.float() * this.weightSum;
    for (const kind of this.kinds) {
      rest -= this.world.profile.faults.weights[kind];
      if (rest < 0) return kind;
    }
    return this.kinds[0] ?? 'heal';
  }

  private upTo(us: number): number {
    return 1 + Math.floor(this.prng.float() * us);
  }

  private ids(): NodeId[] {
    return [...this.world.nodes.values()].filter((node) => !node.isRetired).map(({ id }) => id);
  }

  private anyNode(): SimNode | null {
    const nodes = [...this.world.nodes.values()].filter((node) => !node.isRetired);
    return nodes.length === 0 ? null : this.prng.pick(nodes);
  }

  private voters(): readonly NodeId[] {
    const leader = this.world.nodes.get(likelyLeader(this.world, '1'));
    const { members } = leader?.ghost.log.membership.membership ?? { members: [] };
    return members.filter((member) => member.voter).map(({ id }) => id);
  }
}
