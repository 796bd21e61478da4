import type { NodeId } from '../../raft/types.ts';
import type { LinkDirection } from '../../transport/link-faults.ts';
import type { DriverClock } from '../driver-ports.ts';
import type { FaultStatus } from '../status.ts';
import { DiskFaultGate } from './disk-fault-gate.ts';
import {
  type ActiveFault,
  describe,
  type Fault,
  isLinkFault,
  keyOf,
  measuredText,
  rateOf,
  unmeasured,
} from './fault.ts';
import { LinkFaultGate } from './link-fault-gate.ts';
import { ShiftedClock } from './shifted-clock.ts';

/** Most faults in force at once; one more is refused. */
export const FAULTS_MAX = 100;

/** Why a fault ended. */
export type FaultEnd = 'healed' | 'lease over' | 'replaced';

/** What a switchboard needs of its node. */
export interface FaultEvents {
  /** A fault began (`end` is null) or ended: for the log, the trace and the watchers. */
  readonly changed: (fault: FaultStatus, end: FaultEnd | null) => void;
  /** Nothing holds messages back on this link any more. */
  readonly released: (peer: NodeId, direction: LinkDirection) => void;
}

/**
 * The faults in force on one node. Each has a lease and ends with it, whatever became of whoever set
 * it: the timers are this process's own. What is told of a fault is what the gates saw of it.
 */
export class FaultSwitchboard {
  readonly links = new LinkFaultGate(Math.random);
  readonly disk = new DiskFaultGate();
  readonly clock: ShiftedClock;
  readonly #selfId: NodeId;
  readonly #active = new Map<string, ActiveFault>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  #events: FaultEvents | null = null;
  #count = 0;
  #revision = 0;

  /** @param clock what faults of the clock put off */
  constructor(selfId: NodeId, clock: DriverClock) {
    this.#selfId = selfId;
    this.clock = new ShiftedClock(clock);
  }

  /** Grows whenever a fault begins or ends. */
  get revision(): number {
    return this.#revision;
  }

  /** Whom to tell from now on. */
  listen(events: FaultEvents): void {
    this.#events = events;
  }

  /** Puts a fault in force; one of the same kind in the same place ends. Null when there are too many. */
  set(fault: Fault, leaseMs: number): FaultStatus | null {
    const key = keyOf(fault);
    const before = [...this.#active.values()].find((active) => keyOf(active.fault) === key);
    if (before !== undefined) this.#end(before, 'replaced');
    else if (this.#active.size >= FAULTS_MAX) return null;
    this.#count += 1;
    const nowMs = performance.now();
    const active: ActiveFault = {
      id: `f${this.#count}`,
      fault,
      sinceMs: nowMs,
      untilMs: nowMs + leaseMs,
      measured: unmeasured(),
    };
    this.#active.set(active.id, active);
    if (isLinkFault(fault)) this.links.add(active, fault);
    else if (fault.kind === 'clock-offset') {
      this.clock.shift({ offsetMs: fault.offsetMs, measured: active.measured });
    } else this.disk.add(active);
    this.#arm(active);
    return this.#changed(active, null);
  }

  /** Gives a fault in force a new lease from now on; false when there is none of that id. */
  extend(id: string, leaseMs: number): boolean {
    const active = this.#active.get(id);
    if (active === undefined) return false;
    active.untilMs = performance.now() + leaseMs;
    this.#arm(active);
    this.#changed(active, null);
    return true;
  }

  /** Ends one fault; false when there is none of that id. */
  heal(id: string): boolean {
    const active = this.#active.get(id);
    if (active !== undefined) this.#end(active, 'healed');
    return active !== undefined;
  }

  /** Ends all faults; returns how many. */
  healAll(): number {
    const all = [...this.#active.values()];
    for (const active of all) this.#end(active, 'healed');
    return all.length;
  }

  /** What is in force, oldest first. */
  list(): readonly FaultStatus[] {
    return [...this.#active.values()].map((active) => this.#statusOf(active));
  }

  /** Ends the leases' timers; the node ends. */
  close(): void {
    this.#events = null;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  #arm(active: ActiveFault): void {
    clearTimeout(this.#timers.get(active.id));
    const leftMs = Math.max(0, active.untilMs - performance.now());
    const timer = setTimeout(() => {
      this.#end(active, 'lease over');
    }, leftMs);
    this.#timers.set(active.id, timer.unref());
  }

  #end(active: ActiveFault, end: FaultEnd): void {
    const { id, fault } = active;
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    this.#active.delete(id);
    if (isLinkFault(fault)) {
      // Before the gate forgets it: what is let go now was held by this fault.
      this.#events?.released(fault.peerId, fault.direction);
      this.links.remove(id, fault);
    } else if (fault.kind === 'clock-offset') this.clock.shift(null);
    else this.disk.remove(id);
    this.#changed(active, end);
  }

  #changed(active: ActiveFault, end: FaultEnd | null): FaultStatus {
    this.#revision += 1;
    const status = this.#statusOf(active);
    this.#events?.changed(status, end);
    return status;
  }

  #statusOf(active: ActiveFault): FaultStatus {
    const { id, fault, measured, sinceMs, untilMs } = active;
    const nowMs = performance.now();
    const isMeasured = measured.shifted > 0;
    return {
      id,
      kind: fault.kind,
      description: describe(fault, this.#selfId),
      peerId: isLinkFault(fault) ? fault.peerId : null,
      direction: isLinkFault(fault) ? fault.direction : 'none',
      leaseMs: Math.max(0, Math.round(untilMs - nowMs)),
      measured: measuredText(active, nowMs),
      seen: measured.seen,
      stopped: measured.stopped,
      shifted: measured.shifted,
      meanMs: isMeasured ? tenths(measured.sumMs / measured.shifted) : null,
      extremeMs: isMeasured ? tenths(measured.extremeMs) : null,
      bytesPerSecond: fault.kind === 'link-rate' ? rateOf(measured, nowMs - sinceMs) : null,
    };
  }
}

function tenths(ms: number): number {
  return Math.round(ms * 10) / 10;
}
