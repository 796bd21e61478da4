/*
 * How far a peer's wall clock is from this node's. Nothing of the protocol depends on it: it is shown,
 * because times in the log are those of whoever led.
 *
 * The dialler asks on its link at every keepalive interval, and the acceptor answers at once with its
 * wall clock. The peer read it somewhere between question and answer, so the offset is known to half of
 * that round trip.
 */

/** First bulk string of a question and of its answer; no header is as short. */
const CLOCK_WORD = 0x54;
const NUMBER_BYTES = 8;
const QUESTION_START = Buffer.from('*2\r\n$1\r\nT\r\n$8\r\n', 'latin1');
const ANSWER_START = Buffer.from('*3\r\n$1\r\nT\r\n$8\r\n', 'latin1');
const NEXT_NUMBER = Buffer.from('\r\n$8\r\n', 'latin1');
const LINE_END = Buffer.from('\r\n', 'latin1');

/** Both clocks are read in whole milliseconds. */
const READING_ERROR_MS = 1;
/** Of so many answers the one that came fastest is believed. */
const SAMPLES = 8;

/** How far a peer's wall clock is ahead of this node's, negative when it is behind. */
export interface ClockOffset {
  readonly offsetMs: number;
  /** The true offset differs by at most this. */
  readonly errorMs: number;
  /** `performance.now()` when it was measured. */
  readonly measuredMs: number;
}

/** Asks for the peer's wall clock. The number comes back with the answer. */
export function encodeClockQuestion(number: number): Buffer {
  return Buffer.concat([QUESTION_START, encoded(number), LINE_END]);
}

/** Answers a question at once. */
export function encodeClockAnswer(number: number, wallMs: number): Buffer {
  return Buffer.concat([ANSWER_START, encoded(number), NEXT_NUMBER, encoded(wallMs), LINE_END]);
}

/** The number of a question; null when a message is none. */
export function clockQuestionOf(bulks: readonly unknown[]): number | null {
  return bulks.length === 2 && isClockWord(bulks[0]) ? decoded(bulks[1]) : null;
}

/** What an answer says; null when a message is none. */
export function clockAnswerOf(
  bulks: readonly unknown[],
): { readonly number: number; readonly wallMs: number } | null {
  if (bulks.length !== 3 || !isClockWord(bulks[0])) return null;
  const [number, wallMs] = [decoded(bulks[1]), decoded(bulks[2])];
  return number === null || wallMs === null ? null : { number, wallMs };
}

/** What this node knows of one peer's clock, from the answers on one connection. */
export class PeerClock {
  #askedMs = Number.NaN;
  #samples: ClockOffset[] = [];

  /** A question to send now. */
  ask(nowMs: number): Buffer {
    this.#askedMs = nowMs;
    return encodeClockQuestion(nowMs);
  }

  /**
   * Takes an answer that came at `nowMs` on the monotonic and `wallMs` on this node's wall clock. One to
   * another question than the last is late, and says nothing that the next will not say better.
   */
  answered(
    answer: { readonly number: number; readonly wallMs: number },
    nowMs: number,
    wallMs: number,
  ): void {
    if (answer.number !== this.#askedMs) return;
    const halfTripMs = Math.max(0, nowMs - this.#askedMs) / 2;
    this.#askedMs = Number.NaN;
    const offsetMs = answer.wallMs - (wallMs - halfTripMs);
    const sample = { offsetMs, errorMs: halfTripMs + READING_ERROR_MS, measuredMs: nowMs };
    // A clock that was set since contradicts what was measured before.
    this.#samples = this.#samples.filter((one) => agree(one, sample));
    this.#samples.push(sample);
    if (this.#samples.length > SAMPLES) this.#samples.shift();
  }

  /** The best of the last answers; null while there is none. */
  offset(): ClockOffset | null {
    let best: ClockOffset | null = null;
    for (const sample of this.#samples) {
      if (best === null || sample.errorMs <= best.errorMs) best = sample;
    }
    return best;
  }
}

/** Whether one offset can explain both. */
function agree(one: ClockOffset, other: ClockOffset): boolean {
  return Math.abs(one.offsetMs - other.offsetMs) <= one.errorMs + other.errorMs;
}

function encoded(number: number): Buffer {
  const bytes = Buffer.alloc(NUMBER_BYTES);
  bytes.writeDoubleBE(number, 0);
  return bytes;
}

function decoded(bulk: unknown): number | null {
  if (!Buffer.isBuffer(bulk) || bulk.length !== NUMBER_BYTES) return null;
  const number = bulk.readDoubleBE(0);
  return Number.isFinite(number) ? number : null;
}

function isClockWord(bulk: unknown): boolean {
  return Buffer.isBuffer(bulk) && bulk.length === 1 && bulk[0] === CLOCK_WORD;
}
