import type { NodeTrace, NodeTraceEvent } from './status.ts';

/** Kinds that can come thousands of times a second; within a flush they are merged per peer. */
const FREQUENT: ReadonlySet<string> = new Set([
  'sent',
  'acknowledged',
  'appended',
  'committed',
  'applied',
  'fsync',
  'snapshot-sent',
]);
const EVENTS_MAX = 4096;
/** Rare events kept from the start of the process, for whoever begins to watch later. */
const KEPT_MAX = 2000;

/** What a flush holds. */
export interface TraceFlush {
  readonly traces: readonly NodeTrace[];
  /** Events that found the buffer full. Their numbers are missing from the sequence. */
  readonly dropped: number;
}

/** What is kept of the trace since the process began. */
export interface KeptTrace {
  /** Rare events, oldest first; the numbers between them belong to frequent ones. */
  readonly traces: readonly NodeTrace[];
  /** Every rare event from this number on is in `traces`. */
  readonly from: number;
  /** The number of the newest event of all, rare or frequent. */
  readonly through: number;
}

/**
 * The node's trace: what has gathered between two flushes, numbered without gaps, and the rare events
 * since the process began.
 *
 * Frequent events of one kind and peer become one with a `times` field: the last one's figures, and
 * `entries` added up. So a busy node's trace stays small and still says what happened in order.
 * Rare events (roles, votes, members, snapshots, commands) are kept whether or not anybody watches:
 * an election is over before a watcher could ask for it. Frequent ones are made for watchers alone.
 */
export class TraceBuffer {
  readonly #nowMs: () => number;
  #traces: NodeTrace[] = [];
  #merged = new Map<string, number>();
  #sequence = 0;
  #dropped = 0;
  /** Up to twice `KEPT_MAX`, cut to it now and then. */
  #kept: NodeTrace[] = [];
  #keptFrom = 1;

  /** @param nowMs Unix milliseconds with fraction */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  get empty(): boolean {
    return this.#traces.length === 0 && this.#dropped === 0;
  }

  /** Numbers an event and keeps it: for the next flush if `watched`, and a rare one for later too. */
  add(event: NodeTraceEvent, watched: boolean): void {
    const frequent = FREQUENT.has(event.type);
    if (!watched) {
      if (!frequent) this.#keep(this.#numbered(event));
      return;
    }
    const key = frequent ? mergeKey(event) : '';
    if (frequent) {
      const at = this.#merged.get(key);
      const before = at === undefined ? undefined : this.#traces[at];
      if (at !== undefined && before !== undefined) {
        this.#traces[at] = { ...before, event: merge(before.event, event) };
        return;
      }
    } else {
      // Order matters around rare events: what comes after one is not merged into what came before.
      this.#merged.clear();
    }
    const trace = this.#numbered(event);
    if (!frequent) this.#keep(trace);
    if (this.#traces.length >= EVENTS_MAX) {
      this.#dropped += 1;
      return;
    }
    if (frequent) this.#merged.set(key, this.#traces.length);
    this.#traces.push(trace);
  }

  /** The rare events since the process began, as far as they are kept. */
  kept(): KeptTrace {
    return {
      traces: this.#kept.slice(-KEPT_MAX),
      from: this.#fromOfKept(),
      through: this.#sequence,
    };
  }

  /** Takes what has gathered. */
  flush(): TraceFlush {
    const flush = { traces: this.#traces, dropped: this.#dropped };
    this.#traces = [];
    this.#merged.clear();
    this.#dropped = 0;
    return flush;
  }

  #numbered(event: NodeTraceEvent): NodeTrace {
    this.#sequence += 1;
    return { sequence: this.#sequence, timeMs: this.#nowMs(), event };
  }

  #keep(trace: NodeTrace): void {
    this.#kept.push(trace);
    if (this.#kept.length < 2 * KEPT_MAX) return;
    this.#keptFrom = this.#fromOfKept();
    this.#kept = this.#kept.slice(-KEPT_MAX);
  }

  #fromOfKept(): number {
    const lastLeftOut = this.#kept[this.#kept.length - KEPT_MAX - 1];
    return lastLeftOut === undefined ? this.#keptFrom : lastLeftOut.sequence + 1;
  }
}

function mergeKey(event: NodeTraceEvent): string {
  const message = field(event, 'message');
  const heartbeat = message === 'AppendEntriesRequest' && event['entries'] === 0;
  return `${event.type} ${message} ${field(event, 'to')} ${field(event, 'from')} ${String(heartbeat)}`;
}

function field(event: NodeTraceEvent, name: string): string {
  const value = event[name];
  return typeof value === 'string' ? value : '';
}

function merge(before: NodeTraceEvent, event: NodeTraceEvent): NodeTraceEvent {
  const times = (typeof before['times'] === 'number' ? before['times'] : 1) + 1;
  const firstIndex = before['firstIndex'];
  const entriesBefore = before['entries'];
  const entries = event['entries'];
  return {
    ...event,
    times,
    ...(typeof firstIndex === 'number' ? { firstIndex } : {}),
    ...(typeof entries === 'number' && typeof entriesBefore === 'number'
      ? { entries: entries + entriesBefore }
      : {}),
  };
}
