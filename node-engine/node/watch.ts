import type { PushReply } from '../resp/value.ts';
import type { Client } from './client.ts';
import type { NodeStatus, NodeTraceEvent, TraceHistory, WatchKind } from './status.ts';
import { TraceBuffer } from './trace-buffer.ts';

const TRACE_FLUSH_MS = 20;
/** The kept trace goes out in pieces, so that no message of it is longer than other messages are. */
const HISTORY_PIECE = 250;
/** Fields whose change is pushed at once, as a full status. */
const EDGES = [
  'health',
  'role',
  'voter',
  'term',
  'votedFor',
  'leaderId',
  'transferTarget',
  'membershipIndex',
  'membershipCommitted',
  'members',
  'snapshotIndex',
  'snapshotInProgress',
  'snapshots',
  'firstIndex',
] as const satisfies readonly (keyof NodeStatus)[];
/** Fields that are the same for the life of the process, or change with every push. */
const CONSTANT: ReadonlySet<string> = new Set(['version', 'id', 'sequence', 'timeMs', 'pid']);

/** What one watcher asked for. */
export interface WatchOptions {
  readonly events: boolean;
  readonly intervalMs: number;
}

interface Watcher {
  readonly client: Client;
  readonly options: WatchOptions;
  /** The status this watcher has, to send only what differs. */
  known: NodeStatus;
  /** The figures or the status could not be sent; the next one sent is whole. */
  stale: boolean;
  /** What was kept of the trace before it began to watch has not been sent to it yet. */
  owedHistory: boolean;
  droppedFigures: number;
  droppedTraces: number;
  readonly timer: ReturnType<typeof setInterval>;
}

/**
 * The connections that watch this node. Changes of state are pushed at once, figures at each
 * watcher's interval, the trace every few milliseconds. A watcher that does not read loses figures
 * and traces and is told how many; it never holds up the node.
 */
export class WatchHub {
  readonly #status: () => NodeStatus;
  readonly #trace: TraceBuffer;
  readonly #watchers = new Set<Watcher>();
  #edge = '';
  #traceTimer: ReturnType<typeof setTimeout> | null = null;

  constructor(status: () => NodeStatus, nowMs: () => number) {
    this.#status = status;
    this.#trace = new TraceBuffer(nowMs);
  }

  /** Takes an event of the node's or the core's trace. */
  trace(event: NodeTraceEvent): void {
    const watched = this.#wantsTrace();
    this.#trace.add(event, watched);
    if (watched) this.#flushSoon();
  }

  #flushSoon(): void {
    this.#traceTimer ??= setTimeout(() => {
      this.#traceTimer = null;
      this.#flushTrace();
    }, TRACE_FLUSH_MS).unref();
  }

  #wantsTrace(): boolean {
    for (const watcher of this.#watchers) if (watcher.options.events) return true;
    return false;
  }

  /** Turns a connection into a watcher. Returns its first message, which answers the command. */
  add(client: Client, options: WatchOptions): PushReply {
    const status = this.#status();
    const watcher: Watcher = {
      client,
      options,
      known: status,
      stale: false,
      owedHistory: options.events,
      droppedFigures: 0,
      droppedTraces: 0,
      timer: setInterval(() => {
        this.#figures(watcher);
      }, options.intervalMs),
    };
    this.#watchers.add(watcher);
    if (options.events) this.#flushSoon();
    client.onClosed(() => {
      clearInterval(watcher.timer);
      this.#watchers.delete(watcher);
    });
    return messageOf('status', status);
  }

  /** A turn has ended: pushes the whole status when something that cannot wait has changed. */
  turnEnded(edge: string): void {
    if (edge === this.#edge) return;
    this.#edge = edge;
    this.#flushTrace();
    if (this.#watchers.size === 0) return;
    const status = this.#status();
    for (const watcher of this.#watchers) this.#pushStatus(watcher, status);
  }

  close(): void {
    if (this.#traceTimer !== null) clearTimeout(this.#traceTimer);
    for (const watcher of this.#watchers) clearInterval(watcher.timer);
    this.#watchers.clear();
  }

  #figures(watcher: Watcher): void {
    const status = this.#status();
    const changed = changedFields(watcher.known, status);
    if (watcher.stale || EDGES.some((field) => field in changed)) {
      this.#pushStatus(watcher, status);
      return;
    }
    if (Object.keys(changed).length === 0) return;
    const patch = { timeMs: status.timeMs, sequence: status.sequence, ...changed };
    if (send(watcher, 'figures', patch)) watcher.known = status;
    else watcher.droppedFigures += 1;
  }

  #pushStatus(watcher: Watcher, status: NodeStatus): void {
    if (send(watcher, 'status', status)) {
      watcher.known = status;
      watcher.stale = false;
    } else {
      watcher.stale = true;
      watcher.droppedFigures += 1;
    }
  }

  #flushTrace(): void {
    const { traces, dropped } = this.#trace.flush();
    for (const watcher of this.#watchers) {
      if (!watcher.options.events) continue;
      if (watcher.owedHistory) {
        // It holds what is rare of this flush too, and its numbers go to the end of it.
        this.#sendHistory(watcher);
        continue;
      }
      if (traces.length + dropped === 0) continue;
      watcher.droppedTraces += dropped;
      if (traces.length > 0 && !send(watcher, 'trace', traces)) {
        watcher.droppedTraces += traces.length;
      }
    }
  }

  #sendHistory(watcher: Watcher): void {
    watcher.owedHistory = false;
    const { traces, from, through } = this.#trace.kept();
    for (let start = 0; start === 0 || start < traces.length; start += HISTORY_PIECE) {
      const piece = traces.slice(start, start + HISTORY_PIECE);
      const isLast = start + HISTORY_PIECE >= traces.length;
      const end = isLast ? through : (piece.at(-1)?.sequence ?? through);
      const history: TraceHistory = { from, through: end, traces: piece };
      if (!send(watcher, 'history', history)) watcher.droppedTraces += piece.length;
    }
  }
}

/** Sends one message; what was lost before goes first. */
function send(watcher: Watcher, kind: WatchKind, document: unknown): boolean {
  const { droppedFigures, droppedTraces } = watcher;
  if (droppedFigures + droppedTraces > 0) {
    const dropped = { figures: droppedFigures, traces: droppedTraces };
    if (!watcher.client.push(messageOf('dropped', dropped).items)) return false;
    watcher.droppedFigures = 0;
    watcher.droppedTraces = 0;
  }
  return watcher.client.push(messageOf(kind, document).items);
}

function messageOf(kind: WatchKind, document: unknown): PushReply {
  return { type: 'push', items: ['raft-watch', kind, JSON.stringify(document)] };
}

function changedFields(before: NodeStatus, after: NodeStatus): Record<string, unknown> {
  const changed: Record<string, unknown> = {};
  const old = before as unknown as Record<string, unknown>;
  for (const [field, value] of Object.entries(after) as [string, unknown][]) {
    if (!CONSTANT.has(field) && !same(old[field], value)) changed[field] = value;
  }
  return changed;
}

/** Fields hold plain data: anything but an object compares by value. */
function same(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object') return false;
  return JSON.stringify(one) === JSON.stringify(other);
}
