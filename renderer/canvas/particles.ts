import type { Traffic } from './traffic.ts';

/** A message on its way across the picture. */
export interface Particle {
  readonly kind: Traffic['kind'];
  readonly from: string;
  readonly to: string;
  readonly startMs: number;
  readonly durationMs: number;
  /** May grow while it is young: what follows it at once rides along. */
  entries: number;
}

/** More than this is a blur, and costs frames. */
export const PARTICLES_MAX = 120;
/** Above this the dots would be a stripe: the width of the lane and its number say it better. */
export const BUSY_PER_SECOND = 300;
export const BUSY_NODES = 5;

const APPEND_MS = 240;
const VOTE_MS = 320;
/** Dots closer than this overlap; the later one's entries are added to the earlier one's. */
const SPACING_MS = 140;
const HEARTBEAT_EVERY_MS = 1_000;

/**
 * The messages in flight. Time runs slower here than in the cluster, by far: a round trip of half a
 * millisecond is drawn over half a second. So an answer leaves when its question has arrived on the
 * screen, not when it did in fact.
 */
export class ParticleField {
  #particles: Particle[] = [];
  /** Newest particle by kind and way. */
  readonly #newest = new Map<string, Particle>();
  readonly #matches = new Map<string, number>();

  /** Takes a message in; it may join one that has just left, or not be worth drawing. */
  add(traffic: Traffic, nowMs: number): void {
    if (traffic.kind === 'ack' && !this.#isNews(traffic)) return;
    const way = `${traffic.kind} ${traffic.from} ${traffic.to}`;
    const newest = this.#newest.get(way);
    const startMs = this.#startOf(traffic, nowMs);
    const spacing = traffic.kind === 'heartbeat' ? HEARTBEAT_EVERY_MS : SPACING_MS;
    if (newest !== undefined && startMs - newest.startMs < spacing) {
      newest.entries += traffic.entries;
      return;
    }
    const isVote = traffic.kind.startsWith('vote');
    const particle: Particle = {
      kind: traffic.kind,
      from: traffic.from,
      to: traffic.to,
      startMs,
      durationMs: isVote ? VOTE_MS : APPEND_MS,
      entries: traffic.entries,
    };
    this.#newest.set(way, particle);
    this.#particles.push(particle);
    if (this.#particles.length > PARTICLES_MAX) this.#particles.shift();
  }

  /** Those in flight at `nowMs`; those that have arrived are forgotten. */
  at(nowMs: number): readonly Particle[] {
    this.#particles = this.#particles.filter((p) => nowMs < p.startMs + p.durationMs);
    return this.#particles;
  }

  clear(): void {
    this.#particles = [];
    this.#newest.clear();
    this.#matches.clear();
  }

  /** An ack that confirms nothing new answers a heartbeat; drawing those would hide the others. */
  #isNews({ from, to, matchIndex }: Traffic): boolean {
    const way = `${from} ${to}`;
    const before = this.#matches.get(way);
    this.#matches.set(way, matchIndex);
    return before !== undefined && matchIndex > before;
  }

  #startOf({ kind, from, to }: Traffic, nowMs: number): number {
    const question =
      kind === 'ack'
        ? this.#newest.get(`append ${to} ${from}`)
        : kind === 'vote-granted' || kind === 'vote-denied'
          ? this.#newest.get(`vote-request ${to} ${from}`)
          : undefined;
    if (question === undefined) return nowMs;
    return Math.max(nowMs, question.startMs + question.durationMs);
  }
}

/** Messages in the last second: what decides whether they can be drawn one by one. */
export class TrafficMeter {
  #times: number[] = [];

  count(messages: number, nowMs: number): void {
    for (let i = 0; i < messages && this.#times.length < 2 * BUSY_PER_SECOND; i += 1) {
      this.#times.push(nowMs);
    }
  }

  isBusy(nowMs: number): boolean {
    this.#times = this.#times.filter((time) => nowMs - time < 1_000);
    return this.#times.length > BUSY_PER_SECOND;
  }
}
