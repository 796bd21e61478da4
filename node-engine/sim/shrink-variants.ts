import { isDeepStrictEqual } from 'node:util';

import type { RaftConfig } from '../raft/config.ts';
import type { Decision, Fault } from './fault.ts';
import type { InvariantId } from './invariants/invariant.ts';
import type { Profile } from './profile.ts';
import type { ScheduleInput, ScheduleResult } from './schedule.ts';
import { asRecorded } from './shrink-parts.ts';
import type { Parts, PlacedChoice } from './shrink-parts.ts';
import type { World } from './world.ts';

/*
 * Other schedules that may break the same promise with less noise. None of them is left out of another;
 * each says the same in a way that is easier to read.
 */

/** How much longer election timeouts are tried. */
const TIMEOUT_FACTORS = [1, 4, 32];
/** Heartbeats are tried at these shares of the shortest election timeout. */
const HEARTBEAT_SHARES = [0.9, 0.5];
/** Steps of 1024 by which the servers' election timeouts are apart; 0: all the same. */
const APART_STEPS = [0, 200];
/** When an election is asked for that would otherwise wait for its timer. */
const CAMPAIGN_US = 5_000;
/** For good, as far as a short schedule can tell. */
const LONG_US = 60_000_000;

/**
 * The schedule with its elections asked for by name instead of by timers, and with fewer heartbeats.
 * Left to their timers, which are all the same once chance has no part in them, the servers would
 * campaign against each other.
 */
export function calmed(
  parts: Parts,
  invariant: InvariantId,
  run: (input: ScheduleInput) => ScheduleResult,
): readonly Parts[] {
  const isFirstAsked = parts.decisions.some(({ atUs, ...what }) => {
    return atUs <= CAMPAIGN_US && 'fault' in what && what.fault.kind === 'campaign';
  });
  const { profile } = parts;
  const begun = isFirstAsked ? [] : firstCampaigns(parts);
  const asked = [parts, ...begun, withCampaigns(parts, run)];
  // Bounds on recovery are counted in election timeouts.
  const factors = invariant.startsWith('L') ? [1] : TIMEOUT_FACTORS;
  return asked.flatMap((one) =>
    factors.flatMap((factor) =>
      raftsOf(profile.raft, factor).flatMap((raft) =>
        offsetsOf(profile).map((timeoutOffsets) => {
          return { ...one, profile: { ...profile, raft, timeoutOffsets } };
        }),
      ),
    ),
  );
}

function firstCampaigns(parts: Parts): readonly Parts[] {
  return Array.from({ length: parts.profile.voters }, (_, place) => {
    const fault: Fault = { kind: 'campaign', node: String(place + 1) };
    return { ...parts, decisions: [{ atUs: CAMPAIGN_US, fault }, ...parts.decisions] };
  });
}

function raftsOf(raft: RaftConfig, factor: number): readonly RaftConfig[] {
  const electionTimeoutMinMs = raft.electionTimeoutMinMs * factor;
  const electionTimeoutMaxMs = raft.electionTimeoutMaxMs * factor;
  const slow = HEARTBEAT_SHARES.map((share) => Math.floor(electionTimeoutMinMs * share));
  return [...slow, raft.heartbeatIntervalMs].map((heartbeatIntervalMs) => {
    return { ...raft, electionTimeoutMinMs, electionTimeoutMaxMs, heartbeatIntervalMs };
  });
}

/** Each server in turn as the first to campaign, and the others one after the other. */
function offsetsOf({ voters, timeoutOffsets = [] }: Profile): readonly (readonly number[])[] {
  const known = timeoutOffsets.length > 0 ? [timeoutOffsets] : [];
  const rotations = APART_STEPS.flatMap((steps) =>
    steps === 0
      ? [[]]
      : Array.from({ length: voters }, (_, first) => rotation(voters, first, steps)),
  );
  return [...known, ...rotations];
}

function rotation(voters: number, first: number, steps: number): readonly number[] {
  return Array.from({ length: voters }, (_, place) => ((place - first + voters) % voters) * steps);
}

/** The schedule with a decision to campaign wherever a timer made a server do so. */
function withCampaigns(parts: Parts, run: (input: ScheduleInput) => ScheduleResult): Parts {
  const campaigns: Decision[] = [];
  const roles = new Map<string, string>();
  run({
    seed: -1,
    profile: parts.profile,
    replay: asRecorded(parts),
    onWorld: (world: World) => {
      let atUs = 0;
      const note = (): void => {
        for (const { id, ghost } of world.nodes.values()) {
          if (ghost.role === 'pre-candidate' && roles.get(id) !== ghost.role) {
            campaigns.push({ atUs, fault: { kind: 'campaign', node: id } });
          }
          roles.set(id, ghost.role);
        }
      };
      world.sink = (_event, eventUs) => {
        note();
        atUs = eventUs;
      };
    },
  });
  const decisions = [...parts.decisions, ...campaigns].sort((one, other) => one.atUs - other.atUs);
  return { ...parts, decisions };
}

/** The schedule with one server cut off from the beginning, for each that is not. */
export function isolated(parts: Parts): readonly Parts[] {
  const ids = Array.from({ length: parts.profile.voters }, (_, place) => String(place + 1));
  return ids.flatMap((id) => {
    const others = ids.filter((other) => other !== id);
    const blocked = others.flatMap((other) => [[id, other] as const, [other, id] as const]);
    const cut = {
      kind: 'partition',
      shape: 'isolate',
      blocked,
      forUs: LONG_US,
      flapUs: 0,
    } as const;
    const isCut = parts.decisions.some((one) => isDeepStrictEqual(one, { atUs: 0, fault: cut }));
    if (isCut || others.length === 0) return [];
    return [{ ...parts, decisions: [{ atUs: 0, fault: cut }, ...parts.decisions] }];
  });
}

/** For each message that is sent, the choice that loses it, in the order they are sent. */
export function lossesOf(
  parts: Parts,
  run: (input: ScheduleInput) => ScheduleResult,
): readonly PlacedChoice[] {
  const losses: PlacedChoice[] = [];
  const last = new Map<string, { atUs: number; ordinal: number }>();
  run({
    seed: -1,
    profile: withLoss(parts.profile),
    replay: asRecorded(parts),
    onWorld: (world: World) => {
      world.network.ruling = ({ from, to }) => {
        if (world.network.isBlocked(from, to)) return 'pass';
        const point = `loss ${from}>${to}`;
        const { nowUs: atUs } = world;
        const before = last.get(point);
        const ordinal = before?.atUs === atUs ? before.ordinal + 1 : 0;
        last.set(point, { atUs, ordinal });
        losses.push({ point, atUs, ordinal, value: 1 });
        return 'pass';
      };
    },
  });
  const known = new Set(parts.choices.map(placeOf));
  return losses.filter((loss) => !known.has(placeOf(loss)));
}

/** The schedule in which these messages are lost as well. */
export function withLosses(parts: Parts, losses: readonly PlacedChoice[]): Parts {
  const choices = [...parts.choices, ...losses];
  choices.sort((one, other) => one.atUs - other.atUs || one.ordinal - other.ordinal);
  return { ...parts, profile: withLoss(parts.profile), choices };
}

/** A profile in which messages can be lost at all; which ones is in the choices. */
function withLoss(profile: Profile): Profile {
  const { network } = profile;
  return network.loss > 0 ? profile : { ...profile, network: { ...network, loss: 0.01 } };
}

function placeOf({ point, atUs, ordinal }: PlacedChoice): string {
  return `${point} ${atUs} ${ordinal}`;
}

/** Parts of a profile that make fewer messages, or shorter waits; each to be tried by itself. */
export function lighter(profile: Profile): readonly Partial<Profile>[] {
  const { raft, disk, network } = profile;
  const whole = {
    appendBytesMax: 1024 * 1024,
    appendsInFlightMax: 16,
    bytesInFlightMax: 8 * 1024 * 1024,
    uncommittedBytesMax: 256 * 1024 * 1024,
    cacheBytesMax: 16 * 1024 * 1024,
    snapshotChunkBytes: 256 * 1024,
    promotionLagMax: 64,
  };
  const single = Object.entries(whole).map(([name, value]) => ({
    raft: { ...raft, [name]: value },
  }));
  return [
    { raft: { ...raft, ...whole } },
    ...single,
    { snapshotEntries: 0 },
    { trailingEntries: 0 },
    { snapshotPaddingBytes: 0 },
    { turnDelayUs: 0 },
    { sliceCommands: 256 },
    { clockSpread: 1 },
    { clients: { ...profile.clients, paddingBytes: 0 } },
    { disk: { ...disk, writeUs: 0, syncMinUs: 50 } },
    { disk: { ...disk, unordered: false } },
    { network: { ...network, inOrder: true } },
  ].filter((change) => isChange(profile, change));
}

function isChange(profile: Profile, change: Partial<Profile>): boolean {
  return Object.entries(change).some(([name, value]) => {
    return !isDeepStrictEqual(Reflect.get(profile, name), value);
  });
}

/** Simpler decisions in place of this one: fewer writes, a server that stays down, a plain crash. */
export function mended(decision: Decision): readonly Decision[] {
  const { atUs } = decision;
  if ('operation' in decision) {
    const { operation } = decision;
    return operation.count > 1 ? [{ atUs, operation: { ...operation, count: 1 } }] : [];
  }
  const { fault } = decision;
  return [...simplerFaults(fault), ...shorterFaults(fault)].map((one) => ({ atUs, fault: one }));
}

/** The fault with each of its times, or its count of effects, at an eighth and at a half. */
function shorterFaults(fault: Fault): readonly Fault[] {
  return ['downUs', 'forUs', 'syncUs', 'flapUs', 'effects'].flatMap((name) => {
    const value: unknown = Reflect.get(fault, name);
    if (typeof value !== 'number' || value < 2 || value >= LONG_US) return [];
    return [8, 2].map((part) => ({ ...fault, [name]: Math.ceil(value / part) }));
  });
}

function simplerFaults(fault: Fault): readonly Fault[] {
  switch (fault.kind) {
    case 'crash':
    case 'crash-all':
    case 'damage':
    case 'write-error':
      return fault.downUs === LONG_US ? [] : [{ ...fault, downUs: LONG_US }];
    case 'crash-at-effect': {
      const { node, downUs } = fault;
      return [
        { kind: 'crash', node, downUs: LONG_US },
        { kind: 'crash', node, downUs },
        { ...fault, downUs: LONG_US },
      ];
    }
    case 'pause':
      return fault.forUs === LONG_US ? [] : [{ ...fault, forUs: LONG_US }];
    case 'partition': {
      if (fault.forUs === LONG_US && fault.flapUs === 0) return [];
      return [
        { ...fault, forUs: LONG_US, flapUs: 0 },
        { ...fault, flapUs: 0 },
      ];
    }
    default:
      return [];
  }
}
