import { openStore } from '../log/open-store.ts';
import type { LogStore, LogWrite, OpenedLog, StorageError } from '../log/log-store.ts';
import { Driver } from '../node/driver.ts';
import { Raft } from '../raft/raft.ts';
import type { Message } from '../raft/message.ts';
import type { NodeId, SnapshotMeta } from '../raft/types.ts';
import { commandOffset } from '../resp/command-run.ts';
import { HashingMachine } from './hashing-machine.ts';
import { checkRecovered, noteDurable } from './invariants/durability.ts';
import { checkAppliedCommand, checkState } from './invariants/machine.ts';
import { checkRepairSilence } from './invariants/repair.ts';
import { checkSilence } from './invariants/silence.ts';
import { checkDraft } from './invariants/snapshot.ts';
import type { ChoicePoint } from './choices.ts';
import { NodeGhost } from './node-ghost.ts';
import { NodeWatch } from './node-watch.ts';
import { ObservedCore } from './observed-core.ts';
import { SimClock } from './sim-clock.ts';
import type { DiskWorld } from './disk-profile.ts';
import { SimDisk } from './sim-disk.ts';
import type { SimMedium } from './sim-disk.ts';
import { SimSnapshotDisk } from './sim-snapshots.ts';
import type { SimSnapshotStore } from './sim-snapshots.ts';
import type { World } from './world.ts';

/**
 * - `down`: not running.
 * - `opening`: reads its disk.
 * - `up`: runs.
 * - `failed`: its storage failed; it does nothing until it is started again.
 * - `refused`: its storage is damaged and it will not start.
 */
export type NodeState = 'down' | 'opening' | 'up' | 'failed' | 'refused';

/** Evenly spaced values an election timeout is drawn from. */
const RANDOM_STEPS = 1024;
/** Rates between the slowest and the fastest clock. */
const RATE_STEPS = 64;
/** Every simulated cluster has the same name. */
export const CLUSTER_ID = '00000000000000000000000000000001';

/**
 * One server of the simulated cluster: the product's core, driver and store step on a simulated disk,
 * clock and network. The disks live on over its crashes; all else is new in each life.
 */
export class SimNode {
  readonly id: NodeId;
  readonly disk: SimDisk;
  readonly snapshotDisk: SimSnapshotDisk;
  readonly ghost: NodeGhost;
  state: NodeState = 'down';
  /** Grows with every start; what was planned in an earlier life is dropped. */
  life = 0;
  /** A crash struck inside a call; the server does nothing any more and falls when the call ends. */
  dying = false;
  /** Places where it touched the outside world, in this life. */
  effects = 0;
  crashAtEffect = Infinity;
  downUsAfterCrash = 0;
  pausedUntilUs = 0;
  timerGeneration = 0;
  clockRate = 1;
  wallOffsetMs = 0;
  /** Nothing starts it again: it was switched off after its removal. */
  isRetired = false;
  driver: Driver | null = null;
  core: ObservedCore | null = null;
  clock: SimClock | null = null;
  machine: HashingMachine | null = null;
  watch: NodeWatch | null = null;
  readonly deferred: (() => void)[] = [];
  private readonly world: World;
  private readonly timeouts: ChoicePoint;
  private medium: SimMedium | null = null;
  private snapshots: SimSnapshotStore | null = null;
  private writing: LogWrite | null = null;
  private sequenceWritten = 0;

  constructor(id: NodeId, world: World) {
    this.id = id;
    this.world = world;
    this.disk = new SimDisk(id, world.profile.disk, world.choices);
    this.snapshotDisk = new SimSnapshotDisk(id, this.disk, world.choices);
    this.timeouts = world.choices.point(`timer ${id}`, `timeout ${id}`);
    this.clockRate = drawnRate(world, id);
    this.ghost = new NodeGhost(id);
    world.ghost.nodes.set(id, this.ghost);
  }

  get isRunning(): boolean {
    return this.state === 'up' && !this.dying;
  }

  /** Starts the server from what is on its disk. */
  start(): void {
    if (this.state === 'opening' || this.state === 'up' || this.isRetired) return;
    this.life += 1;
    this.state = 'opening';
    this.dying = false;
    this.effects = 0;
    this.crashAtEffect = Infinity;
    this.sequenceWritten = 0;
    const life = this.life;
    const diskWorld: DiskWorld = {
      nowUs: () => this.world.nowUs,
      complain: (what) => {
        this.world.ghost.violate('S29', `the store of ${this.id} ${what}`);
      },
      later: (delayUs, task) => {
        this.world.later(this, life, delayUs, task);
      },
      effect: (name) => this.life === life && this.effect(name),
    };
    this.medium = this.disk.open(diskWorld);
    this.snapshots = this.snapshotDisk.open(diskWorld, (snapshot) => {
      this.noteSnapshot(snapshot);
    });
    this.snapshots.onDraft = (draft) => {
      checkDraft(this.world.ghost, this.ghost, draft);
      this.world.marks['snapshot taken'] += 1;
      if (this.ghost.log.membership.index > draft.lastIncludedIndex) {
        this.world.marks['snapshot taken with a membership change pending'] += 1;
      }
    };
    openStore(
      {
        backend: 'memory',
        medium: this.medium,
        identity: { clusterId: CLUSTER_ID, nodeId: this.id },
        durability: this.world.profile.durability ?? 'high',
        repair: 'from-leader',
        snapshots: this.snapshotDisk.whole(),
        offsetOfCommand: commandOffset,
        schedule: (ms, task) => this.schedule(life, ms, task),
        description: `the disk of ${this.id}`,
      },
      (error, opened) => {
        if (this.life === life && !this.dying) this.opened(error, opened);
      },
    );
  }

  /** The power is cut now, or only the process ends. */
  crash(isKill: boolean): void {
    if (this.state === 'down' || this.state === 'refused') return;
    this.world.noteCrash(this, { isKill, writing: this.writing });
    const { torn } = this.disk;
    if (isKill) this.medium?.kill();
    else this.medium?.crash();
    if (this.disk.torn > torn) this.world.marks['crash with a torn meta page'] += 1;
    this.snapshotDisk.crash(isKill);
    this.life += 1;
    this.state = 'down';
    this.dying = false;
    this.driver = null;
    this.core = null;
    this.clock = null;
    this.machine = null;
    this.watch = null;
    this.medium = null;
    this.snapshots = null;
    this.deferred.length = 0;
    this.ghost.forgetVolatile();
  }

  /** The node touches the outside world; false when it is dead by now. */
  effect(name: string): boolean {
    if (this.dying) return false;
    this.effects += 1;
    if (this.effects < this.crashAtEffect) return true;
    this.dying = true;
    this.world.noteDying(this, name);
    return false;
  }

  receive(message: Message): void {
    this.driver?.receive(message);
  }

  private opened(error: StorageError | null, opened: OpenedLog | null): void {
    if (opened === null) {
      this.refused(error);
      return;
    }
    const { world, ghost } = this;
    const { store, recovered } = opened;
    ghost.incarnation += 1;
    checkRecovered(world.ghost, ghost, opened, this.writing);
    world.noteStart(this, opened);
    this.writing = null;
    const { repair } = opened;
    ghost.isDamaged = repair !== null;
    ghost.repairUntil =
      repair === null ? null : { index: repair.untilIndex, term: repair.untilTerm };
    ghost.log.recover(recovered);
    ghost.durable.recover(recovered);
    ghost.durableTerm = recovered.hardState.term;
    ghost.durableVote = recovered.hardState.votedFor;
    ghost.mustBeSilent = false;
    // What is known to be committed at the start may be applied without a Ready.
    ghost.readyCommit = Math.min(
      recovered.lastIndex,
      Math.max(recovered.hardState.commitIndex, recovered.snapshot?.lastIncludedIndex ?? 0),
    );
    const clock = new SimClock(world.clockWorld(this), {
      rate: this.clockRate,
      monotonicMs: 1000,
      wallOffsetMs: this.wallOffsetMs,
    });
    this.clock = clock;
    ghost.nowMs = clock.monotonicMs();
    const watchers: NodeWatch[] = [];
    const core = new Raft({
      id: this.id,
      config: world.profile.raft,
      recovered,
      nowMs: ghost.nowMs,
      random: () => this.drawTimeout() / RANDOM_STEPS,
      offsetOfCommand: commandOffset,
      mayVote: () => !store.isRepairing(),
      trace: (event) => watchers[0]?.trace(event),
    });
    const watch = world.watch(this, core);
    watchers.push(watch);
    this.watch = watch;
    this.core = new ObservedCore(core, watch);
    ghost.core = this.core;
    ghost.isUp = true;
    this.state = 'up';
    this.startDriver(store, clock, opened);
  }

  private startDriver(store: LogStore, clock: SimClock, opened: OpenedLog): void {
    const { world, ghost, core, snapshots } = this;
    if (core === null || snapshots === null) throw new Error('the node is being started');
    this.machine = new HashingMachine(
      {
        applied: (writeId, count, hash) => {
          checkAppliedCommand(world.ghost, ghost, { writeId, count, hash });
        },
        snapshotBegun: (state) => {
          checkState(world.ghost, ghost, state);
        },
        restored: (state) => {
          checkState(world.ghost, ghost, state);
          ghost.commands = state.count;
        },
      },
      world.profile.snapshotPaddingBytes,
      world.companions?.(this.id) ?? null,
    );
    this.driver = new Driver(
      {
        core,
        store: this.observedStore(store),
        snapshots,
        transport: {
          send: (message) => {
            this.send(message);
          },
          flush: () => undefined,
          setPeers: () => undefined,
        },
        machine: this.machine,
        clock,
        seed: () => world.runSeed(),
        policy: {
          snapshotEntries: world.profile.snapshotEntries,
          snapshotLogBytes: 0,
          trailingEntries: world.profile.trailingEntries,
        },
        observer: {
          storageFailed: (error) => {
            world.storageFailed(this, error);
          },
          turnEnded: () => undefined,
          trace: () => undefined,
        },
        ...(world.profile.sliceCommands === undefined
          ? {}
          : { sliceCommands: world.profile.sliceCommands }),
      },
      world.profile.raft,
      opened.recovered,
    );
  }

  private drawTimeout(): number {
    const offset = this.world.profile.timeoutOffsets?.[Number(this.id) - 1] ?? 0;
    return (this.timeouts.below(RANDOM_STEPS) + offset) % RANDOM_STEPS;
  }

  private send(message: Message): void {
    if (!this.effect(`send ${message.type}`)) return;
    checkSilence(this.world.ghost, this.ghost, message);
    checkRepairSilence(this.world.ghost, this.ghost, message);
    this.watch?.sending(message);
    this.world.send(this, message);
  }

  private observedStore(store: LogStore): LogStore {
    return {
      backend: store.backend,
      write: (write, done) => {
        this.writing = write;
        if (this.ghost.lastSequence > this.sequenceWritten + 1) {
          this.world.marks['several Readys between two writes'] += 1;
        }
        this.sequenceWritten = this.ghost.lastSequence;
        store.write(write, (error) => {
          if (error === null) {
            this.writing = null;
            const { repairUntil } = this.ghost;
            noteDurable(this.world.ghost, this.ghost, write);
            if (repairUntil !== null && this.ghost.repairUntil === null) {
              this.world.marks['damaged log repaired'] += 1;
            }
          }
          done(error);
        });
      },
      read: (range, done) => {
        store.read(range, done);
      },
      reclaim: (done) => {
        store.reclaim(done);
      },
      adoptCluster: (clusterId, done) => {
        store.adoptCluster(clusterId, done);
      },
      isRepairing: () => store.isRepairing(),
      sizeBytes: () => store.sizeBytes(),
      onFailure: (listener) => {
        store.onFailure(listener);
      },
      close: (done) => {
        store.close(done);
      },
    };
  }

  private noteSnapshot(snapshot: SnapshotMeta): void {
    const { lastIncludedIndex: index, lastIncludedTerm: term } = snapshot;
    this.world.counts.snapshots += 1;
    for (const log of [this.ghost.durable, this.ghost.log]) {
      // A received snapshot that contradicts the log replaces it with the write that installs it.
      if (index > log.snapshotIndex && log.termAt(index) === term) log.setSnapshot(snapshot);
    }
  }

  private refused(error: StorageError | null): void {
    // The process ends, the machine does not.
    this.medium?.kill();
    this.life += 1;
    this.medium = null;
    this.state = error?.code === 'DAMAGED' ? 'refused' : 'failed';
    this.world.noteRefused(this, error);
  }

  private schedule(life: number, ms: number, task: () => void): () => void {
    let isCancelled = false;
    this.world.later(this, life, ms * 1000, () => {
      if (!isCancelled) task();
    });
    return () => {
      isCancelled = true;
    };
  }
}

/** How fast a server's clock runs: 1 unless this schedule lets clocks differ. */
function drawnRate({ profile, choices }: World, id: NodeId): number {
  const place = choices.point('clock', `clock rate ${id}`).below(RATE_STEPS) / RATE_STEPS;
  return place === 0 ? 1 : profile.clockSpread ** (2 * place - 1);
}
