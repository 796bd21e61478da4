import type { NodeTrace, NodeTraceEvent } from './status.ts';

/** Kinds that can come thousands of times a second; within a flush they are merged per peer. */
const FREQUENT: ReadonlySet<string> = new Set([
  'sent',
  'acknowledged',
  'appended',
  'committed',
  'applied',
  'fsync',
]);
const EVENTS_MAX = 4096;

/** What a flush holds. */
export interface TraceFlush {
  readonly traces: readonly NodeTrace[];
  /** Events that found the buffer full. Their numbers are missing from the sequence. */
  readonly dropped: number;
}

/**
 * The node's trace between two flushes, numbered without gaps.
 *
 * Frequent events of one kind and peer become one with a `times` field: the last one's figures, and
 * `entries` added up. So a busy node's trace stays small and still says what happened in order.
 */
export class TraceBuffer {
  readonly #nowMs: () => number;
  #traces: NodeTrace[] = [];
  #merged = new Map<string, number>();
  #sequence = 0;
  #dropped = 0;

  /** @param nowMs Unix milliseconds with fraction */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  get empty(): boolean {
    return this.#traces.length === 0 && this.#dropped === 0;
  }

  /** Numbers an event and keeps it for the next flush. */
  add(event: NodeTraceEvent): void {
    const frequent = FREQUENT.has(event.type);
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
    this.#sequence += 1;
    if (this.#traces.length >= EVENTS_MAX) {
      this.#dropped += 1;
      return;
    }
    if (frequent) this.#merged.set(key, this.#traces.length);
    this.#traces.push({ sequence: this.#sequence, timeMs: this.#nowMs(), event });
  }

  /** Takes what has gathered. */
  flush(): TraceFlush {
    const flush = { traces: this.#traces, dropped: this.#dropped };
    this.#traces = [];
    this.#merged.clear();
    this.#dropped = 0;
    return flush;
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
