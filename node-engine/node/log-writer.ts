import type { StorageError } from '../log/log-store.ts';
import type { Message } from '../raft/message.ts';
import type { FetchRequest, Ready } from '../raft/ready.ts';
import type { SnapshotMeta } from '../raft/types.ts';
import type { DriverPorts } from './driver-ports.ts';
import type { LatencySamples } from './latency.ts';
import { WriteQueue } from './write-queue.ts';

/** What the log writer counts. */
export interface LogWriterCounters {
  logWrites: number;
  logWriteBytes: number;
  snapshotsInstalled: number;
}

/** What the log writer needs of the driver. */
export interface LogWriterEvents {
  /** Runs a task inside the next turn. */
  readonly input: (task: () => void) => void;
  readonly send: (messages: readonly Message[]) => void;
  /** The log now starts after this received snapshot. */
  readonly installed: (snapshot: SnapshotMeta) => void;
  /** What a follower needs of the log is damaged here. Called inside a turn. */
  readonly damaged: () => void;
  readonly failed: (error: StorageError) => void;
}

/**
 * The store step of the driver: makes Readys durable, one write at a time, and only then lets their
 * answers leave and the core know. A failed write ends it: nothing that hung on it ever happens.
 */
export class LogWriter {
  readonly #ports: DriverPorts;
  readonly #counters: LogWriterCounters;
  readonly #latency: LatencySamples;
  readonly #events: LogWriterEvents;
  readonly #queue = new WriteQueue();
  #reclaims: ((error: StorageError | null) => void)[] = [];
  #stopped = false;
  /** Why the last read for a follower failed; null when it did not. */
  #readFailure: string | null = null;

  constructor(
    ports: DriverPorts,
    counters: LogWriterCounters,
    latency: LatencySamples,
    events: LogWriterEvents,
  ) {
    this.#ports = ports;
    this.#counters = counters;
    this.#latency = latency;
    this.#events = events;
    // A node that only reads and heartbeats would go on as if nothing were wrong, without its log.
    ports.store.onFailure((error) => {
      if (!this.#stopped) events.failed(error);
    });
  }

  /** Takes a Ready whose immediate messages have left. */
  take(ready: Ready): void {
    if (!ready.mustPersist && ready.messagesAfterAppend.length === 0) return;
    this.#queue.push(ready);
    this.#write();
  }

  /** Frees space as soon as everything that waits, such as a trim just asked for, is on disk. */
  reclaim(done: (error: StorageError | null) => void): void {
    this.#reclaims.push(done);
  }

  /** Nothing more comes in this turn. */
  turnEnded(): void {
    this.#reclaimIfIdle();
  }

  /** Reads runs for a follower that is behind the core's cache. */
  fetch(request: FetchRequest): void {
    const { to, fromIndex, toIndex, bytesMax } = request;
    this.#ports.store.read({ fromIndex, toIndex, bytesMax }, (error, runs) => {
      this.#noteRead(request, error);
      this.#events.input(() => {
        if (error?.code === 'DAMAGED') this.#events.damaged();
        this.#ports.core.fetched(to, fromIndex, error === null ? runs : null);
      });
    });
  }

  /** What is still under way has no consequences any more. */
  stop(): void {
    this.#stopped = true;
  }

  /** Such a follower gets nothing, and is tried again with each heartbeat: once is news. */
  #noteRead({ to, fromIndex }: FetchRequest, error: StorageError | null): void {
    const reason = error?.message ?? null;
    if (reason !== null && reason !== this.#readFailure && !this.#stopped) {
      this.#ports.observer.trace({ type: 'log-read-failed', to, fromIndex, reason });
    }
    this.#readFailure = reason;
  }

  /** Starts the next write when none is under way: everything that gathered, as one. */
  #write(): void {
    const group = this.#queue.take();
    if (group === null) return;
    if (group.write === null) {
      this.#queue.finish();
      this.#events.send(answersOf(group.readys));
      return;
    }
    // The peers' disks work at the same time as the one here, and no later than that.
    this.#ports.transport.flush();
    const startMs = this.#ports.clock.monotonicMs();
    this.#counters.logWrites += 1;
    for (const run of group.write.append) this.#counters.logWriteBytes += run.bytes.length;
    this.#ports.store.write(group.write, (error) => {
      if (this.#stopped) return;
      if (error !== null) {
        this.#events.failed(error);
        return;
      }
      this.#latency.add(this.#ports.clock.monotonicMs() - startMs);
      this.#events.input(() => {
        this.#persisted(group.readys);
      });
    });
  }

  #persisted(readys: readonly Ready[]): void {
    this.#queue.finish();
    for (const ready of readys) {
      if (ready.mustPersist) this.#ports.core.persisted(ready.sequence);
    }
    this.#events.send(answersOf(readys));
    for (const { install } of readys) {
      if (install === null) continue;
      this.#counters.snapshotsInstalled += 1;
      this.#events.installed(install);
    }
    this.#write();
  }

  #reclaimIfIdle(): void {
    if (this.#reclaims.length === 0 || this.#queue.busy || this.#queue.waiting) return;
    const waiting = this.#reclaims;
    this.#reclaims = [];
    this.#ports.store.reclaim((error) => {
      for (const done of waiting) done(error);
    });
  }
}

/**
 * What may leave now that these are durable. An acknowledgement says everything that the ones before
 * it said, so of a group that was written as one only the last leaves.
 */
function answersOf(readys: readonly Ready[]): readonly Message[] {
  const answers = readys.flatMap((ready) => ready.messagesAfterAppend);
  return answers.filter((answer, at) => {
    const next = answers[at + 1];
    return next === undefined || !isContained(answer, next);
  });
}

/** Whether an acknowledgement says nothing that a later one does not say, too. */
function isContained(earlier: Message, later: Message): boolean {
  return (
    earlier.type === 'AppendEntriesResponse' &&
    later.type === 'AppendEntriesResponse' &&
    earlier.success &&
    later.success &&
    earlier.to === later.to &&
    earlier.term === later.term &&
    earlier.matchIndex <= later.matchIndex &&
    earlier.readRound <= later.readRound
  );
}
