import type { LogWrite, OpenedLog, StorageError } from '../log/log-store.ts';
import type { RaftCore } from '../raft/core.ts';
import type { Message } from '../raft/message.ts';
import type { NodeId } from '../raft/types.ts';
import { Choices, type ChoiceTrace } from './choices.ts';
import type { CompanionMaker } from './companion.ts';
import { EventQueue } from './event-queue.ts';
import { Ghost } from './ghost.ts';
import { Coverage, zeroMarks } from './marks.ts';
import type { MarkCounts } from './marks.ts';
import { Network } from './network.ts';
import { NodeWatch } from './node-watch.ts';
import type { Profile } from './profile.ts';
import type { Prng } from './prng.ts';
import type { ClockWorld } from './sim-clock.ts';
import { SimNode } from './sim-node.ts';
import { zeroCounts } from './world-counts.ts';
import type { WorldCounts } from './world-counts.ts';

/** Something that will happen. */
type WorldEvent =
  | { readonly type: 'message'; readonly message: Message; readonly life: number }
  | {
      readonly type: 'task' | 'turn';
      readonly node: SimNode;
      readonly life: number;
      readonly run: () => void;
    }
  | {
      readonly type: 'timer';
      readonly node: SimNode;
      readonly life: number;
      readonly generation: number;
      readonly run: () => void;
    }
  | { readonly type: 'plan'; readonly name: string; readonly run: () => void };

/** Is told of every event, for traces. */
export type EventSink = (event: number, atUs: number, text: string) => void;

/**
 * A cluster in a world of its own: one queue of events, one clock, and chance from one seed. It is
 * entirely deterministic: the same seed and profile give the same events in the same order.
 */
export class World {
  readonly profile: Profile;
  readonly choices: Choices;
  readonly ghost = new Ghost();
  readonly network: Network;
  readonly nodes = new Map<NodeId, SimNode>();
  readonly marks: MarkCounts;
  readonly coverage: Coverage;
  readonly counts: WorldCounts = zeroCounts();
  nowUs = 0;
  sink: EventSink | null = null;
  /** Told when a node has died inside a call, by name of the place; the restart is the hearer's. */
  onDeath: ((node: SimNode, place: string) => void) | null = null;
  /** Told when a node's storage failed while it ran, or refused to open. */
  onStorageFailure: ((node: SimNode, error: StorageError | null) => void) | null = null;
  /** Makes a machine of someone's own beside the simulator's on each server that starts. */
  companions: CompanionMaker | null = null;
  private readonly queue = new EventQueue<WorldEvent>();
  /** Events in the queue that wait for the end of a server's pause, in the order of their turn. */
  private readonly heldUp = new Set<WorldEvent>();
  private readonly seeds: Prng;
  private readonly turnDelay;
  private readonly dying: { readonly node: SimNode; readonly place: string }[] = [];

  constructor(options: {
    readonly seed: number;
    readonly profile: Profile;
    readonly replay?: ChoiceTrace | null;
    readonly record?: boolean;
    readonly marks?: MarkCounts;
    readonly coverage?: Coverage;
  }) {
    const { seed, profile, replay = null, record = false } = options;
    this.profile = profile;
    this.choices = new Choices({ seed, replay, record });
    this.marks = options.marks ?? zeroMarks();
    this.coverage = options.coverage ?? new Coverage();
    this.seeds = this.choices.stream('run seeds');
    this.turnDelay = this.choices.point('turn', 'turn delay');
    this.network = new Network(profile.network, this.choices, (atUs, message) => {
      const life = this.nodes.get(message.to)?.life ?? 0;
      this.queue.push(atUs, { type: 'message', message, life });
    });
  }

  /** A new server that is not running yet. */
  addNode(id: NodeId): SimNode {
    const node = new SimNode(id, this);
    this.nodes.set(id, node);
    return node;
  }

  node(id: NodeId): SimNode {
    const node = this.nodes.get(id);
    if (node === undefined) throw new Error(`there is no server ${id}`);
    return node;
  }

  /** Runs `task` at this time, whatever became of the servers. */
  plan(atUs: number, name: string, run: () => void): void {
    this.queue.push(atUs, { type: 'plan', name, run });
  }

  /** True once a promise was broken. */
  isBroken(): boolean {
    return this.ghost.violation !== null;
  }

  /** Time of the next event, or Infinity. */
  nextAtUs(): number {
    return this.queue.nextAtUs();
  }

  /** Lets the next event happen. False when there is none. */
  step(): boolean {
    const atUs = this.queue.nextAtUs();
    const event = this.queue.pop();
    if (event === undefined) return false;
    this.nowUs = atUs;
    this.choices.nowUs = atUs;
    if (this.heldUp.size > 0) this.heldUp.delete(event);
    if (this.isDropped(event)) return true;
    const node = this.nodeOf(event);
    if (node !== undefined && node.pausedUntilUs > atUs && node.state !== 'down') {
      this.heldUp.add(event);
      this.queue.push(node.pausedUntilUs, event);
      return true;
    }
    this.counts.events += 1;
    this.ghost.nowUs = atUs;
    this.ghost.event = this.counts.events;
    this.sink?.(this.counts.events, atUs, describe(event));
    try {
      this.handle(event, node);
      if (node !== undefined && this.profile.turnDelayUs === 0) this.runDeferred(node);
    } catch (error) {
      this.ghost.violate('assert', errorText(error));
    }
    this.bury();
    return true;
  }

  /** Ends every pause: what was held up by one happens now. */
  endPauses(): void {
    for (const node of this.nodes.values()) {
      node.pausedUntilUs = Math.min(node.pausedUntilUs, this.nowUs);
    }
    if (this.heldUp.size === 0) return;
    this.queue.retain((event) => !this.heldUp.has(event));
    for (const event of this.heldUp) this.queue.push(this.nowUs, event);
    this.heldUp.clear();
  }

  /** Runs events until none is left before `untilUs`, a promise is broken, or `stop` says so. */
  run(limit: {
    readonly untilUs?: number;
    readonly eventsMax?: number;
    readonly stop?: () => boolean;
  }): void {
    const { untilUs = Infinity, eventsMax = Infinity, stop } = limit;
    // Asked before the first event too: it may be a draw that a replay of this schedule has not got.
    if (stop?.() === true) return;
    while (this.ghost.violation === null && this.counts.events < eventsMax) {
      if (this.queue.nextAtUs() > untilUs) {
        if (untilUs !== Infinity) {
          this.nowUs = untilUs;
          this.choices.nowUs = untilUs;
        }
        return;
      }
      if (!this.step()) return;
      if (stop?.() === true) return;
    }
  }

  /** Runs `task` for a node later, unless that life of it has ended by then. */
  later(node: SimNode, life: number, delayUs: number, run: () => void): void {
    this.queue.push(this.nowUs + delayUs, { type: 'task', node, life, run });
  }

  clockWorld(node: SimNode): ClockWorld {
    const life = node.life;
    return {
      nowUs: () => this.nowUs,
      setTimer: (atUs, run) => {
        node.timerGeneration += 1;
        const generation = node.timerGeneration;
        this.queue.push(atUs, { type: 'timer', node, life, generation, run });
      },
      clearTimer: () => {
        node.timerGeneration += 1;
      },
      defer: (run) => {
        if (this.profile.turnDelayUs === 0) {
          node.deferred.push(run);
          return;
        }
        const atUs = this.nowUs + this.turnDelay.below(this.profile.turnDelayUs);
        this.queue.push(atUs, { type: 'turn', node, life, run });
      },
    };
  }

  watch(node: SimNode, core: RaftCore): NodeWatch {
    const { ghost, marks, coverage } = this;
    const { raft: config } = this.profile;
    return new NodeWatch({ ghost, node: node.ghost, core, config, marks, coverage });
  }

  /** Runs something from outside on a node, as one input, with all that follows at once. */
  call(node: SimNode, run: () => void): void {
    try {
      run();
      if (this.profile.turnDelayUs === 0) this.runDeferred(node);
    } catch (error) {
      this.ghost.violate('assert', errorText(error));
    }
    this.bury();
  }

  send(from: SimNode, message: Message): void {
    this.counts.messages += 1;
    if (from.isRunning) this.network.send(this.nowUs, message);
  }

  runSeed(): bigint {
    return BigInt(this.seeds.uint32());
  }

  /** @param isKill only the process ends; below durability `high` no crash is more than that */
  crash(node: SimNode, isKill = false): void {
    if (node.state !== 'down') this.counts.crashes += 1;
    node.crash(isKill || (this.profile.durability ?? 'high') !== 'high');
  }

  noteDying(node: SimNode, place: string): void {
    this.dying.push({ node, place });
  }

  noteCrash(
    node: SimNode,
    at: { readonly isKill: boolean; readonly writing: LogWrite | null },
  ): void {
    const { marks } = this;
    if (at.writing !== null) marks['crash with a write in flight'] += 1;
    if (node.disk.unsynced.length > 0) {
      marks[at.isKill ? 'kill that keeps unsynced writes' : 'crash that loses unsynced writes'] +=
        1;
    }
    if (node.snapshotDisk.writing > 0) marks['crash with a snapshot half written'] += 1;
    if (node.snapshotDisk.receiving > 0) marks['crash while a snapshot is received'] += 1;
    const { durable } = node.ghost;
    if (durable.snapshotIndex >= durable.firstIndex && durable.snapshotIndex > 0) {
      marks['crash between snapshot and trim'] += 1;
    }
  }

  noteStart(node: SimNode, { recovered, repair }: OpenedLog): void {
    this.counts.restarts += 1;
    const { marks } = this;
    if (repair !== null) marks['server starts with a damaged log'] += 1;
    if (recovered.snapshot !== null) marks['restart from a snapshot'] += 1;
    if (recovered.snapshot !== null && recovered.lastIndex < recovered.firstIndex) {
      marks['restart with an empty log behind a snapshot'] += 1;
    }
    if (recovered.lastIndex > node.ghost.durable.lastIndex) {
      marks['crash that keeps a write in flight'] += 1;
    }
  }

  noteRefused(node: SimNode, error: StorageError | null): void {
    node.ghost.mustBeSilent = true;
    this.ghost.vacuity.S29 += 1;
    if (error?.code === 'DAMAGED') this.marks['damaged storage refused at the start'] += 1;
    if (error?.code === 'DAMAGED' && !node.ghost.isDamaged) {
      this.ghost.violate('S29', `${node.id} finds damage that nobody did: ${error.message}`);
    }
    this.onStorageFailure?.(node, error);
  }

  storageFailed(node: SimNode, error: StorageError): void {
    this.marks['write failed'] += 1;
    node.state = 'failed';
    node.ghost.mustBeSilent = true;
    this.ghost.vacuity.S29 += 1;
    this.onStorageFailure?.(node, error);
  }

  private handle(event: WorldEvent, node: SimNode | undefined): void {
    if (event.type !== 'message') {
      event.run();
      return;
    }
    this.counts.arrivals += 1;
    if (node === undefined || !node.isRunning || this.network.swallows(event.message)) return;
    if (event.life !== node.life) this.marks['message delivered to a server restarted since'] += 1;
    node.receive(event.message);
  }

  private runDeferred(node: SimNode): void {
    for (let task = node.deferred.shift(); task !== undefined; task = node.deferred.shift()) {
      if (node.dying) return;
      task();
    }
  }

  private isDropped(event: WorldEvent): boolean {
    switch (event.type) {
      case 'message':
      case 'plan':
        return false;
      case 'task':
      case 'turn':
        return event.life !== event.node.life;
      case 'timer':
        return event.life !== event.node.life || event.generation !== event.node.timerGeneration;
    }
  }

  private nodeOf(event: WorldEvent): SimNode | undefined {
    if (event.type === 'plan') return undefined;
    return event.type === 'message' ? this.nodes.get(event.message.to) : event.node;
  }

  /** Servers that died inside the event that has just been handled. */
  private bury(): void {
    for (let dead = this.dying.shift(); dead !== undefined; dead = this.dying.shift()) {
      this.crash(dead.node);
      this.onDeath?.(dead.node, dead.place);
    }
  }
}

function describe(event: WorldEvent): string {
  switch (event.type) {
    case 'message':
      return describeMessage(event.message);
    case 'plan':
      return event.name;
    case 'task':
    case 'turn':
    case 'timer':
      return `${event.node.id} ${event.type}`;
  }
}

/** One line about a message: all of it but the bytes. */
export function describeMessage(message: Message): string {
  const { from, to, type, term, ...rest } = message;
  const fields = Object.entries(rest).map(([name, value]) => {
    if (name === 'runs' && Array.isArray(value)) return `runs=${value.length}`;
    if (value instanceof Uint8Array) return `${name}=${value.length}B`;
    if (typeof value === 'object') return `${name}=…`;
    return `${name}=${String(value)}`;
  });
  return `${from}>${to} ${type} t${term} ${fields.join(' ')}`;
}

function errorText(error: unknown): string {
  if (error instanceof Error) return error.stack ?? error.message;
  return String(error);
}
