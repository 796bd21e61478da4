import type { LoadCounts, LoadError, LoadSecond } from '../../contract/load.ts';
import type { LoadOutcome } from './history.ts';

/** Seconds that are told of. */
const SECONDS_SHOWN = 60;
/** The percentiles in one figure are those of so many seconds. */
const RECENT_SECONDS = 5;
/** Kinds of errors told apart; further ones are one kind together. */
const ERROR_KINDS_MAX = 12;

interface Second {
  done: number;
  notDone: number;
  unknown: number;
  readonly latenciesMs: number[];
}

/** What a run did, second by second. Times are milliseconds since it began. */
export class LoadFigures {
  readonly #startedAtMs: number;
  readonly #seconds = new Map<number, Second>();
  readonly #errors = new Map<string, { outcome: LoadError['outcome']; count: number }>();
  readonly #counts = { done: 0, notDone: 0, unknown: 0 };
  #lastDoneMs = 0;
  #gap = { lengthMs: 0, fromMs: 0 };

  /** @param startedAtMs Unix ms */
  constructor(startedAtMs: number) {
    this.#startedAtMs = startedAtMs;
  }

  get counts(): LoadCounts {
    return { ...this.#counts };
  }

  /** One operation ended. */
  count(outcome: LoadOutcome, sentMs: number, answeredMs: number): void {
    const second = this.#secondOf(answeredMs);
    if (outcome.type === 'done') {
      second.done += 1;
      this.#counts.done += 1;
      second.latenciesMs.push(answeredMs - sentMs);
      this.#gap = this.#gapUntil(answeredMs);
      this.#lastDoneMs = Math.max(this.#lastDoneMs, answeredMs);
      return;
    }
    const name = outcome.type === 'unknown' ? 'unknown' : 'notDone';
    second[name] += 1;
    this.#counts[name] += 1;
    this.#countError(outcome.kind, outcome.type);
  }

  errors(): readonly LoadError[] {
    return [...this.#errors].map(([kind, { outcome, count }]) => ({ kind, outcome, count }));
  }

  /** The longest time in which nothing was done, the one that is still going on too. */
  longestGap(nowMs: number): { readonly lengthMs: number; readonly fromMs: number } {
    return this.#gapUntil(nowMs);
  }

  /** The last minute, the second under way left out. */
  seconds(nowMs: number): readonly LoadSecond[] {
    const last = Math.floor(nowMs / 1000) - 1;
    const first = Math.max(0, last - SECONDS_SHOWN + 1);
    const seconds: LoadSecond[] = [];
    for (let at = first; at <= last; at += 1) {
      const { done = 0, notDone = 0, unknown = 0, latenciesMs = [] } = this.#seconds.get(at) ?? {};
      const sorted = [...latenciesMs].sort((left, right) => left - right);
      const timeMs = this.#startedAtMs + at * 1000;
      const share = { p50Ms: percentile(sorted, 0.5), p99Ms: percentile(sorted, 0.99) };
      seconds.push({ timeMs, done, notDone, unknown, ...share });
    }
    return seconds;
  }

  /** How long what was done in the last seconds took. */
  recent(nowMs: number): { readonly p50Ms: number | null; readonly p99Ms: number | null } {
    const last = Math.floor(nowMs / 1000);
    const latencies: number[] = [];
    for (let at = last - RECENT_SECONDS; at <= last; at += 1) {
      latencies.push(...(this.#seconds.get(at)?.latenciesMs ?? []));
    }
    latencies.sort((left, right) => left - right);
    return { p50Ms: percentile(latencies, 0.5), p99Ms: percentile(latencies, 0.99) };
  }

  #gapUntil(nowMs: number): { readonly lengthMs: number; readonly fromMs: number } {
    const lengthMs = nowMs - this.#lastDoneMs;
    return lengthMs > this.#gap.lengthMs ? { lengthMs, fromMs: this.#lastDoneMs } : this.#gap;
  }

  #secondOf(timeMs: number): Second {
    const at = Math.floor(timeMs / 1000);
    const known = this.#seconds.get(at);
    if (known !== undefined) return known;
    const fresh = { done: 0, notDone: 0, unknown: 0, latenciesMs: [] };
    this.#seconds.set(at, fresh);
    // What is no longer told of is no longer kept.
    this.#seconds.delete(at - SECONDS_SHOWN - 2);
    return fresh;
  }

  #countError(kind: string, outcome: LoadError['outcome']): void {
    const isNew = !this.#errors.has(kind) && this.#errors.size >= ERROR_KINDS_MAX;
    const name = isNew ? `other errors, ${outcome}` : kind;
    const known = this.#errors.get(name);
    if (known === undefined) this.#errors.set(name, { outcome, count: 1 });
    else known.count += 1;
  }
}

/** The value that this share of them does not exceed (nearest rank); null of none. */
function percentile(sorted: readonly number[], share: number): number | null {
  if (sorted.length === 0) return null;
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
}
