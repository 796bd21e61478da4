import type { NodeTrace, TraceHistory } from '../../node-engine/node/status.ts';
import type { EventView } from '../contract/model.ts';
import { Ring } from './ring.ts';

/** Events kept per cluster. */
const EVENTS_MAX = 20_000;
/** Most events of one push: a late listener gets the past in pieces of this size. */
const BATCH_MAX = 1_000;
/** New events wait so long for company. */
const BATCH_DELAY_MS = 40;
/** Longest event, as JSON; a longer one is replaced by a note of its size. */
const EVENT_SIZE_MAX = 8 * 1024;

/** Up to where a node's trace was heard. */
export interface HeardTrace {
  /** Tells one process of the node from the next: numbers start again with each. */
  readonly processKey: string;
  readonly sequence: number;
}

/** What happened in one cluster: the nodes' traces and what the host saw, in order of arrival. */
export class EventLog {
  readonly #clusterId: string;
  readonly #ring = new Ring<EventView>(EVENTS_MAX);
  readonly #publish: (events: readonly EventView[]) => void;
  readonly #heard = new Map<string, HeardTrace>();
  #pending: EventView[] = [];
  #timer: NodeJS.Timeout | null = null;
  #sequence: number;

  /** `publish` gets new events in batches, in order. Their numbers begin after `lastSequence`. */
  constructor(
    clusterId: string,
    publish: (events: readonly EventView[]) => void,
    lastSequence = 0,
  ) {
    this.#clusterId = clusterId;
    this.#publish = publish;
    this.#sequence = lastSequence;
  }

  /** Up to where each node's trace was heard. */
  heard(): ReadonlyMap<string, HeardTrace> {
    return this.#heard;
  }

  /** Goes on where an earlier host was: what it heard is not taken again. */
  resume(heard: ReadonlyMap<string, HeardTrace>): void {
    for (const [nodeId, position] of heard) this.#heard.set(nodeId, position);
  }

  /** Notes what the host itself saw or did; `timeMs` by its own clock. */
  note(
    nodeId: string,
    type: string,
    fields: Readonly<Record<string, unknown>>,
    timeMs = Date.now(),
  ): void {
    this.#append({ nodeId, nodeSequence: null, timeMs, type, fields });
  }

  /**
   * Takes what a node had kept of its trace before anybody watched it. Numbers left out in it are of
   * events that come with every entry; only what it could not keep is a gap.
   */
  history(nodeId: string, processKey: string, history: TraceHistory): void {
    const heard = this.#heard.get(nodeId);
    const last = heard?.processKey === processKey ? heard.sequence : 0;
    const missed = history.from - last - 1;
    if (missed > 0) {
      const timeMs = history.traces[0]?.timeMs ?? Date.now();
      this.note(nodeId, 'gap', { from: last + 1, to: history.from - 1, missed }, timeMs);
    }
    for (const { sequence, timeMs, event } of history.traces) {
      if (sequence <= last) continue;
      const { type, ...fields } = event;
      this.#append({ nodeId, nodeSequence: sequence, timeMs, type, fields: bounded(fields) });
    }
    this.#heard.set(nodeId, { processKey, sequence: Math.max(last, history.through) });
  }

  /**
   * Takes what a node traced. `processKey` tells one process of the node from the next: numbers start
   * again with each. A gap in the numbers becomes an event of its own, so that what is missing is
   * seen to be missing.
   */
  trace(nodeId: string, processKey: string, traces: readonly NodeTrace[]): void {
    for (const { sequence, timeMs, event } of traces) {
      const heard = this.#heard.get(nodeId);
      if (heard?.processKey === processKey) {
        if (sequence <= heard.sequence) continue;
        const missed = sequence - heard.sequence - 1;
        if (missed > 0) {
          const from = heard.sequence + 1;
          this.note(nodeId, 'gap', { from, to: sequence - 1, missed }, timeMs);
        }
      }
      this.#heard.set(nodeId, { processKey, sequence });
      const { type, ...fields } = event;
      this.#append({ nodeId, nodeSequence: sequence, timeMs, type, fields: bounded(fields) });
    }
  }

  /** All events that are kept and have been published, in pieces of bounded size. */
  past(): readonly (readonly EventView[])[] {
    // What waits for its batch is in the ring already; a new listener must not get it twice.
    this.#flush();
    const events = this.#ring.toArray();
    const pieces: EventView[][] = [];
    for (let start = 0; start < events.length; start += BATCH_MAX) {
      pieces.push(events.slice(start, start + BATCH_MAX));
    }
    return pieces;
  }

  /** Publishes what waits and lets go of the timer. */
  close(): void {
    this.#flush();
  }

  #append(event: Omit<EventView, 'sequence' | 'clusterId'>): void {
    this.#sequence += 1;
    const view = { sequence: this.#sequence, clusterId: this.#clusterId, ...event };
    this.#ring.push(view);
    this.#pending.push(view);
    if (this.#pending.length >= BATCH_MAX) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), BATCH_DELAY_MS);
  }

  #flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const events = this.#pending;
    this.#pending = [];
    if (events.length > 0) this.#publish(events);
  }
}

function bounded(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  // Most events hold a few numbers; only those with text or lists can be long.
  const small = Object.values(fields).every(
    (value) => typeof value !== 'object' && (typeof value !== 'string' || value.length < 200),
  );
  if (small) return fields;
  const size = JSON.stringify(fields).length;
  return size <= EVENT_SIZE_MAX ? fields : { leftOut: `${size} characters` };
}
