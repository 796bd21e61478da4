import type { Message } from '../../raft/message.ts';
import type { NodeId } from '../../raft/types.ts';
import type { LinkDirection, LinkFaults } from '../../transport/link-faults.ts';
import { messageCost } from '../../transport/send-queue.ts';
import { measureShift, type ActiveFault, type LinkFault, type Measured } from './fault.ts';

/** A message that a slow link would hold longer than this is lost, as a full router loses it. */
const RATE_BACKLOG_MS_MAX = 5_000;

/** A fault of a link in force. */
interface ActiveLinkFault {
  readonly id: string;
  readonly fault: LinkFault;
  readonly measured: Measured;
  /** Of a rate: when the link has sent what it took so far, on the monotonic clock. */
  freeAtMs: number;
}

/** The faults of the links: asked by the transport about every Raft message that comes or goes. */
export class LinkFaultGate implements LinkFaults {
  readonly #random: () => number;
  readonly #byLink = new Map<string, ActiveLinkFault[]>();

  /** @param random evenly distributed in [0, 1) */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** Puts a fault in force. */
  add(active: ActiveFault, fault: LinkFault): void {
    const key = linkKey(fault.peerId, fault.direction);
    const { id, measured } = active;
    this.#byLink.set(key, [...(this.#byLink.get(key) ?? []), { id, fault, measured, freeAtMs: 0 }]);
  }

  /** Ends a fault. */
  remove(id: string, fault: LinkFault): void {
    const key = linkKey(fault.peerId, fault.direction);
    const rest = (this.#byLink.get(key) ?? []).filter((active) => active.id !== id);
    if (rest.length === 0) this.#byLink.delete(key);
    else this.#byLink.set(key, rest);
  }

  judge(peer: NodeId, direction: LinkDirection, message: Message): number | null {
    const onLink = this.#byLink.get(linkKey(peer, direction));
    if (onLink === undefined) return 0;
    let delayMs = 0;
    for (const [at, active] of onLink.entries()) {
      const verdict = this.#judgeBy(active, message);
      if (verdict === null) {
        // What another fault loses can be late for nobody: else a delay seems not to work.
        for (const { fault, measured } of onLink.slice(0, at)) {
          if (fault.kind === 'link-delay') measured.seen -= 1;
        }
        return null;
      }
      delayMs += verdict;
    }
    return delayMs;
  }

  passed(peer: NodeId, direction: LinkDirection, message: Message, heldMs: number): void {
    for (const { measured } of this.#byLink.get(linkKey(peer, direction)) ?? []) {
      measured.bytes += messageCost(message);
      if (heldMs > 0) measureShift(measured, heldMs);
    }
  }

  #judgeBy(active: ActiveLinkFault, message: Message): number | null {
    const { fault, measured } = active;
    measured.seen += 1;
    const delayMs = fault.kind === 'link-rate' ? queueFor(active, message) : this.#delayBy(fault);
    if (delayMs === null) measured.stopped += 1;
    return delayMs;
  }

  /** Milliseconds, or null to lose it. */
  #delayBy(fault: Exclude<LinkFault, { readonly kind: 'link-rate' }>): number | null {
    switch (fault.kind) {
      case 'link-cut':
        return null;
      case 'link-drop':
        return this.#random() < fault.probability ? null : 0;
      case 'link-delay':
        return Math.max(0, fault.delayMs + fault.jitterMs * (2 * this.#random() - 1));
    }
  }
}

/** Puts a message behind those that a slow link still sends; null when too many wait already. */
function queueFor(active: ActiveLinkFault, message: Message): number | null {
  if (active.fault.kind !== 'link-rate') return 0;
  const nowMs = performance.now();
  const freeAtMs = Math.max(nowMs, active.freeAtMs);
  if (freeAtMs - nowMs > RATE_BACKLOG_MS_MAX) return null;
  active.freeAtMs = freeAtMs + (1000 * messageCost(message)) / active.fault.bytesPerSecond;
  return active.freeAtMs - nowMs;
}

function linkKey(peer: NodeId, direction: LinkDirection): string {
  return `${direction} ${peer}`;
}
