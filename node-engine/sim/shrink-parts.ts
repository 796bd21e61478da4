import type { NodeId } from '../raft/types.ts';
import type { ChoiceTrace } from './choices.ts';
import type { Decision, Fault } from './fault.ts';
import type { Profile } from './profile.ts';
import type { RecordedSchedule } from './schedule.ts';

/** One choice that is not the default. */
export interface PlacedChoice {
  readonly point: string;
  readonly atUs: number;
  readonly ordinal: number;
  readonly value: number;
}

/** The parts of a schedule that can be left out or made smaller. */
export interface Parts {
  readonly profile: Profile;
  readonly decisions: readonly Decision[];
  readonly choices: readonly PlacedChoice[];
  readonly healedAtUs: number | null;
  readonly endUs: number;
}

/** What a recorded schedule consists of. */
export function partsOf(profile: Profile, recorded: RecordedSchedule): Parts {
  const { decisions, healedAtUs, endUs } = recorded;
  return { profile, decisions, choices: flatten(recorded.choices), healedAtUs, endUs };
}

/** The parts as a schedule to replay. */
export function asRecorded(parts: Parts): RecordedSchedule {
  const choices: Record<string, (readonly [number, number, number])[]> = {};
  for (const { point, atUs, ordinal, value } of parts.choices) {
    (choices[point] ??= []).push([atUs, ordinal, value]);
  }
  const { decisions, healedAtUs, endUs } = parts;
  return { choices, decisions, healedAtUs, endUs };
}

/** How much there is to read, and to wonder about, in a schedule in which so many messages arrive. */
export function sizeOf(parts: Parts, arrivals: number): number {
  return arrivals + parts.decisions.length * 3 + parts.choices.length / 2 + parts.endUs / 20_000;
}

/** What is decided before this time. */
export function upTo(parts: Parts, atUs: number): Parts {
  const { healedAtUs } = parts;
  return {
    ...parts,
    decisions: parts.decisions.filter((decision) => decision.atUs <= atUs),
    choices: parts.choices.filter((choice) => choice.atUs <= atUs),
    healedAtUs: healedAtUs !== null && atUs <= healedAtUs ? null : healedAtUs,
    endUs: Math.min(parts.endUs, atUs + 1000),
  };
}

/** Everything from `endUs` on happens earlier by `cutUs`. */
export function withoutTime(
  parts: Parts,
  gap: { readonly endUs: number; readonly cutUs: number },
): Parts {
  const moved = (atUs: number): number => (atUs >= gap.endUs ? atUs - gap.cutUs : atUs);
  return {
    ...parts,
    decisions: parts.decisions.map((decision) => ({ ...decision, atUs: moved(decision.atUs) })),
    choices: parts.choices.map((choice) => ({ ...choice, atUs: moved(choice.atUs) })),
    healedAtUs: parts.healedAtUs === null ? null : moved(parts.healedAtUs),
    endUs: moved(parts.endUs),
  };
}

/** As if the time from `startUs` to `endUs` had not been: what is decided in it is gone too. */
export function withoutSpan(
  parts: Parts,
  { startUs, endUs }: { readonly startUs: number; readonly endUs: number },
): Parts {
  const isOutside = ({ atUs }: { readonly atUs: number }): boolean =>
    atUs < startUs || atUs >= endUs;
  const rest = {
    ...parts,
    decisions: parts.decisions.filter(isOutside),
    choices: parts.choices.filter(isOutside),
  };
  return withoutTime(rest, { endUs, cutUs: endUs - startUs });
}

/** As if one of the first servers had never been: those with later numbers move up. */
export function withoutServer(parts: Parts, gone: number): Parts {
  const rename = (id: NodeId): NodeId => (Number(id) > gone ? String(Number(id) - 1) : id);
  const isGone = (id: NodeId): boolean => Number(id) === gone;
  const { profile } = parts;
  return {
    ...parts,
    profile: { ...profile, voters: profile.voters - 1 },
    decisions: parts.decisions.flatMap((decision) => renamed(decision, { rename, isGone }) ?? []),
    choices: parts.choices.flatMap((choice) => {
      // `delay 1>2`, `timeout 3`, `clock rate 4`: the last word names servers, if any does.
      const words = choice.point.split(' ');
      const ids = (words.pop() ?? '').split('>');
      if (!ids.every((id) => /^\d+$/.test(id))) return [choice];
      if (ids.some(isGone)) return [];
      return [{ ...choice, point: [...words, ids.map(rename).join('>')].join(' ') }];
    }),
  };
}

interface Renaming {
  readonly rename: (id: NodeId) => NodeId;
  readonly isGone: (id: NodeId) => boolean;
}

/** The decision with other names of servers; null when it is about one that is gone. */
function renamed(decision: Decision, names: Renaming): Decision | null {
  const { rename, isGone } = names;
  if ('operation' in decision) {
    const { operation, atUs } = decision;
    if (isGone(operation.node)) return null;
    return { atUs, operation: { ...operation, node: rename(operation.node) } };
  }
  const fault = renamedFault(decision.fault, names);
  return fault === null ? null : { atUs: decision.atUs, fault };
}

function renamedFault(fault: Fault, { rename, isGone }: Renaming): Fault | null {
  switch (fault.kind) {
    case 'heal':
    case 'crash-all':
      return fault;
    case 'partition': {
      const kept = fault.blocked.filter(([from, to]) => !isGone(from) && !isGone(to));
      return { ...fault, blocked: kept.map(([from, to]) => [rename(from), rename(to)] as const) };
    }
    case 'swizzle': {
      const kept = fault.cuts.filter(([id]) => !isGone(id));
      return { ...fault, cuts: kept.map(([id, cut, back]) => [rename(id), cut, back] as const) };
    }
    case 'disk-full':
      return { ...fault, nodes: fault.nodes.filter((id) => !isGone(id)).map(rename) };
    case 'reset-link':
      if (isGone(fault.node) || isGone(fault.peer)) return null;
      return { ...fault, node: rename(fault.node), peer: rename(fault.peer) };
    case 'transfer': {
      const { to } = fault;
      if (isGone(fault.node) || (to !== null && isGone(to))) return null;
      return { ...fault, node: rename(fault.node), to: to === null ? null : rename(to) };
    }
    case 'add':
    case 'remove':
    case 'promote':
    case 'demote':
      if (isGone(fault.via) || isGone(fault.node)) return null;
      return { ...fault, via: rename(fault.via), node: rename(fault.node) };
    default:
      return isGone(fault.node) ? null : { ...fault, node: rename(fault.node) };
  }
}

/** The kind of a fault or of an operation. */
export function kindOf(decision: Decision): string {
  return 'fault' in decision ? decision.fault.kind : decision.operation.kind;
}

/** `loss 1>2` is of the class `loss`. */
export function classOf({ point }: PlacedChoice): string {
  return point.split(' ')[0] ?? point;
}

function flatten(trace: ChoiceTrace): readonly PlacedChoice[] {
  const all = Object.entries(trace).flatMap(([point, values]) =>
    values.map(([atUs, ordinal, value]): PlacedChoice => ({ point, atUs, ordinal, value })),
  );
  // By time: what is left out together then belongs together.
  return all.sort((left, right) => left.atUs - right.atUs);
}
