import type { StorageError } from '../log/log-store.ts';
import type { MembershipChange } from '../raft/core.ts';
import type { NodeId } from '../raft/types.ts';
import type { Clients } from './clients.ts';
import { damageDisk } from './disk-damage.ts';
import type { Fault } from './fault.ts';
import type { SimNode } from './sim-node.ts';
import { memberOf } from './first-write.ts';
import type { World } from './world.ts';

/** A server whose storage failed, or could not be opened, is started again after this. */
const RETRY_US = 100_000;
/** From the end of a process to the notice at the other end of its connections, at most. */
const CLOSE_US = 2_000;

/** Does to the cluster what a fault says. */
export class Nemesis {
  /** Set when the faults are over: nothing new goes wrong by itself. */
  isOver = false;
  private readonly world: World;
  private readonly clients: Clients;

  constructor(world: World, clients: Clients) {
    this.world = world;
    this.clients = clients;
    world.onDeath = (node) => {
      this.fell(node, node.downUsAfterCrash);
    };
    world.onStorageFailure = (node, error) => {
      this.storageFailed(node, error);
    };
  }

  apply(fault: Fault): void {
    switch (fault.kind) {
      case 'crash':
        this.crash(this.find(fault.node), fault.downUs, fault.isKill);
        break;
      case 'crash-all':
        for (const node of this.world.nodes.values()) this.crash(node, fault.downUs);
        this.world.marks['all servers down at once'] += 1;
        break;
      case 'crash-at-effect':
        this.arm(this.find(fault.node), fault);
        break;
      case 'partition':
        this.partition(fault);
        break;
      case 'swizzle':
        this.swizzle(fault.cuts);
        break;
      case 'heal':
        this.world.network.heal();
        break;
      case 'reset-link':
        this.closeLink(fault.node, fault.peer);
        this.closeLink(fault.peer, fault.node);
        break;
      case 'pause':
        this.pause(this.find(fault.node), fault);
        break;
      case 'clock-rate':
      case 'wall-jump':
        this.disturbClock(fault);
        break;
      case 'slow-disk':
      case 'write-error':
      case 'disk-full':
        this.disturbDisk(fault);
        break;
      case 'damage':
        this.damage(fault);
        break;
      case 'campaign':
      case 'transfer':
      case 'snapshot':
        this.ask(fault);
        break;
      case 'add':
      case 'remove':
      case 'promote':
      case 'demote':
        this.changeMembership(fault);
        break;
    }
  }

  /** The faults are over: links are whole, disks are quick, everyone runs. */
  heal(): void {
    const { world } = this;
    this.isOver = true;
    world.network.heal();
    world.endPauses();
    for (const node of world.nodes.values()) {
      node.clockRate = 1;
      node.clock?.setRate(1);
      node.clock?.wake();
      node.crashAtEffect = Infinity;
      world.call(node, () => {
        node.disk.repair();
      });
      if (node.state === 'failed') this.crash(node, 1);
      else if (node.state === 'down') this.startLater(node, 1);
    }
  }

  crash(node: SimNode | undefined, downUs: number, isKill = false): void {
    if (node === undefined || node.state === 'refused') return;
    this.world.crash(node, isKill);
    this.fell(node, downUs);
  }

  private fell(node: SimNode, downUs: number): void {
    this.clients.forget(node);
    for (const { id } of this.world.nodes.values()) this.closeLink(id, node.id);
    this.startLater(node, downUs);
  }

  /** `id` hears soon that its connection to `peer` is closed, unless the link is blocked. */
  private closeLink(id: NodeId, peer: NodeId): void {
    const { world } = this;
    const node = this.find(id);
    if (id === peer || node?.isRunning !== true || world.network.isBlocked(peer, id)) return;
    const { life } = node;
    const delayUs = 1 + world.choices.point('net', `close ${peer}>${id}`).below(CLOSE_US);
    world.plan(world.nowUs + delayUs, `${id} hears that ${peer} closed`, () => {
      if (!node.isRunning || node.life !== life) return;
      world.marks['connection to the leader closed'] += node.core?.leaderId() === peer ? 1 : 0;
      world.call(node, () => node.driver?.linkClosed(peer));
    });
  }

  private startLater(node: SimNode, delayUs: number): void {
    const life = node.life;
    this.world.plan(this.world.nowUs + delayUs, `${node.id} starts`, () => {
      if (node.life === life) node.start();
    });
  }

  private storageFailed(node: SimNode, error: StorageError | null): void {
    this.clients.forget(node);
    if (error?.code === 'DAMAGED') return;
    const life = node.life;
    this.world.plan(this.world.nowUs + RETRY_US, `${node.id} is replaced`, () => {
      if (node.life === life && node.state === 'failed') this.crash(node, 1);
    });
  }

  private arm(
    node: SimNode | undefined,
    fault: { readonly effects: number; readonly downUs: number },
  ): void {
    if (node === undefined || node.state === 'down') return;
    node.crashAtEffect = node.effects + fault.effects;
    node.downUsAfterCrash = fault.downUs;
  }

  private partition(fault: Extract<Fault, { readonly kind: 'partition' }>): void {
    const { network, nowUs } = this.world;
    const endUs = nowUs + fault.forUs;
    const cut = (): void => {
      for (const [from, to] of fault.blocked) network.block(from, to);
    };
    const mend = (): void => {
      for (const [from, to] of fault.blocked) network.unblock(from, to);
    };
    cut();
    this.world.plan(endUs, 'partition ends', () => {
      // Healing has ended it already, and may have cut other links since.
      if (!this.isOver) mend();
    });
    if (fault.flapUs === 0) return;
    const flap = (isCut: boolean): void => {
      const atUs = this.world.nowUs + fault.flapUs;
      if (atUs >= endUs || this.isOver) return;
      this.world.plan(atUs, isCut ? 'links return' : 'links break', () => {
        if (this.isOver) return;
        if (isCut) mend();
        else cut();
        flap(!isCut);
      });
    };
    flap(true);
  }

  private swizzle(cuts: Extract<Fault, { readonly kind: 'swizzle' }>['cuts']): void {
    const { world } = this;
    const away = new Set<NodeId>();
    const join = (id: NodeId, isAway: boolean): void => {
      if (isAway) away.add(id);
      else away.delete(id);
      for (const other of world.nodes.keys()) {
        if (other === id) continue;
        for (const [from, to] of [[id, other] as const, [other, id] as const]) {
          if (away.has(id) || away.has(other)) world.network.block(from, to);
          else world.network.unblock(from, to);
        }
      }
      if (away.size > 1) world.marks['links lost and regained in another order'] += 1;
    };
    for (const [id, cutUs, backUs] of cuts) {
      world.plan(world.nowUs + cutUs, `${id} is cut off`, () => {
        if (!this.isOver) join(id, true);
      });
      world.plan(world.nowUs + backUs, `${id} is back`, () => {
        if (!this.isOver) join(id, false);
      });
    }
  }

  private pause(
    node: SimNode | undefined,
    { forUs, stopsClock = false }: Extract<Fault, { readonly kind: 'pause' }>,
  ): void {
    if (node === undefined || node.state === 'down') return;
    node.pausedUntilUs = Math.max(node.pausedUntilUs, this.world.nowUs + forUs);
    if (stopsClock && node.clock !== null) {
      node.clock.sleepUntil(this.world.nowUs + forUs);
      this.world.marks['clock stood still'] += 1;
    }
    if (forUs > this.world.profile.raft.electionTimeoutMaxMs * 1000) {
      this.world.marks['server paused longer than an election timeout'] += 1;
    }
  }

  private disturbClock(fault: Extract<Fault, { readonly kind: 'clock-rate' | 'wall-jump' }>): void {
    const node = this.find(fault.node);
    if (node === undefined) return;
    if (fault.kind === 'clock-rate') {
      node.clockRate = fault.rate;
      node.clock?.setRate(fault.rate);
    } else {
      node.wallOffsetMs += fault.byMs;
      node.clock?.jumpWall(fault.byMs);
    }
  }

  private disturbDisk(
    fault: Extract<Fault, { readonly kind: 'slow-disk' | 'write-error' | 'disk-full' }>,
  ): void {
    if (fault.kind === 'disk-full') {
      this.world.marks['disk full'] += 1;
      for (const id of fault.nodes) {
        const faults = this.find(id)?.disk.faults;
        if (faults === undefined) continue;
        faults.isFull = true;
        this.world.plan(this.world.nowUs + fault.forUs, `${id} has space again`, () => {
          faults.isFull = false;
        });
      }
      return;
    }
    const faults = this.find(fault.node)?.disk.faults;
    if (faults === undefined) return;
    if (fault.kind === 'write-error') {
      faults.failNext = true;
      return;
    }
    faults.slowUs = fault.syncUs;
    this.world.plan(this.world.nowUs + fault.forUs, `${fault.node} is quick again`, () => {
      faults.slowUs = 0;
    });
  }

  private damage(fault: Extract<Fault, { readonly kind: 'damage' }>): void {
    const node = this.find(fault.node);
    if (node === undefined) return;
    this.crash(node, fault.downUs);
    if (!damageDisk(node, fault.damage, fault.pick)) return;
    node.ghost.isDamaged = true;
  }

  private ask(
    fault: Extract<Fault, { readonly kind: 'campaign' | 'transfer' | 'snapshot' }>,
  ): void {
    const node = this.find(fault.node);
    if (node?.isRunning !== true) return;
    this.world.call(node, () => {
      const { driver, core } = node;
      if (driver === null || core === null) return;
      const nobodyWaits = (): void => undefined;
      if (fault.kind === 'snapshot') driver.takeSnapshot(nobodyWaits);
      else if (fault.kind === 'campaign') driver.ask(() => core.campaign(), nobodyWaits);
      else driver.ask(() => core.transferLeadership(fault.to), nobodyWaits);
    });
  }

  private changeMembership(
    fault: Extract<Fault, { readonly kind: 'add' | 'remove' | 'promote' | 'demote' }>,
  ): void {
    const via = this.find(fault.via);
    if (via?.isRunning !== true) return;
    if (fault.kind === 'add' && !this.world.nodes.has(fault.node)) {
      this.world.addNode(fault.node).start();
    }
    const change: MembershipChange =
      fault.kind === 'add'
        ? { type: 'add', member: memberOf(fault.node, fault) }
        : { type: fault.kind, id: fault.node };
    this.world.call(via, () => {
      via.driver?.changeMembership(change, {
        applied: () => {
          this.world.counts.membershipChanges += 1;
        },
        failed: () => undefined,
      });
    });
  }

  private find(id: NodeId): SimNode | undefined {
    return this.world.nodes.get(id);
  }
}
