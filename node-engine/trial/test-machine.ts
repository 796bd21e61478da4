import type { MachineDefinition } from '../machine/machine.ts';
import { Prng } from '../sim/prng.ts';
import { swarmProfile, type Profile } from '../sim/profile.ts';
import { addCounts, emptyReport } from '../sim/run-many.ts';
import { runSchedule } from '../sim/schedule.ts';
import type { WorldCounts } from '../sim/world-counts.ts';
import { Replica } from './replica.ts';
import { Trial, type Finding, type TrialCounts } from './trial.ts';
import { makerFor, type CommandMaker } from './workload.ts';

/** How to test a machine; all of it may be left out. */
export interface MachineTestOptions {
  /** Nodes of the simulated cluster, 2 to 9; 3 unless given. */
  readonly nodes?: number;
  /** Runs, each with other commands, faults and timing; 20 unless given. */
  readonly seeds?: number;
  /** The first run's seed, 1 unless given: `{ firstSeed: 17, seeds: 1 }` repeats run 17. */
  readonly firstSeed?: number;
  /** Length of a run in events (a message, a timer, a write to disk …); 1500 unless given. */
  readonly events?: number;
  /** Makes up a command; unless given, commands are drawn from the machine's own documentation. */
  readonly command?: CommandMaker;
}

/** What a test did; a machine that was hardly exercised is hardly tested. */
export interface MachineTestReport {
  readonly seeds: number;
  /** Writes and ticks of the log. */
  readonly steps: number;
  /** Applications of a step on a further replica, each compared with the first one's. */
  readonly compared: number;
  readonly reads: number;
  readonly snapshots: number;
  /** Times that a replica took its state from a snapshot. */
  readonly restores: number;
  readonly crashes: number;
  readonly elections: number;
  /**
   * What commands threw beside `CommandError`, by command: the same on all nodes, or the test would
   * have failed, but hardly intended.
   */
  readonly machineErrors: ReadonlyMap<string, string>;
}

/** Replicas of the machine came apart, or the test itself could not be run. */
export class MachineTestError extends Error {
  override readonly name = 'MachineTestError';
  /** Repeats the run: `{ firstSeed: seed, seeds: 1 }` with the other options unchanged. */
  readonly seed: number;
  /** `raft`: the fault is Raftdeck's own. */
  readonly kind: Finding['kind'] | 'raft';
  /** The command that answered or left different things, in upper case; '' when none is to blame. */
  readonly command: string;

  constructor(seed: number, finding: Pick<MachineTestError, 'kind' | 'command' | 'message'>) {
    super(`${finding.message} [seed ${seed}]`);
    this.seed = seed;
    this.kind = finding.kind;
    this.command = finding.command;
  }
}

const NODES_MIN = 2;
const NODES_MAX = 9;
const DEFAULTS = { nodes: 3, seeds: 20, firstSeed: 1, events: 1500 } as const;

/**
 * Runs a machine on simulated nodes while messages are lost, disks are slow, nodes crash, are paused
 * and cut off, and members come and go; then lets everything recover. After each command all nodes
 * must have given the same answer and be in the same state; a node that was restored from a snapshot
 * too; and no read may change anything.
 *
 * Clock and chance of JavaScript (`Date`, `Math.random`, `performance.now`, `crypto`) are different on
 * every simulated node, so a handler that uses them is found. Nothing leaves the process, and the same
 * seed gives the same run.
 *
 * @throws MachineTestError naming the seed and the command
 */
export function testMachine(
  machine: MachineDefinition,
  options: MachineTestOptions = {},
): MachineTestReport {
  const { nodes, seeds, firstSeed, events } = { ...DEFAULTS, ...options };
  if (!Number.isInteger(nodes) || nodes < NODES_MIN || nodes > NODES_MAX) {
    throw new RangeError(`nodes: ${nodes} is not a whole number from ${NODES_MIN} to ${NODES_MAX}`);
  }
  const maker = options.command ?? makerFor(machine.commands);
  const world = emptyReport().counts;
  const counts: TrialCounts = {
    ...{ steps: 0, compared: 0, reads: 0, snapshots: 0, restores: 0 },
    machineErrors: new Map(),
  };
  for (let seed = firstSeed; seed < firstSeed + seeds; seed += 1) {
    addCounts(world, runOne({ machine, maker, seed, nodes, events, counts }));
  }
  if (counts.compared === 0) {
    const message = `no command of '${machine.name}' was applied on two nodes: nothing was tested`;
    throw new MachineTestError(firstSeed, { kind: 'setup', command: '', message });
  }
  const { crashes, elections } = world;
  return { seeds, ...counts, crashes, elections };
}

function runOne(run: {
  readonly machine: MachineDefinition;
  readonly maker: CommandMaker;
  readonly seed: number;
  readonly nodes: number;
  readonly events: number;
  readonly counts: TrialCounts;
}): WorldCounts {
  const { machine, maker, seed, counts } = run;
  let stop = (): void => undefined;
  const trial = new Trial({
    ...{ definition: machine, maker, seed, counts },
    onFinding: () => {
      stop();
    },
  });
  let lives = 0;
  const result = runSchedule({
    seed,
    profile: profileOf(seed, run.nodes, run.events),
    onWorld: (world) => {
      stop = () => {
        world.ghost.violate('S5', 'replicas of the machine under test differ');
      };
      world.companions = (id) => {
        lives += 1;
        return new Replica(trial, id, lives);
      };
    },
  });
  if (trial.finding !== null) throw new MachineTestError(seed, trial.finding);
  if (result.violation !== null) {
    const { invariant, message } = result.violation;
    const text = `the simulated cluster broke a promise of Raft (${invariant}): ${message}`;
    throw new MachineTestError(seed, { kind: 'raft', command: '', message: text });
  }
  return result.counts;
}

/** The simulator's own faults, but for those that only take nodes away. */
function profileOf(seed: number, nodes: number, events: number): Profile {
  const prng = new Prng(seed, 'profile of a trial');
  const drawn = swarmProfile(prng, events);
  const weights = { ...drawn.faults.weights, damage: 0, 'disk-full': 0 };
  return {
    ...drawn,
    name: 'machine test',
    voters: nodes,
    grows: false,
    // Snapshots are where machines go wrong: every run has many.
    snapshotEntries: prng.between(2, 30),
    trailingEntries: prng.pick([0, 0, 5]),
    durability: 'high',
    clients: { ...drawn.clients, reads: 0.3 },
    faults: { ...drawn.faults, weights },
  };
}
