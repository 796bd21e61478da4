import type { NodeId } from '../raft/types.ts';
import type { ChoiceTrace } from './choices.ts';
import { Clients, likelyLeader } from './clients.ts';
import type { ClientOperation, Decision } from './fault.ts';
import { FaultSource } from './fault-source.ts';
import { foundCluster } from './founding.ts';
import { Healing } from './healing.ts';
import type { Violation, Vacuity } from './invariants/invariant.ts';
import type { Coverage, MarkCounts } from './marks.ts';
import { Nemesis } from './nemesis.ts';
import type { Profile } from './profile.ts';
import type { Prng } from './prng.ts';
import { World } from './world.ts';
import type { WorldCounts } from './world-counts.ts';
import type { EventSink } from './world.ts';

/**
 * Share of the events during which things go wrong. In the rest the cluster must recover (L1, L2), and
 * serves undisturbed when it has; recovery may take longer than the schedule was to be.
 */
const FAULTY_SHARE = 0.75;
/** One of so many seeds has its clients' whole history checked: a search costs more than a glance. */
const HISTORY_EVERY = 8;
/** Of every eight the fourth: neither only long schedules nor only short ones. */
const HISTORY_PLACE = 3;
/** A replay ends by time; this only stops one that has got lost. */
const REPLAY_EVENTS_MAX = 50_000;

/** One schedule: everything that a run depends on. */
export interface ScheduleInput {
  readonly seed: number;
  readonly profile: Profile;
  /** Repeats recorded decisions instead of drawing them. */
  readonly replay?: RecordedSchedule | null;
  /** Keeps the decisions, for a replay. */
  readonly record?: boolean;
  /** Ends with the faults: whether the cluster recovers is not of interest. */
  readonly endsWithFaults?: boolean;
  readonly sink?: EventSink | null;
  /** Is handed the world before anything happens in it. */
  readonly onWorld?: (world: World) => void;
  /** Counters shared by many schedules. */
  readonly marks?: MarkCounts;
  readonly coverage?: Coverage;
}

/** All decisions of a schedule: what a replay needs beside seed and profile. */
export interface RecordedSchedule {
  readonly choices: ChoiceTrace;
  readonly decisions: readonly Decision[];
  /** When the faults ended; null when a promise was broken before. */
  readonly healedAtUs: number | null;
  /** A replay runs on until then. */
  readonly endUs: number;
}

/** How a schedule went. */
export interface ScheduleResult {
  readonly seed: number;
  readonly counts: WorldCounts;
  readonly vacuity: Vacuity;
  readonly violation: Violation | null;
  readonly recorded: RecordedSchedule | null;
}

/** Runs one schedule to its end. */
export function runSchedule(input: ScheduleInput): ScheduleResult {
  return new Schedule(input).run();
}

class Schedule {
  private readonly input: ScheduleInput;
  private readonly world: World;
  private readonly clients: Clients;
  private readonly nemesis: Nemesis;
  private readonly faults: FaultSource;
  private readonly prng: Prng;
  private readonly decisions: Decision[] = [];
  private isFaulty = true;

  constructor(input: ScheduleInput) {
    this.input = input;
    const { seed, profile, replay = null, record = false } = input;
    this.world = new World({
      seed,
      profile,
      replay: replay?.choices ?? null,
      record,
      ...(input.marks === undefined ? {} : { marks: input.marks }),
      ...(input.coverage === undefined ? {} : { coverage: input.coverage }),
    });
    this.world.sink = input.sink ?? null;
    this.clients = new Clients(
      this.world,
      replay !== null || seed % HISTORY_EVERY === HISTORY_PLACE,
    );
    this.nemesis = new Nemesis(this.world, this.clients);
    this.faults = new FaultSource(this.world);
    this.prng = this.world.choices.stream('client');
  }

  run(): ScheduleResult {
    const { world, input } = this;
    const { profile, replay = null } = input;
    const ids = Array.from({ length: profile.voters }, (_, place) => String(place + 1));
    input.onWorld?.(world);
    foundCluster(world, profile.grows ? ids.slice(0, 1) : ids);
    let healedAtUs: number | null;
    if (replay === null) {
      this.planNextFault();
      for (let client = 0; client < profile.clients.count; client += 1) this.planClient(client);
      world.run({ eventsMax: Math.floor(profile.eventsMax * FAULTY_SHARE) });
      // To the end of the microsecond: a replay knows when the faults ended and not between what.
      world.run({ untilUs: world.nowUs });
      healedAtUs = world.ghost.violation === null ? world.nowUs : null;
    } else {
      for (const decision of replay.decisions) this.planDecision(decision);
      healedAtUs = replay.healedAtUs;
      world.run({ untilUs: healedAtUs ?? replay.endUs, eventsMax: REPLAY_EVENTS_MAX });
    }
    this.isFaulty = false;
    const isHealed = healedAtUs !== null && input.endsWithFaults !== true;
    if (world.ghost.violation === null && isHealed) {
      new Healing(world, this.clients, this.nemesis).run();
      if (replay === null) world.run({ eventsMax: profile.eventsMax });
      else world.run({ untilUs: replay.endUs, eventsMax: REPLAY_EVENTS_MAX });
    }
    if (world.ghost.violation === null) this.clients.checkHistory();
    const recorded: RecordedSchedule | null =
      input.record === true
        ? {
            choices: world.choices.trace(),
            decisions: this.decisions,
            healedAtUs,
            endUs: world.nowUs + (world.isBroken() ? profile.raft.electionTimeoutMaxMs * 2000 : 0),
          }
        : null;
    const { counts, ghost } = world;
    const { vacuity, violation } = ghost;
    counts.elections = ghost.leaders.size;
    counts.overtime = Math.max(0, counts.events - profile.eventsMax);
    return { seed: input.seed, counts, vacuity, violation, recorded };
  }

  private planNextFault(): void {
    const delayUs = this.faults.delayUs();
    if (delayUs === Infinity) return;
    this.world.plan(this.world.nowUs + delayUs, 'fault', () => {
      if (!this.isFaulty) return;
      const fault = this.faults.next();
      if (fault !== null) this.decide({ atUs: this.world.nowUs, fault });
      this.planNextFault();
    });
  }

  private planClient(client: number): void {
    const delayUs = 1 + this.prng.below(this.world.profile.clients.meanUs * 2);
    this.world.plan(this.world.nowUs + delayUs, `client ${client}`, () => {
      if (!this.isFaulty) return;
      this.decide({ atUs: this.world.nowUs, operation: this.drawOperation(client) });
      this.planClient(client);
    });
  }

  private drawOperation(client: number): ClientOperation {
    const { world, prng } = this;
    const { reads, followerReads, burst } = world.profile.clients;
    const anyone = prng.pick([...world.nodes.keys()]);
    const leader = likelyLeader(world, anyone);
    const node: NodeId = prng.chance(0.15) ? anyone : leader;
    if (!prng.chance(reads)) return { client, kind: 'write', node, count: prng.between(1, burst) };
    if (prng.chance(followerReads)) {
      if (prng.chance(0.6)) return { client, kind: 'follower-read', node: anyone, count: 1 };
      const { electionTimeoutMaxMs } = world.profile.raft;
      const maxAgeMs = prng.pick([0, 0.1, 0.5, 2]) * electionTimeoutMaxMs;
      return { client, kind: 'aged-read', node: anyone, count: 1, maxAgeMs };
    }
    return { client, kind: prng.chance(0.1) ? 'local-read' : 'read', node, count: 1 };
  }

  private planDecision(decision: Decision): void {
    this.world.plan(decision.atUs, 'decision', () => {
      if (this.isFaulty) this.decide(decision);
    });
  }

  private decide(decision: Decision): void {
    if (this.input.record === true) this.decisions.push(decision);
    const { world } = this;
    if (world.sink !== null) {
      const what = 'fault' in decision ? decision.fault : decision.operation;
      world.sink(world.counts.events, world.nowUs, `* ${JSON.stringify(what)}`);
    }
    if ('fault' in decision) this.nemesis.apply(decision.fault);
    else this.clients.run(decision.operation);
  }
}
