import type { ClusterView } from '../../../main/contract/model.ts';
import type { ChaosTool } from '../../state/chaos.ts';
import { formatCount } from '../../ui/format.ts';
import {
  type FaultPlan,
  type LinkEffect,
  linkPlan,
  linkWays,
  type NodeEffect,
  nodePlan,
  partitionPlan,
  type PartitionWay,
  type Side,
  targetsOf,
} from './fault-plan.ts';

/** The largest values that a node takes; see main/contract/fault.ts. */
const DELAY_MS_MAX = 60_000;
const RATE_MAX = 1_000_000_000;
const OFFSET_S_MAX = 100_000;

/** What the form of the chosen fault holds, as it was typed. */
export interface Draft {
  readonly sides: ReadonlyMap<string, Side>;
  readonly way: PartitionWay;
  /** The link, or all links of `from` where `to` is null. */
  readonly from: string | null;
  readonly to: string | null;
  readonly bothWays: boolean;
  readonly nodeIds: readonly string[];
  readonly delayMs: string;
  readonly jitterMs: string;
  readonly percent: string;
  readonly kilobytes: string;
  readonly diskMs: string;
  readonly offsetS: string;
  readonly leaseMs: number;
}

export const FIRST_DRAFT: Draft = {
  sides: new Map(),
  way: 'both',
  from: null,
  to: null,
  bothWays: false,
  nodeIds: [],
  delayMs: '80',
  jitterMs: '20',
  percent: '20',
  kilobytes: '8',
  diskMs: '200',
  offsetS: '60',
  leaseMs: 30_000,
};

/** A number from a field, or what is wrong with it. */
type Figure = { readonly value: number } | { readonly wrong: string };

/** The leases to choose from, milliseconds. */
export const LEASES = [10_000, 30_000, 60_000, 300_000, 600_000] as const;

/** What the form asks for; a problem where it asks for nothing possible. */
export function planOf(view: ClusterView, tool: ChaosTool, draft: Draft): FaultPlan {
  if (tool === 'partition') return partitionPlan(view, draft.sides, draft.way);
  const linkEffect = linkEffectOf(tool, draft);
  if (linkEffect !== null) {
    if ('wrong' in linkEffect) return refused(linkEffect.wrong);
    const { from, to } = linkEndsOf(view, draft);
    if (from === null) return refused('There is no node.');
    return linkPlan(view, linkWays(view, from, to, draft.bothWays), linkEffect);
  }
  const nodeEffect = nodeEffectOf(tool, draft);
  if (nodeEffect === null) return refused('');
  if ('wrong' in nodeEffect) return refused(nodeEffect.wrong);
  return nodePlan(view, draft.nodeIds, nodeEffect);
}

/** The ends of the link that is chosen: of nodes that are there, whoever was chosen before. */
export function linkEndsOf(
  view: ClusterView,
  draft: Draft,
): { readonly from: string | null; readonly to: string | null } {
  const ids = targetsOf(view).map(({ id }) => id);
  const there = (id: string | null): string | null => ids.find((one) => one === id) ?? null;
  const from = there(draft.from) ?? ids[0] ?? null;
  const to = there(draft.to);
  return { from, to: to === from ? null : to };
}

function refused(problem: string): FaultPlan {
  return { faults: [], problem };
}

function linkEffectOf(
  tool: ChaosTool,
  draft: Draft,
): LinkEffect | { readonly wrong: string } | null {
  switch (tool) {
    case 'link-cut':
      return { kind: 'link-cut' };
    case 'link-delay': {
      const delay = figureOf('The delay', draft.delayMs, {
        min: 1,
        max: DELAY_MS_MAX,
        whole: true,
      });
      if ('wrong' in delay) return delay;
      const jitter = figureOf('The jitter', draft.jitterMs, {
        min: 0,
        max: DELAY_MS_MAX,
        whole: true,
      });
      if ('wrong' in jitter) return jitter;
      if (jitter.value > delay.value) {
        return { wrong: 'The jitter must not be more than the delay: no message comes early.' };
      }
      return { kind: 'link-delay', delayMs: delay.value, jitterMs: jitter.value };
    }
    case 'link-drop': {
      const percent = figureOf('The share', draft.percent, { min: 0.1, max: 100, whole: false });
      if ('wrong' in percent) return percent;
      return { kind: 'link-drop', probability: percent.value / 100 };
    }
    case 'link-rate': {
      const max = RATE_MAX / 1024;
      const rate = figureOf('The rate', draft.kilobytes, { min: 0.1, max, whole: false });
      if ('wrong' in rate) return rate;
      return { kind: 'link-rate', bytesPerSecond: Math.round(rate.value * 1024) };
    }
    default:
      return null;
  }
}

function nodeEffectOf(
  tool: ChaosTool,
  draft: Draft,
): NodeEffect | { readonly wrong: string } | null {
  switch (tool) {
    case 'disk-slow': {
      const delay = figureOf('The delay', draft.diskMs, { min: 1, max: DELAY_MS_MAX, whole: true });
      return 'wrong' in delay ? delay : { kind: 'disk-slow', delayMs: delay.value };
    }
    case 'disk-full':
    case 'disk-fsync-error':
      return { kind: tool };
    case 'clock-offset': {
      const limits = { min: -OFFSET_S_MAX, max: OFFSET_S_MAX, whole: false };
      const offset = figureOf('The offset', draft.offsetS, limits);
      if ('wrong' in offset) return offset;
      const offsetMs = Math.round(offset.value * 1000);
      if (offsetMs === 0) return { wrong: 'The offset must not be 0.' };
      return { kind: 'clock-offset', offsetMs };
    }
    default:
      return null;
  }
}

function figureOf(
  what: string,
  text: string,
  { min, max, whole }: { readonly min: number; readonly max: number; readonly whole: boolean },
): Figure {
  // The label has the sign for minus (U+2212): whoever copies it means the same.
  const value = text.trim() === '' ? NaN : Number(text.replace('\u2212', '-'));
  const fits = Number.isFinite(value) && value >= min && value <= max;
  if (fits && (!whole || Number.isInteger(value))) return { value };
  const kind = whole ? 'a whole number' : 'a number';
  return { wrong: `${what} must be ${kind} from ${limitOf(min)} to ${limitOf(Math.floor(max))}.` };
}

function limitOf(limit: number): string {
  return Number.isInteger(limit) ? formatCount(limit) : String(limit);
}
