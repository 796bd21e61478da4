import { Clients, likelyLeader } from '../../../node-engine/sim/clients.ts';
import type { Fault } from '../../../node-engine/sim/fault.ts';
import { foundCluster } from '../../../node-engine/sim/founding.ts';
import { Healing } from '../../../node-engine/sim/healing.ts';
import type { InvariantId } from '../../../node-engine/sim/invariants/invariant.ts';
import type { Coverage, MarkCounts } from '../../../node-engine/sim/marks.ts';
import { Nemesis } from '../../../node-engine/sim/nemesis.ts';
import { PERFECT_NETWORK } from '../../../node-engine/sim/network.ts';
import { noFaults } from '../../../node-engine/sim/profile.ts';
import type { Profile } from '../../../node-engine/sim/profile.ts';
import { QUICK_DISK } from '../../../node-engine/sim/disk-profile.ts';
import type { SimNode } from '../../../node-engine/sim/sim-node.ts';
import { World } from '../../../node-engine/sim/world.ts';
import type { EventSink } from '../../../node-engine/sim/world.ts';
import type { RaftConfig } from '../../../node-engine/raft/config.ts';
import type { Message, MessageType } from '../../../node-engine/raft/message.ts';
import type { NodeId } from '../../../node-engine/raft/types.ts';

/** What a script may choose beside the number of voters. */
export interface ScenarioOptions {
  readonly raft?: Partial<RaftConfig>;
  readonly snapshotEntries?: number;
  readonly trailingEntries?: number;
  readonly snapshotPaddingBytes?: number;
}

/** One directed schedule. */
export interface Script {
  readonly name: string;
  readonly voters: number;
  readonly options?: ScenarioOptions;
  readonly run: (scenario: Scenario) => void;
  /** The script ends with servers that must not be started again, so there is no recovery. */
  readonly hasNoRecovery?: boolean;
}

/** A crash that a sweep adds to a script. */
export interface AddedCrash {
  readonly node: NodeId;
  /** Place where the server touches the outside world, counted from its first start. */
  readonly effect: number;
}

const RAFT: RaftConfig = {
  electionTimeoutMinMs: 100,
  electionTimeoutMaxMs: 200,
  heartbeatIntervalMs: 25,
  commitNoticeDelayMs: 0,
  appendBytesMax: 1024 * 1024,
  appendsInFlightMax: 16,
  bytesInFlightMax: 8 * 1024 * 1024,
  uncommittedBytesMax: 1024 * 1024,
  cacheBytesMax: 1024 * 1024,
  snapshotChunkBytes: 400,
  promotionLagMax: 0,
};

const RESTART_US = 30_000;

function profileOf(script: Script): Profile {
  const { options = {}, voters, name } = script;
  return {
    name,
    voters,
    grows: false,
    eventsMax: 100_000,
    raft: { ...RAFT, ...options.raft },
    snapshotEntries: options.snapshotEntries ?? 0,
    trailingEntries: options.trailingEntries ?? 0,
    snapshotPaddingBytes: options.snapshotPaddingBytes ?? 0,
    network: PERFECT_NETWORK,
    disk: QUICK_DISK,
    turnDelayUs: 0,
    clockSpread: 1,
    clients: { count: 0, meanUs: 0, reads: 0, followerReads: 0, burst: 1, paddingBytes: 0 },
    faults: { meanUs: 0, weights: noFaults(), partitionUs: 0, downUs: 0, pauseUs: 0 },
  };
}

/**
 * A cluster that a script drives by hand: nothing goes wrong but what the script says. Its steps are
 * attempts: with a crash added by a sweep they may come to nothing, and the invariants must hold all
 * the same. What a script needs to have reached, it says with `expect`.
 */
export class Scenario {
  readonly world: World;
  readonly clients: Clients;
  readonly nemesis: Nemesis;
  /** What a script expected and did not find. */
  readonly missed: string[] = [];
  private readonly seen: Message[] = [];
  private readonly hasAddedCrash: boolean;
  private dropping: ((message: Message) => boolean) | null = null;
  private holding: ((message: Message) => boolean) | null = null;
  private candidate: NodeId | null = null;

  constructor(
    script: Script,
    options: {
      readonly seed: number;
      readonly added: AddedCrash | null;
      readonly sink: EventSink | null;
      readonly onWorld?: (world: World) => void;
      readonly marks?: MarkCounts;
      readonly coverage?: Coverage;
    },
  ) {
    const { seed, marks, coverage } = options;
    this.world = new World({
      seed,
      profile: profileOf(script),
      ...(marks === undefined ? {} : { marks }),
      ...(coverage === undefined ? {} : { coverage }),
    });
    this.world.sink = options.sink;
    options.onWorld?.(this.world);
    this.hasAddedCrash = options.added !== null;
    this.clients = new Clients(this.world, true);
    this.nemesis = new Nemesis(this.world, this.clients);
    this.world.network.ruling = (message) => {
      this.seen.push(message);
      if (this.dropping?.(message) === true || this.isUnwanted(message)) return 'drop';
      return this.holding?.(message) === true ? 'hold' : 'pass';
    };
    foundCluster(
      this.world,
      Array.from({ length: script.voters }, (_, place) => String(place + 1)),
    );
    if (options.added !== null) {
      const node = this.node(options.added.node);
      node.crashAtEffect = options.added.effect;
      node.downUsAfterCrash = RESTART_US;
    }
    this.run(5);
  }

  node(id: NodeId): SimNode {
    return this.world.node(id);
  }

  /** Lets time pass. */
  run(ms: number): void {
    this.world.run({ untilUs: this.world.nowUs + ms * 1000 });
  }

  /** Lets time pass until `condition` holds, at most `ms`. True when it does. */
  until(condition: () => boolean, ms: number): boolean {
    if (condition()) return true;
    this.world.run({ untilUs: this.world.nowUs + ms * 1000, stop: condition });
    return condition();
  }

  /** Notes what the script needed to reach and did not. */
  expect(condition: boolean, what: string): void {
    if (!condition) this.missed.push(what);
  }

  /** The server has caught up: it has applied everything up to `index`. */
  expectApplied(id: NodeId, index: number): void {
    this.expect(this.node(id).ghost.appliedIndex >= index, `${id} has caught up`);
  }

  leads(id: NodeId): boolean {
    const { ghost, isRunning } = this.node(id);
    return isRunning && ghost.role === 'leader';
  }

  /** Makes a server ask for votes now. */
  campaign(id: NodeId): void {
    this.apply({ kind: 'campaign', node: id });
  }

  /** Until told otherwise nobody hears requests for votes of anyone but this server. */
  onlyCandidate(id: NodeId | null): void {
    this.candidate = id;
  }

  /** Makes a server the leader, if the others let it. */
  lead(id: NodeId): void {
    const { candidate } = this;
    this.onlyCandidate(id);
    this.bringToLead(id);
    this.onlyCandidate(candidate);
    this.expect(this.leads(id), `${id} should lead`);
  }

  private bringToLead(id: NodeId): void {
    for (let attempt = 0; attempt < 30 && !this.leads(id); attempt += 1) {
      const other = likelyLeader(this.world, id);
      if (other !== id && !this.world.network.isBlocked(other, id)) this.transfer(other, id);
      else this.campaign(id);
      this.until(() => this.leads(id), 12);
    }
    this.until(() => this.node(id).core?.leadsWithCommit() === true, 20);
  }

  private isUnwanted({ type, from }: Message): boolean {
    const isAsking = type === 'PreVoteRequest' || type === 'RequestVoteRequest';
    return isAsking && this.candidate !== null && from !== this.candidate;
  }

  /** Waits until anyone leads and has committed; its id. */
  anyLeader(ms = 2000): NodeId {
    const leader = (): SimNode | undefined =>
      [...this.world.nodes.values()].find((node) => node.core?.leadsWithCommit() === true);
    this.until(() => leader() !== undefined, ms);
    this.expect(leader() !== undefined, 'someone should lead');
    return leader()?.id ?? likelyLeader(this.world, '1');
  }

  /** Sends writes to a server. */
  write(id: NodeId, count = 1): void {
    this.clients.run({ client: 0, kind: 'write', node: id, count });
  }

  /** Writes one after the other, each an entry of its own. */
  writes(id: NodeId, count: number): void {
    for (let done = 0; done < count; done += 1) {
      this.write(id);
      this.run(3);
    }
  }

  read(id: NodeId): void {
    this.clients.run({ client: 1, kind: 'read', node: id, count: 1 });
  }

  followerRead(id: NodeId): void {
    this.clients.run({ client: 1, kind: 'follower-read', node: id, count: 1 });
  }

  agedRead(id: NodeId, maxAgeMs: number): void {
    this.clients.run({ client: 1, kind: 'aged-read', node: id, count: 1, maxAgeMs });
  }

  apply(fault: Fault): void {
    this.nemesis.apply(fault);
  }

  crash(id: NodeId): void {
    this.world.crash(this.node(id));
    this.clients.forget(this.node(id));
  }

  start(...ids: readonly NodeId[]): void {
    for (const id of ids) this.node(id).start();
    this.run(5);
  }

  /** Cuts a server off from all others. */
  isolate(id: NodeId): void {
    const others = [...this.world.nodes.keys()].filter((other) => other !== id);
    this.split([id], others);
  }

  split(left: readonly NodeId[], right: readonly NodeId[]): void {
    for (const one of left) for (const other of right) this.cut(one, other);
    for (const one of right) for (const other of left) this.cut(one, other);
  }

  /** Cuts one direction. */
  cut(from: NodeId, to: NodeId): void {
    this.world.network.block(from, to);
  }

  heal(): void {
    this.world.network.heal();
  }

  /** From now on such messages are lost; null: none. */
  drop(which: ((message: Message) => boolean) | null): void {
    this.dropping = which;
  }

  /** From now on such messages are held back; null: no more, but those held stay. */
  hold(which: ((message: Message) => boolean) | null): void {
    this.holding = which;
  }

  /** Messages held back, in the order they were sent. */
  held(): readonly Message[] {
    return [...this.world.network.held];
  }

  /** Lets held messages arrive, those for which `which` is true. */
  release(which: (message: Message) => boolean = () => true): void {
    for (const message of this.held()) {
      if (which(message)) this.world.network.release(this.world.nowUs, message);
    }
    this.run(1);
  }

  /** Messages of this kind sent so far, oldest first. */
  sent(type: MessageType, from: NodeId, to: NodeId): readonly Message[] {
    return this.seen.filter(
      (message) => message.type === type && message.from === from && message.to === to,
    );
  }

  /** A message arrives again, as a network may do at any time. */
  again(message: Message | undefined): void {
    this.expect(message !== undefined, 'a message to repeat');
    if (message !== undefined) this.world.network.release(this.world.nowUs, message);
    this.run(1);
  }

  /** What the server's disk does from now on does not end before `letGo`. */
  holdDisk(id: NodeId): void {
    this.node(id).disk.faults.isHeld = true;
  }

  letGo(id: NodeId): void {
    const node = this.node(id);
    this.world.call(node, () => {
      node.disk.repair();
    });
    this.run(2);
  }

  add(via: NodeId, id: NodeId, standing: { voter: boolean; promote: boolean }): void {
    if (!this.world.nodes.has(id)) this.world.addNode(id).start();
    this.apply({ kind: 'add', via, node: id, ...standing });
    this.run(10);
  }

  remove(via: NodeId, id: NodeId): void {
    this.apply({ kind: 'remove', via, node: id });
    this.run(10);
  }

  transfer(from: NodeId, to: NodeId | null): void {
    this.apply({ kind: 'transfer', node: from, to });
  }

  snapshot(id: NodeId): void {
    this.apply({ kind: 'snapshot', node: id });
    this.run(5);
  }

  last(id: NodeId): number {
    return this.node(id).ghost.log.lastIndex;
  }

  committed(id: NodeId): number {
    return this.node(id).ghost.commitIndex;
  }

  term(id: NodeId): number {
    return this.node(id).ghost.term;
  }

  /** What must hold without a crash that a sweep adds: that crash may be the cause. */
  promise(invariant: InvariantId, holds: boolean, message: string): void {
    if (!this.hasAddedCrash) this.world.ghost.check(invariant, holds, () => message);
  }

  /** Lets time pass, in which nobody has a reason to be elected (L4). */
  runUndisturbed(ms: number, message: string): void {
    const elections = this.world.ghost.leaders.size;
    this.run(ms);
    this.promise('L4', this.world.ghost.leaders.size === elections, message);
  }

  /** The cluster makes progress with the servers and links as they are now (L1). */
  expectProgress(): void {
    const { world } = this;
    const before = this.clients.acknowledgedIndex;
    const timeoutMs = world.profile.raft.electionTimeoutMaxMs;
    const hasCommitted = (): boolean => this.clients.acknowledgedIndex > before;
    for (let tries = 0; tries < 40 && !hasCommitted() && !world.isBroken(); tries += 1) {
      this.write(likelyLeader(world, '1'));
      this.until(hasCommitted, timeoutMs / 4);
    }
    world.ghost.check('L1', hasCommitted() || world.isBroken(), () => {
      return 'no write was answered within ten election timeouts';
    });
  }

  /** Everything that was wrong ends, and the cluster must recover (L1, L2). */
  recover(): void {
    if (this.world.isBroken()) return;
    this.drop(null);
    this.hold(null);
    this.onlyCandidate(null);
    new Healing(this.world, this.clients, this.nemesis).run();
  }
}
