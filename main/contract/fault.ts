import { argumentError, fieldsOf, integer, oneOf, text, type Check } from './argument.ts';
import type { Result } from './errors.ts';

/** The link of one node to another, seen from the first. */
interface FaultedLink {
  readonly peerId: string;
  /** 'out': messages that the node sends; 'in': messages that it receives. */
  readonly direction: 'in' | 'out';
}

/** A fault to put in force on one node; `kind` is that of `FaultView`. */
export type FaultRequest =
  | ({ readonly kind: 'link-cut' } & FaultedLink)
  /** Each message is lost with this probability: above 0, up to 1. */
  | ({ readonly kind: 'link-drop'; readonly probability: number } & FaultedLink)
  | ({
      readonly kind: 'link-delay';
      readonly delayMs: number;
      readonly jitterMs: number;
    } & FaultedLink)
  | ({ readonly kind: 'link-rate'; readonly bytesPerSecond: number } & FaultedLink)
  | { readonly kind: 'disk-slow'; readonly delayMs: number }
  | { readonly kind: 'disk-full' }
  | { readonly kind: 'disk-fsync-error' }
  | { readonly kind: 'clock-offset'; readonly offsetMs: number };

/** A fault that was put in force. */
export interface FaultRef {
  readonly faultId: string;
}

/** How many faults were ended, and the nodes that did not answer: theirs end with their leases. */
export interface HealedFaults {
  readonly healed: number;
  readonly unreached: readonly string[];
}

/** Shortest and longest lease of a fault, milliseconds. */
export const FAULT_LEASE_MS = { min: 100, max: 600_000 } as const;

const NODE_ID_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const DELAY_MS_MAX = 60_000;
const OFFSET_MS_MAX = 100_000_000;

const peer = text({ minLength: 1, maxLength: 40, pattern: NODE_ID_PATTERN });
const probability: Check<number> = (value, field) =>
  typeof value === 'number' && value >= 1e-9 && value <= 1
    ? { ok: true, value }
    : argumentError(field, 'must be a number above 0 and up to 1');

/** The fields of each kind beside `kind` and the link, each with its check. */
const FIGURES: {
  readonly [K in FaultRequest['kind']]: Readonly<Record<string, Check<number>>>;
} = {
  'link-cut': {},
  'link-drop': { probability },
  'link-delay': {
    delayMs: integer({ min: 1, max: DELAY_MS_MAX }),
    jitterMs: integer({ min: 0, max: DELAY_MS_MAX }),
  },
  'link-rate': { bytesPerSecond: integer({ min: 1, max: 1_000_000_000 }) },
  'disk-slow': { delayMs: integer({ min: 1, max: DELAY_MS_MAX }) },
  'disk-full': {},
  'disk-fsync-error': {},
  'clock-offset': { offsetMs: integer({ min: -OFFSET_MS_MAX, max: OFFSET_MS_MAX }) },
};

const kinds = oneOf(Object.keys(FIGURES) as FaultRequest['kind'][]);

/** A lease in milliseconds. */
export const checkLease: Check<number> = integer(FAULT_LEASE_MS);

/** A fault with exactly the fields of its kind. */
export const checkFault: Check<FaultRequest> = (value, field) => {
  if (typeof value !== 'object' || value === null) return argumentError(field, 'must be an object');
  const ownKind = Object.getOwnPropertyDescriptor(value, 'kind');
  const kind = kinds(
    ownKind !== undefined && 'value' in ownKind ? ownKind.value : undefined,
    'kind',
  );
  if (!kind.ok) return kind;
  const figures = FIGURES[kind.value];
  const isLink = kind.value.startsWith('link-');
  const required = ['kind', ...(isLink ? ['peerId', 'direction'] : []), ...Object.keys(figures)];
  const fields = fieldsOf(value, { required, optional: [] });
  if (!fields.ok) return fields;
  const checks: Readonly<Record<string, Check<string | number>>> = isLink
    ? { ...figures, peerId: peer, direction: oneOf(['in', 'out']) }
    : figures;
  return checkedFault(kind.value, fields.value, checks);
};

/** The one place where checked fields are taken for a fault: `checks` are those of its kind. */
function checkedFault(
  kind: FaultRequest['kind'],
  fields: ReadonlyMap<string, unknown>,
  checks: Readonly<Record<string, Check<string | number>>>,
): Result<FaultRequest> {
  const fault: Record<string, string | number> = { kind };
  for (const [name, check] of Object.entries(checks)) {
    const checked = check(fields.get(name), name);
    if (!checked.ok) return checked;
    if (checked.value === 0 && name === 'offsetMs') return argumentError(name, 'must not be 0');
    fault[name] = checked.value;
  }
  return { ok: true, value: fault as unknown as FaultRequest };
}

/** The command that puts a fault in force: what is sent to the node, and what a user would type. */
export function faultCommand(fault: FaultRequest, leaseMs: number): readonly string[] {
  return ['RAFT', 'FAULT', ...faultWords(fault), 'LEASE', String(leaseMs)];
}

function faultWords(fault: FaultRequest): readonly string[] {
  switch (fault.kind) {
    case 'link-cut':
      return [...linkWords(fault), 'CUT'];
    case 'link-drop':
      return [...linkWords(fault), 'DROP', fault.probability.toFixed(9).replace(/0+$/, '0')];
    case 'link-delay': {
      const jitter = fault.jitterMs === 0 ? [] : ['JITTER', String(fault.jitterMs)];
      return [...linkWords(fault), 'DELAY', String(fault.delayMs), ...jitter];
    }
    case 'link-rate':
      return [...linkWords(fault), 'RATE', String(fault.bytesPerSecond)];
    case 'disk-slow':
      return ['DISK', 'SLOW', String(fault.delayMs)];
    case 'disk-full':
      return ['DISK', 'FULL'];
    case 'disk-fsync-error':
      return ['DISK', 'FSYNC-ERROR'];
    case 'clock-offset':
      return ['CLOCK', String(fault.offsetMs)];
  }
}

function linkWords({ peerId, direction }: FaultedLink): readonly string[] {
  return ['LINK', peerId, direction.toUpperCase()];
}
