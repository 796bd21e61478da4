import type { NodeId } from '../../raft/types.ts';
import type { LinkDirection } from '../../transport/link-faults.ts';

/** What a fault does to the messages of a link. */
export type LinkEffect =
  | { readonly kind: 'link-cut' }
  /** Each message is lost with this probability, 0 to 1. */
  | { readonly kind: 'link-drop'; readonly probability: number }
  /** Each message is late by `delayMs`, more or less by up to `jitterMs`. */
  | { readonly kind: 'link-delay'; readonly delayMs: number; readonly jitterMs: number }
  | { readonly kind: 'link-rate'; readonly bytesPerSecond: number };

/** A fault of one direction of the link to one peer, as seen from this node. */
export type LinkFault = LinkEffect & {
  readonly peerId: NodeId;
  readonly direction: LinkDirection;
};

/** A fault of the disk under the log, its pages and the snapshots. */
export type DiskFault =
  | { readonly kind: 'disk-slow'; readonly delayMs: number }
  | { readonly kind: 'disk-full' }
  | { readonly kind: 'disk-fsync-error' };

/** A wall clock that is wrong by so many milliseconds. */
export interface ClockFault {
  readonly kind: 'clock-offset';
  readonly offsetMs: number;
}

/** One fault, without its lease. */
export type Fault = LinkFault | DiskFault | ClockFault;

/** What was seen of a fault since it was set. All of it is counted or measured, none configured. */
export interface Measured {
  /** Messages, writes or readings of the clock that met it. */
  seen: number;
  /** Of them: messages lost, writes refused or failed. */
  stopped: number;
  /** Of them: messages and writes that went on late, and readings that were off. */
  shifted: number;
  /** Milliseconds they were late or off: the sum, and the one furthest from zero. */
  sumMs: number;
  extremeMs: number;
  /** Bytes of messages that went on. */
  bytes: number;
}

/** Nothing seen yet. */
export function unmeasured(): Measured {
  return { seen: 0, stopped: 0, shifted: 0, sumMs: 0, extremeMs: 0, bytes: 0 };
}

/** Takes in one that was late or off by so much. */
export function measureShift(measured: Measured, ms: number): void {
  measured.shifted += 1;
  measured.sumMs += ms;
  if (Math.abs(ms) > Math.abs(measured.extremeMs)) measured.extremeMs = ms;
}

/** A fault in force. */
export interface ActiveFault {
  readonly id: string;
  readonly fault: Fault;
  /** On the monotonic clock. */
  readonly sinceMs: number;
  /** When its lease ends, on the monotonic clock; moved by an extension. */
  untilMs: number;
  readonly measured: Measured;
}

/** Of two faults with one key only one can be in force: the later replaces the earlier. */
export function keyOf(fault: Fault): string {
  return isLinkFault(fault) ? `${fault.kind} ${fault.direction} ${fault.peerId}` : fault.kind;
}

/** Whether a fault is one of a link. */
export function isLinkFault(fault: Fault): fault is LinkFault {
  return 'peerId' in fault;
}

/** What was asked for, in words. */
export function describe(fault: Fault, selfId: NodeId): string {
  switch (fault.kind) {
    case 'link-cut':
      return `cut ${way(fault, selfId)}`;
    case 'link-drop':
      return `lose ${percent(fault.probability)} of the messages ${way(fault, selfId)}`;
    case 'link-delay': {
      const jitter = fault.jitterMs === 0 ? '' : ` ± ${fault.jitterMs} ms`;
      return `delay ${way(fault, selfId)} by ${fault.delayMs} ms${jitter}`;
    }
    case 'link-rate':
      return `at most ${fault.bytesPerSecond} bytes/s ${way(fault, selfId)}`;
    case 'disk-slow':
      return `every write to disk ${fault.delayMs} ms late`;
    case 'disk-full':
      return 'the disk is full';
    case 'disk-fsync-error':
      return 'syncs of the disk fail';
    case 'clock-offset':
      return `the wall clock is off by ${fault.offsetMs} ms`;
  }
}

/** What was measured, in words. */
export function measuredText({ fault, measured, sinceMs }: ActiveFault, nowMs: number): string {
  const { seen, stopped, shifted, sumMs, extremeMs } = measured;
  const mean = `${(sumMs / Math.max(1, shifted)).toFixed(1)} ms`;
  const late = shifted === 0 ? '' : `, ${mean} on average, ${extremeMs.toFixed(1)} ms at most`;
  switch (fault.kind) {
    case 'link-cut':
    case 'link-drop':
      return `${stopped} of ${seen} messages lost`;
    case 'link-delay':
      return `${shifted} of ${seen} messages late${late}`;
    case 'link-rate':
      return `${rateOf(measured, nowMs - sinceMs)} bytes/s, ${stopped} of ${seen} messages lost${late}`;
    case 'disk-slow':
      return `${shifted} of ${seen} writes late${late}`;
    case 'disk-full':
      return `${stopped} of ${seen} writes refused`;
    case 'disk-fsync-error':
      return `${stopped} of ${seen} syncs failed`;
    case 'clock-offset':
      return shifted === 0
        ? 'the clock was not read'
        : `the clock was read ${shifted} times, off by ${mean} on average`;
  }
}

/** Bytes a second over the life of a fault. */
export function rateOf({ bytes }: Measured, elapsedMs: number): number {
  return Math.round((1000 * bytes) / Math.max(1, elapsedMs));
}

function way({ peerId, direction }: LinkFault, selfId: NodeId): string {
  return direction === 'out' ? `${selfId} → ${peerId}` : `${peerId} → ${selfId}`;
}

function percent(probability: number): string {
  return `${Number((probability * 100).toFixed(2))} %`;
}
