import { endpointText, type Endpoint } from './address.ts';
import type { Logger } from './node-options.ts';
import { RealClock } from './real-clock.ts';
import { TimeServer, type TimeSample } from './time-server.ts';

const ASK_INTERVAL_MS = 64_000;
const ANSWER_LIMIT_MS = 2_000;
/** A correction that moves by less is no news for the log. */
const NEWS_MS = 100;

/**
 * The clock of a node: that of its machine, corrected by what a time server says where one is named.
 * It runs from the first moment, with or without an answer: a node starts offline. Only wall time is
 * corrected; no timeout depends on it.
 */
export class NodeClock extends RealClock {
  readonly #server: TimeServer | null;
  readonly #name: string;
  #sample: TimeSample | null = null;
  #loggedMs: number | null = null;

  constructor(server: Endpoint | null, log: Logger) {
    super();
    this.#name = server === null ? '' : endpointText(server);
    this.#server =
      server === null
        ? null
        : new TimeServer({
            ...{ host: server.host, port: server.port },
            ...{ intervalMs: ASK_INTERVAL_MS, timeoutMs: ANSWER_LIMIT_MS },
            onSample: (sample) => {
              this.#take(sample, log);
            },
            onTrouble: (reason) => {
              log('warning', `time server ${this.#name}: ${reason}; the time is as before`);
            },
          });
  }

  override wallNs(): bigint {
    const wallNs = super.wallNs();
    if (this.#sample === null) return wallNs;
    return wallNs + BigInt(Math.round(this.#sample.offsetMs * 1e6));
  }

  /** Where the time comes from, and how far it is corrected. */
  source(): string {
    if (this.#server === null) return 'system';
    if (this.#sample === null) return `system, no answer of ${this.#name} yet`;
    const { offsetMs, errorMs } = this.#sample;
    return `${this.#name} Offset:${offsetMs.toFixed(1)}ms Error:${errorMs.toFixed(1)}ms`;
  }

  close(): void {
    this.#server?.close();
  }

  #take(sample: TimeSample, log: Logger): void {
    this.#sample = sample;
    const { offsetMs, errorMs } = sample;
    if (this.#loggedMs !== null && Math.abs(offsetMs - this.#loggedMs) < NEWS_MS) return;
    this.#loggedMs = offsetMs;
    const off = `${offsetMs.toFixed(1)} ms, to ${errorMs.toFixed(1)} ms`;
    log('notice', `time server ${this.#name}: the clock here is corrected by ${off}`);
  }
}
