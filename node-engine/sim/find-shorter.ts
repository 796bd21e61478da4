import type { Violation } from './invariants/invariant.ts';
import { Prng } from './prng.ts';
import { swarmProfile } from './profile.ts';
import type { Profile } from './profile.ts';
import type { ScheduleInput, ScheduleResult } from './schedule.ts';
import { partsOf, upTo } from './shrink-parts.ts';
import type { Parts } from './shrink-parts.ts';

/** A schedule that breaks a promise. */
export interface Failing {
  readonly parts: Parts;
  readonly violation: Violation;
}

/** Schedules that are drawn with one profile, at most. */
const DRAWS_MAX = 1000;
/** Events of all schedules that are drawn with one profile, at most. */
const EVENTS_OF_PROFILE = 60_000;
/** Events of a schedule that is drawn, at most. */
const EVENTS_MAX = 600;

/**
 * Draws other schedules, short ones, with the profile of a failing one and with fewer servers, and keeps
 * those that break the same promise: the bug is the same in all likelihood, and a history in which it
 * shows early is better to start from than what is left of one in which it showed late.
 *
 * @returns those found, the shortest first, and how many were tried
 */
export function findShorter(
  { profile, seed }: ScheduleInput,
  { invariant, event }: Violation,
  tools: {
    readonly isOver: () => boolean;
    readonly run: (input: ScheduleInput) => ScheduleResult;
    readonly startsMax: number;
  },
): { readonly found: readonly Failing[]; readonly tries: number } {
  const found: (Failing & { readonly event: number })[] = [];
  // Whether the cluster recovers matters only to the promises about that.
  const endsWithFaults = !invariant.startsWith('L');
  let tries = 0;
  for (const profileOf of variantsOf(profile)) {
    let eventsMax = Math.min(EVENTS_MAX, event);
    let events = 0;
    for (let draw = 0; draw < DRAWS_MAX && events < EVENTS_OF_PROFILE; draw += 1) {
      if (tools.isOver() || found.length >= 2 * tools.startsMax) break;
      tries += 1;
      const drawn = { ...profileOf(seed + draw), eventsMax };
      const result = tools.run({ seed: seed + draw, profile: drawn, record: true, endsWithFaults });
      const { violation, recorded, counts } = result;
      events += counts.events;
      if (violation?.invariant !== invariant || recorded === null) continue;
      const parts = upTo(partsOf(drawn, recorded), violation.atUs);
      found.push({ parts, violation, event: violation.event });
      // From here on only a schedule that is shorter still is of use.
      eventsMax = Math.max(100, Math.min(eventsMax, violation.event));
    }
  }
  found.sort((one, other) => one.event - other.event);
  return { found: found.slice(0, tools.startsMax), tries };
}

/** The profile with fewer servers, with faults closer together, and with quite other faults. */
function variantsOf(profile: Profile): readonly ((seed: number) => Profile)[] {
  const { faults, clients, voters, durability } = profile;
  const denser: Profile = {
    ...profile,
    faults: { ...faults, meanUs: Math.max(1000, faults.meanUs / 4) },
    clients: { ...clients, burst: 1, paddingBytes: 0 },
  };
  const sizes = [...new Set([1, 2, 3, voters])].filter((size) => size <= voters);
  const alike = sizes.flatMap((size) => {
    return [denser, profile].map((one) => () => ({ ...one, voters: size, grows: false }));
  });
  const other = (seed: number): Profile => ({
    ...swarmProfile(new Prng(seed, 'shorter'), EVENTS_MAX),
    name: profile.name,
    voters: Math.min(3, voters),
    grows: false,
    ...(durability === undefined ? {} : { durability }),
  });
  return [...alike, other];
}
