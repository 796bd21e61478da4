import { describe, expect, it } from 'vitest';
import { StorageError } from '../../node-engine/log/log-store.ts';
import type { Done, LogWrite } from '../../node-engine/log/log-store.ts';
import type { DriverPorts } from '../../node-engine/node/driver-ports.ts';
import { LatencySamples } from '../../node-engine/node/latency.ts';
import { LogWriter } from '../../node-engine/node/log-writer.ts';
import type { AppendEntriesResponse, Message } from '../../node-engine/raft/message.ts';
import type { Ready } from '../../node-engine/raft/ready.ts';
import { RUN_COMMANDS } from '../../node-engine/raft/types.ts';
import { EMPTY_READY } from './empty-ready.ts';

/** A log writer over a disk that is done when the test says so; `events` is what it did, in order. */
class Bench {
  readonly events: string[] = [];
  readonly sent: Message[] = [];
  readonly writes: LogWrite[] = [];
  readonly writer: LogWriter;
  #done: Done | null = null;
  #onFailure: ((error: StorageError) => void) | null = null;
  #readError: StorageError | null = null;
  #sequence = 0;

  constructor() {
    const ports: Pick<DriverPorts, 'clock' | 'core' | 'observer' | 'store' | 'transport'> = {
      clock: { monotonicMs: () => 0 } as DriverPorts['clock'],
      core: {
        fetched: () => undefined,
        persisted: (sequence: number) => this.events.push(`persisted ${sequence}`),
      } as unknown as DriverPorts['core'],
      store: {
        write: (write: LogWrite, done: Done) => {
          this.events.push('write');
          this.writes.push(write);
          this.#done = done;
        },
        read: (_range: unknown, done: (error: StorageError | null) => void) => {
          done(this.#readError);
        },
        onFailure: (listener: (error: StorageError) => void) => {
          this.#onFailure = listener;
        },
      } as unknown as DriverPorts['store'],
      observer: {
        storageFailed: () => undefined,
        turnEnded: () => undefined,
        trace: ({ type, reason }) => this.events.push(`${type}: ${String(reason)}`),
      },
      transport: {
        send: () => undefined,
        flush: () => this.events.push('flush'),
        setPeers: () => undefined,
      },
    };
    const counters = { logWrites: 0, logWriteBytes: 0, snapshotsInstalled: 0 };
    this.writer = new LogWriter(ports as DriverPorts, counters, new LatencySamples(), {
      input: (task) => {
        task();
      },
      send: (messages) => {
        for (const message of messages) this.events.push(`send ${message.type}`);
        this.sent.push(...messages);
      },
      installed: () => undefined,
      damaged: () => this.events.push('damaged'),
      failed: (error) => this.events.push(`failed ${error.code}`),
    });
  }

  /** Hands over one entry to write, and what may leave after it. */
  append(messagesAfterAppend: readonly Message[]): void {
    this.#sequence += 1;
    const index = this.#sequence;
    this.writer.take({
      ...EMPTY_READY,
      sequence: index,
      append: [run(index)],
      messagesAfterAppend,
    });
  }

  /** The store is dead, though nobody waits for it. */
  storeFails(): void {
    this.#onFailure?.(new StorageError('IO', 'the disk failed'));
  }

  /** A follower needs what is not in memory any more. */
  fetch(readError: string | null): void {
    this.#readError = readError === null ? null : new StorageError('DAMAGED', readError);
    this.writer.fetch({ to: '2', fromIndex: 7, toIndex: 9, bytesMax: 100 });
  }

  written(): void {
    const done = this.#done;
    this.#done = null;
    done?.(null);
  }
}

function run(firstIndex: number): Ready['append'][number] {
  const bytes = new Uint8Array(1);
  const place = { firstIndex, originalFirstIndex: firstIndex, count: 1, term: 1 };
  return { ...place, timeNs: 0n, seed: 0n, flags: RUN_COMMANDS, bytes };
}

function ack(matchIndex: number, other: Partial<AppendEntriesResponse> = {}): Message {
  return {
    type: 'AppendEntriesResponse',
    from: '2',
    to: '1',
    term: 1,
    success: true,
    matchIndex,
    hintIndex: 0,
    hintTerm: 0,
    readRound: 0,
    ...other,
  };
}

describe('log writer', () => {
  it('sends what the peers wait for before it sets to work on its own disk', () => {
    const bench = new Bench();
    bench.append([ack(1)]);
    bench.append([ack(2)]);
    bench.events.length = 0;
    bench.written();
    expect(bench.events).toEqual(['persisted 1', 'send AppendEntriesResponse', 'flush', 'write']);
  });

  it('acknowledges what was written as one with the last of its acknowledgements', () => {
    const bench = new Bench();
    bench.append([ack(1)]);
    bench.append([ack(2)]);
    bench.append([ack(3, { readRound: 4 })]);
    bench.written();
    expect(bench.writes[1]?.append.map(({ firstIndex }) => firstIndex)).toEqual([2, 3]);
    bench.sent.length = 0;
    bench.written();
    expect(bench.sent).toEqual([ack(3, { readRound: 4 })]);
  });

  it('keeps an answer that the one behind it does not contain', () => {
    const answers = [
      ack(2),
      ack(2, { success: false }),
      ack(3, { to: '3' }),
      ack(3),
      ack(4, { term: 2 }),
      ack(3, { term: 2 }),
      ack(5, { term: 2, readRound: 1 }),
      ack(6, { term: 2, readRound: 0 }),
    ];
    const bench = new Bench();
    bench.append([]);
    for (const answer of answers) bench.append([answer]);
    bench.written();
    bench.written();
    expect(bench.sent).toEqual(answers.filter((_, at) => at !== 5));
  });

  it('hears of a failed store without a write of its own, until it is stopped', () => {
    const bench = new Bench();
    bench.storeFails();
    bench.writer.stop();
    bench.storeFails();
    expect(bench.events).toEqual(['failed IO']);
  });

  it('says once why a follower gets nothing, and again when the reason is another', () => {
    const bench = new Bench();
    for (const error of ['torn', 'torn', 'lost', null, 'lost']) bench.fetch(error);
    const lost = 'log-read-failed: lost';
    const told = bench.events.filter((event) => event !== 'damaged');
    expect(told).toEqual(['log-read-failed: torn', lost, lost]);
    expect(bench.events).toHaveLength(told.length + 4);
  });
});
