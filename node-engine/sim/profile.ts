import type { Durability } from '../log/log-store.ts';
import type { RaftConfig } from '../raft/config.ts';
import type { NetworkProfile } from './network.ts';
import type { Prng } from './prng.ts';
import type { DiskProfile } from './disk-profile.ts';

/** How often each kind of fault strikes; 0 turns it off. Times in microseconds. */
export interface FaultProfile {
  /** Mean time between two strokes of fate. */
  readonly meanUs: number;
  /** Relative weights of the kinds. */
  readonly weights: Readonly<Record<FaultKind, number>>;
  readonly partitionUs: number;
  readonly downUs: number;
  readonly pauseUs: number;
}

/** The kinds of faults a schedule draws from. */
export const FAULT_KINDS = [
  'crash',
  'crash-at-effect',
  'crash-leader',
  'crash-all',
  'kill',
  'isolate',
  'split',
  'one-way',
  'bridge',
  'ring',
  'flap',
  'swizzle',
  'heal',
  'pause',
  'sleep',
  'clock-rate',
  'wall-jump',
  'slow-disk',
  'write-error',
  'disk-full',
  'damage',
  'campaign',
  'transfer',
  'snapshot',
  'add',
  'remove',
  'promote',
  'demote',
  'reset-link',
] as const;

/** One of them. */
export type FaultKind = (typeof FAULT_KINDS)[number];

/** What clients do. Times in microseconds. */
export interface ClientProfile {
  readonly count: number;
  /** Mean pause of a client between two operations. */
  readonly meanUs: number;
  /** Share of operations that are reads. */
  readonly reads: number;
  /** Share of reads that are asked of followers' cores. */
  readonly followerReads: number;
  /** Most writes sent in one go. */
  readonly burst: number;
  readonly paddingBytes: number;
}

/** The profiles there are: what a seed's schedule is drawn from. */
export const PROFILE_NAMES = ['swarm'] as const;

/** One of them. */
export type ProfileName = (typeof PROFILE_NAMES)[number];

/** Whether there is a profile of this name. */
export function isProfileName(text: string): text is ProfileName {
  return PROFILE_NAMES.some((name) => name === text);
}

/** Everything a schedule is drawn from beside its seed. */
export interface Profile {
  /** A profile's name, or that of a script. */
  readonly name: string;
  /** Voters at the start. */
  readonly voters: number;
  /** Start as one server and add the others, instead of all at once. */
  readonly grows: boolean;
  readonly eventsMax: number;
  readonly raft: RaftConfig;
  readonly snapshotEntries: number;
  readonly trailingEntries: number;
  /** Bytes that make snapshots larger. */
  readonly snapshotPaddingBytes: number;
  readonly network: NetworkProfile;
  readonly disk: DiskProfile;
  /**
   * What the log store promises; `high` unless given. Below that an acknowledged entry survives the
   * end of the process but not that of the machine: all invariants must hold as long as no power
   * fails and no file is damaged, and so every crash of such a schedule is a kill.
   */
  readonly durability?: Durability;
  /** Writes that are proposed before a turn; as in the product unless given. */
  readonly sliceCommands?: number;
  /** A turn of the driver comes up to this much later than what woke it. */
  readonly turnDelayUs: number;
  /**
   * Added to each election timeout by the server's place, in 1024ths of their range: the servers of a
   * shrunk schedule, in which chance has no part, would otherwise all campaign at once.
   */
  readonly timeoutOffsets?: readonly number[];
  /** Every server's clock runs at a rate from [1 / spread, spread] until the faults end. */
  readonly clockSpread: number;
  readonly clients: ClientProfile;
  readonly faults: FaultProfile;
}

const SIZES = [1, 2, 3, 3, 3, 3, 4, 5, 5, 5, 7];

/** A schedule's profile, with each class of faults on or off by chance (swarm testing). */
export function swarmProfile(prng: Prng, eventsMax: number): Profile {
  const electionMs = prng.pick([100, 150, 300]);
  const voters = prng.pick(SIZES);
  const durability = prng.chance(0.8) ? 'high' : prng.pick(['low', 'medium'] as const);
  return {
    name: 'swarm',
    voters,
    grows: prng.chance(0.2),
    eventsMax,
    raft: swarmRaft(prng, electionMs),
    snapshotEntries: prng.chance(0.7) ? prng.between(1, 50) : 0,
    trailingEntries: prng.pick([0, 0, 1, 5, 20]),
    snapshotPaddingBytes: prng.pick([0, 100, 1000]),
    network: swarmNetwork(prng, electionMs),
    disk: swarmDisk(prng),
    durability,
    turnDelayUs: prng.pick([0, 0, 0, 300, 2000]),
    clockSpread: prng.chance(0.3) ? prng.pick([1.1, 1.5, 2]) : 1,
    clients: {
      count: prng.between(1, 4),
      meanUs: prng.pick([5_000, 15_000, 40_000]),
      reads: prng.pick([0, 0.2, 0.5]),
      followerReads: prng.pick([0, 0.3]),
      burst: prng.pick([1, 3, 8]),
      paddingBytes: prng.pick([0, 0, 50]),
    },
    faults: swarmFaults(prng, { electionMs, voters, durability }),
    // Last, so that what is drawn before it stays what it was.
    sliceCommands: prng.pick([1, 2, 256]),
  };
}

function swarmRaft(prng: Prng, electionMs: number): RaftConfig {
  return {
    electionTimeoutMinMs: electionMs,
    electionTimeoutMaxMs: electionMs * 2,
    heartbeatIntervalMs: Math.floor(electionMs / prng.pick([2, 3, 5])),
    commitNoticeDelayMs: prng.pick([0, 1, 5, 20]),
    appendBytesMax: prng.pick([1, 150, 400, 2000, 1024 * 1024]),
    appendsInFlightMax: prng.pick([1, 2, 4, 16]),
    bytesInFlightMax: prng.pick([500, 8 * 1024 * 1024]),
    uncommittedBytesMax: prng.pick([2000, 256 * 1024 * 1024]),
    cacheBytesMax: prng.pick([0, 300, 2000, 16 * 1024 * 1024]),
    snapshotChunkBytes: prng.pick([40, 400, 256 * 1024]),
    promotionLagMax: prng.pick([0, 1, 64]),
  };
}

function swarmNetwork(prng: Prng, electionMs: number): NetworkProfile {
  const isLossy = prng.chance(0.5);
  return {
    loss: isLossy ? prng.pick([0.01, 0.05, 0.1, 0.3]) : 0,
    duplicate: prng.chance(0.4) ? prng.pick([0.02, 0.1, 0.5]) : 0,
    delayMinUs: 500,
    delaySpanUs: prng.pick([0, 2_000, 10_000, 30_000]),
    tail: prng.chance(0.5) ? prng.pick([0.01, 0.08]) : 0,
    tailUs: electionMs * 1000 * prng.pick([2, 10]),
    inOrder: prng.chance(0.4),
    cutsInFlight: prng.chance(0.5),
  };
}

function swarmDisk(prng: Prng): DiskProfile {
  return {
    writeUs: prng.pick([0, 20, 500]),
    syncMinUs: prng.pick([50, 1_000]),
    syncSpanUs: prng.pick([0, 3_000, 60_000]),
    stall: prng.chance(0.15) ? 0.01 : 0,
    stallUs: prng.pick([100_000, 2_000_000]),
    unordered: prng.chance(0.1),
    torn: prng.chance(0.6) ? 0.4 : 0,
    readError: prng.chance(0.1) ? 0.05 : 0,
  };
}

/** Kinds that are switched on or off together, the chance of being off, and their weights. */
const CLASSES: readonly {
  readonly off: number;
  readonly weights: Partial<Record<FaultKind, number>>;
}[] = [
  { off: 0.3, weights: { crash: 4, 'crash-leader': 3 } },
  { off: 0.4, weights: { 'crash-at-effect': 6 } },
  { off: 0.6, weights: { 'crash-all': 1 } },
  { off: 0.5, weights: { kill: 3 } },
  { off: 0.3, weights: { isolate: 4, split: 3, heal: 3 } },
  { off: 0.4, weights: { 'one-way': 2, bridge: 1, ring: 1, flap: 1, heal: 2 } },
  { off: 0.9, weights: { swizzle: 3 } },
  { off: 0.5, weights: { pause: 3 } },
  { off: 0.7, weights: { sleep: 2 } },
  { off: 0.7, weights: { 'clock-rate': 1, 'wall-jump': 1 } },
  { off: 0.6, weights: { 'slow-disk': 1 } },
  { off: 0.7, weights: { 'write-error': 1 } },
  { off: 0.9, weights: { 'disk-full': 1 } },
  { off: 0.8, weights: { damage: 1 } },
  { off: 0.4, weights: { campaign: 2 } },
  { off: 0.4, weights: { transfer: 2 } },
  { off: 0.5, weights: { snapshot: 2 } },
  { off: 0.5, weights: { add: 2, remove: 2, promote: 2, demote: 1 } },
  { off: 0.5, weights: { 'reset-link': 2 } },
];

function swarmFaults(
  prng: Prng,
  cluster: {
    readonly electionMs: number;
    readonly voters: number;
    readonly durability: Durability;
  },
): FaultProfile {
  const { electionMs, voters, durability } = cluster;
  const weights = noFaults();
  for (const { off, weights: group } of CLASSES) {
    if (prng.chance(off)) continue;
    for (const kind of FAULT_KINDS) weights[kind] += group[kind] ?? 0;
  }
  // Alone there is nobody to be parted from.
  if (voters === 1) weights.isolate = 0;
  // Nothing on the disk says how long a log was that is not synced: its loss cannot be noticed.
  if (durability !== 'high') weights.damage = 0;
  return {
    meanUs: electionMs * 1000 * prng.pick([0.3, 1, 3]),
    weights,
    partitionUs: electionMs * 1000 * prng.pick([2, 6]),
    downUs: electionMs * 1000 * prng.pick([0.1, 1, 5]),
    pauseUs: electionMs * 1000 * prng.pick([0.5, 5]),
  };
}

/** Every kind with weight 0. */
export function noFaults(): Record<FaultKind, number> {
  // Every kind of the constant above is there, and no other.
  return Object.fromEntries(FAULT_KINDS.map((kind) => [kind, 0])) as Record<FaultKind, number>;
}
