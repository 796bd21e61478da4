import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Reply } from '../../../node-engine/resp/value.ts';
import type { Result } from '../../contract/errors.ts';
import type { Operation } from '../../../node-engine/check/operation.ts';
import type { LoadRequest, LoadSoFar, LoadVerdict, LoadView } from '../../contract/load.ts';
import { failure } from '../failure.ts';
import { type LoadCall, LoadHistory, type LoadOutcome, OPERATIONS_MAX } from './history.ts';
import { KeyRing } from './key-ring.ts';
import { LoadClient, type LoadWorld } from './load-client.ts';
import { LoadFigures } from './load-figures.ts';

/** What a run is made from. */
export interface LoadRunOptions {
  readonly clusterId: string;
  readonly runId: string;
  readonly request: LoadRequest;
  readonly world: LoadWorld;
  readonly check: (
    operations: readonly Operation[],
    startedAtMs: number,
    signal: AbortSignal,
  ) => Promise<Result<LoadVerdict>>;
  /** How long to wait between two checks of a run that goes on. */
  readonly checkEveryMs?: number;
  /** For how long at most every key is read once more at the end. */
  readonly finalReadsMs?: number;
  readonly onView: (view: LoadView) => void;
}

const VIEW_INTERVAL_MS = 250;
/** What was answered so far is checked about so often, and the checks take this share of a core. */
const CHECK_EVERY_MS = 3_000;
const CHECK_SHARE = 0.05;
/** After an error a client waits a little: a cluster without a leader needs no storm. */
const ERROR_PAUSE_MS = 50;
const FINAL_READS_MS = 5_000;
const DELETE_AT_ONCE = 100;

/** What all keys of all loads begin with. */
const LOAD_KEY_PREFIX = 'raftdeck:load:';

/** One run of the workload: clients, their history, and the verdict on it. */
export class LoadRun {
  readonly history = new LoadHistory();
  readonly startedAtMs = Date.now();
  readonly #options: LoadRunOptions;
  readonly #keys: KeyRing;
  readonly #figures: LoadFigures;
  readonly #began = performance.now();
  readonly #stop = new AbortController();
  readonly #abandon = new AbortController();
  #values = 0;
  #state: LoadView['state'] = 'running';
  #endReason: string | null = null;
  #endedMs: number | null = null;
  #verdict: LoadVerdict | null = null;
  #soFar: LoadSoFar | null = null;
  #problem: string | null = null;
  #keysDeleted = false;
  #ended: Promise<void> = Promise.resolve();

  constructor(options: LoadRunOptions) {
    this.#options = options;
    this.#keys = new KeyRing(`${LOAD_KEY_PREFIX}${options.runId}:`, options.request.keys);
    this.#figures = new LoadFigures(this.startedAtMs);
    // Every client that waits for its time listens to it.
    setMaxListeners(0, this.#stop.signal);
  }

  get state(): LoadView['state'] {
    return this.#state;
  }

  get runId(): string {
    return this.#options.runId;
  }

  /** Begins; ends by itself. */
  start(): void {
    this.#ended = this.#run();
  }

  /** Asks for no more operations; those under way are waited for, and then the history is checked. */
  stop(reason: string): void {
    if (this.#stop.signal.aborted) return;
    this.#endReason = reason;
    this.#stop.abort();
  }

  /** Ends it all, without a verdict where there is none yet. */
  async abandon(): Promise<void> {
    this.stop('the cluster was let go');
    this.#abandon.abort();
    await this.#ended;
  }

  view(): LoadView {
    const nowMs = this.#endedMs ?? this.#now();
    const seconds = this.#figures.seconds(nowMs);
    const gap = this.#figures.longestGap(nowMs);
    return {
      clusterId: this.#options.clusterId,
      runId: this.runId,
      request: this.#options.request,
      state: this.#state,
      startedAtMs: this.startedAtMs,
      endedAtMs: this.#endedMs === null ? null : this.startedAtMs + this.#endedMs,
      endReason: this.#endReason,
      counts: this.#figures.counts,
      donePerSecond: seconds.at(-1)?.done ?? 0,
      ...this.#figures.recent(nowMs),
      longestGapMs: gap.lengthMs,
      longestGapAtMs: gap.lengthMs === 0 ? null : this.startedAtMs + gap.fromMs,
      errors: this.#figures.errors(),
      seconds,
      verdict: this.#verdict,
      keysDeleted: this.#keysDeleted,
      soFar: this.#state === 'running' ? this.#soFar : null,
      problem: this.#problem,
    };
  }

  async #run(): Promise<void> {
    const { clients, durationMs } = this.#options.request;
    const deadline = setTimeout(() => this.stop('its time was over'), durationMs);
    const ticking = setInterval(() => this.#tell(), VIEW_INTERVAL_MS);
    this.#tell();
    const all = Array.from({ length: clients }, () => new LoadClient(this.#options.world));
    const along = this.#checkAlong();
    await Promise.all(all.map((client, at) => this.#work(client, at)));
    clearTimeout(deadline);
    this.#endedMs = this.#now();
    this.#state = 'checking';
    const isAnswered = this.history.operations.some(isDone);
    const unreadKeys = isAnswered ? await this.#readAll(all) : 0;
    for (const client of all) client.close();
    clearInterval(ticking);
    this.#tell();
    // One checker at a time has the memory that it may take.
    await along;
    const checked = isAnswered ? await this.#check() : NOTHING_DONE;
    if (checked.ok) this.#verdict = { ...checked.value, unreadKeys };
    else this.#problem = checked.error.message;
    if (this.#verdict?.verdict === 'linearizable') this.#keysDeleted = await this.#deleteKeys();
    this.#state = 'ended';
    this.#tell();
  }

  async #check(): Promise<Result<LoadVerdict>> {
    const { check } = this.#options;
    return check(this.history.operations, this.startedAtMs, this.#abandon.signal);
  }

  /** Says again and again, while it runs, what the checker makes of the answers up to then. */
  async #checkAlong(): Promise<void> {
    const { check, checkEveryMs = CHECK_EVERY_MS } = this.#options;
    let pauseMs = checkEveryMs;
    while (await this.#waitUntil(this.#now() + pauseMs)) {
      const operations = this.history.soFar();
      // One order explains nothing at all, too; that says nothing of the cluster.
      if (!operations.some(isDone)) continue;
      const askedMs = this.#now();
      const checked = await check(operations, this.startedAtMs, this.#stop.signal);
      // One that was ended with the run has decided nothing.
      if (this.#stop.signal.aborted) return;
      pauseMs = Math.max(checkEveryMs, (this.#now() - askedMs) / CHECK_SHARE);
      if (!checked.ok) continue;
      const { verdict, operations: count } = checked.value;
      this.#soFar = { verdict, operations: count, upToMs: this.startedAtMs + askedMs };
    }
  }

  /** One client, operation after operation, each at its time where the one before left time for it. */
  async #work(client: LoadClient, at: number): Promise<void> {
    const { clients, opsPerSecond } = this.#options.request;
    const everyMs = (1000 * clients) / opsPerSecond;
    // Evenly apart from the first second on: a start of all at once is a load of its own.
    let nextMs = (everyMs * at) / clients;
    let number = this.history.newClient();
    while (!this.#stop.signal.aborted) {
      if (!(await this.#waitUntil(nextMs))) break;
      const call = this.#nextCall();
      const outcome = await this.#perform(client, number, call);
      // Nobody knows what a client of unknown outcome still does: it is never heard of again.
      if (outcome.type === 'unknown') number = this.history.newClient();
      if (this.history.isFull) this.stop(`it reached ${OPERATIONS_MAX} operations`);
      const pauseMs = outcome.type === 'done' ? 0 : ERROR_PAUSE_MS;
      nextMs = Math.max(nextMs + everyMs, this.#now() + pauseMs - everyMs);
    }
  }

  async #perform(client: LoadClient, number: number, call: LoadCall): Promise<LoadOutcome> {
    const args = call.value === null ? ['GET', call.key] : ['SET', call.key, String(call.value)];
    this.history.begin(number, call);
    const outcome = await client.ask(args, call.value === null ? numberOf : () => null);
    const answeredMs = this.#now();
    this.history.add(number, call, outcome, answeredMs);
    this.#figures.count(outcome, call.sentMs, answeredMs);
    if (outcome.type === 'unknown') this.#keys.unknown(call.key);
    return outcome;
  }

  #nextCall(): LoadCall {
    const { request, world } = this.#options;
    const key = this.#keys.take(world.chance());
    const isRead = world.chance() * 100 < request.readPercent;
    if (!isRead) this.#values += 1;
    const value = isRead ? null : this.#values;
    return { action: isRead ? 'read' : 'write', key, value, sentMs: this.#now() };
  }

  /**
   * What was answered as done must still be there: every key is read, by all clients together.
   *
   * @returns how many keys nobody could read in the time for it
   */
  async #readAll(clients: readonly LoadClient[]): Promise<number> {
    const written = this.history.operations.filter(({ type }) => type !== 'fail');
    const keys = [...new Set(written.map(({ key }) => key))];
    const endMs = this.#now() + (this.#options.finalReadsMs ?? FINAL_READS_MS);
    await Promise.all(
      clients.map(async (client) => {
        const number = this.history.newClient();
        for (let key = keys.pop(); key !== undefined; key = keys.pop()) {
          const sentMs = this.#now();
          const outcome = await client.ask(['GET', key], numberOf);
          const call: LoadCall = { action: 'read', key, value: null, sentMs };
          // An unknown read constrains nothing, so that its client may go on.
          if (outcome.type === 'done') this.history.add(number, call, outcome, this.#now());
          else keys.push(key);
          if (this.#abandon.signal.aborted || this.#now() > endMs) return;
          if (outcome.type !== 'done') await sleep(ERROR_PAUSE_MS);
        }
      }),
    );
    return keys.length;
  }

  /** What proved nothing wrong need not stay in somebody's cluster. */
  async #deleteKeys(): Promise<boolean> {
    const client = new LoadClient(this.#options.world);
    const keys = this.#keys.all();
    let allGone = true;
    for (let at = 0; at < keys.length && !this.#abandon.signal.aborted; at += DELETE_AT_ONCE) {
      const names = keys.slice(at, at + DELETE_AT_ONCE);
      const { type } = await client.ask(['UNLINK', ...names], () => null);
      allGone &&= type === 'done';
    }
    client.close();
    return allGone && !this.#abandon.signal.aborted;
  }

  async #waitUntil(timeMs: number): Promise<boolean> {
    const waitMs = timeMs - this.#now();
    if (waitMs <= 0) return true;
    try {
      await sleep(waitMs, undefined, { signal: this.#stop.signal });
      return true;
    } catch {
      // Told to stop while waiting.
      return false;
    }
  }

  #now(): number {
    return performance.now() - this.#began;
  }

  #tell(): void {
    this.#options.onView(this.view());
  }
}

/** Why there is no verdict on a run in which nothing was done. */
const NOTHING_DONE = failure(
  'E_STATE',
  'No operation was answered as done, so there is nothing to check.',
);

function isDone({ type }: Operation): boolean {
  return type === 'ok';
}

/** The number that a key holds; null for none. */
function numberOf(reply: Reply): number | null {
  if (typeof reply === 'number') return reply;
  if (reply instanceof Uint8Array) return Number(Buffer.from(reply).toString('latin1'));
  // An answer that is no number of this run cannot be explained by any order of it: NaN is told so.
  return reply === null ? null : typeof reply === 'string' ? Number(reply) : NaN;
}
