import type { CommandBatch } from '../resp/command-batch.ts';
import { parseCommandRun, type CommandRunReader } from '../resp/command-run.ts';
import type { Reply } from '../resp/value.ts';
import type { ReadFailure, ReadWaiter, WriteFailure, WriteWaiter } from './driver-ports.ts';
import type { ServedClient } from './served-client.ts';

/** What the machine's commands need of the dispatcher. */
export interface CommandSink {
  /** Reads the commands of reads that had to wait. */
  readonly reader: CommandRunReader;
  /** Runs read `i` of a batch on the machine now. */
  query(batch: CommandBatch, i: number): Reply;
  /** Gives a command its reply. */
  succeed(client: ServedClient, ticket: number, reply: Reply): void;
  /** Answers command `i` of a batch with what a failure means for the client. */
  fail(
    client: ServedClient,
    ticket: number,
    failure: ReadFailure,
    command: { readonly batch: CommandBatch; readonly i: number },
  ): void;
  /** Goes on with what was held back. */
  resume(client: ServedClient): void;
}

/** Writes of a client that came together. */
export class MachineWrites implements WriteWaiter {
  readonly #sink: CommandSink;
  readonly #client: ServedClient;
  /** Place of the next reply, and which of the commands it is for. */
  #ticket: number;
  #position = 0;
  #raw: Uint8Array;
  #batch: CommandBatch | null = null;

  constructor(sink: CommandSink, client: ServedClient, ticket: number, raw: Uint8Array) {
    this.#sink = sink;
    this.#client = client;
    this.#ticket = ticket;
    this.#raw = raw;
  }

  taken(raw: Uint8Array): void {
    this.#raw = raw;
  }

  applied(reply: Reply): void {
    this.#sink.succeed(this.#client, this.#ticket, reply);
    this.#ticket += 1;
    this.#position += 1;
  }

  failed(failure: WriteFailure): void {
    // Only a failure asks what the commands were: it may have to name a key's slot.
    const batch = (this.#batch ??= parseCommandRun(this.#raw));
    this.#sink.fail(this.#client, this.#ticket, failure, { batch, i: this.#position });
    this.#ticket += 1;
    this.#position += 1;
  }
}

/** Commands `from` up to `end` of a batch. */
interface BatchPart {
  readonly batch: CommandBatch;
  readonly from: number;
  readonly end: number;
}

/** Reads of a client that came together, from their arrival until they are answered. */
export class MachineReads implements ReadWaiter {
  finished = false;
  readonly #sink: CommandSink;
  readonly #client: ServedClient;
  readonly #ticket: number;
  /** Where the commands are; null when they have been copied to `#raw`. */
  #part: BatchPart | null;
  #raw: Uint8Array | null = null;

  constructor(sink: CommandSink, client: ServedClient, ticket: number, part: BatchPart) {
    this.#sink = sink;
    this.#client = client;
    this.#ticket = ticket;
    this.#part = part;
  }

  keepCommands(): void {
    if (this.#part === null) return;
    const { batch, from, end } = this.#part;
    this.#raw = batch.bytes.slice(batch.rawStart(from), batch.rawEnd(end - 1));
    this.#part = null;
  }

  ready(): void {
    this.#finish();
    const { batch, from, end } = this.#commands();
    for (let i = from; i < end; i += 1) {
      const reply = this.#sink.query(batch, i);
      this.#sink.succeed(this.#client, this.#ticket + i - from, reply);
    }
    this.#resume();
  }

  failed(failure: ReadFailure): void {
    this.#finish();
    const { batch, from, end } = this.#commands();
    for (let i = from; i < end; i += 1) {
      this.#sink.fail(this.#client, this.#ticket + i - from, failure, { batch, i });
    }
    this.#resume();
  }

  #commands(): BatchPart {
    if (this.#part !== null) return this.#part;
    const batch = this.#sink.reader.read(this.#raw ?? new Uint8Array(0));
    return { batch, from: 0, end: batch.count };
  }

  #finish(): void {
    this.finished = true;
    this.#client.pendingReads -= 1;
  }

  #resume(): void {
    if (this.#client.held.length > 0) this.#sink.resume(this.#client);
  }
}
