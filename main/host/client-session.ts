import type { Check } from '../contract/argument.ts';
import { CALL_CHECKS, checkSubscription, isHostCall } from '../contract/check.ts';
import type { Result } from '../contract/errors.ts';
import type { HostApi, HostCall, HostTopic, Subscription } from '../contract/host-api.ts';
import type { Download } from './downloads.ts';
import { causeOf, failure } from './failure.ts';
import { RateLimit } from './rate-limit.ts';

/** The host as a binding sees it. */
export interface HostService extends HostApi {
  /** Calls `listener` with the present state of the topic and then with every push, until stopped. */
  subscribe(subscription: Subscription, listener: (payload: unknown) => void): () => void;
  /** The file that was offered under a token (`prepareDownload`), which is used up by that. */
  openDownload(token: string): Promise<Result<Download>>;
}

/** Passes a push on to the client that asked for it with `key`. */
export type PushSink = (key: number, topic: HostTopic, payload: unknown) => void;

const CALLS_PER_SECOND = 200;
const CALLS_WAITING_MAX = 256;
const SUBSCRIPTIONS_MAX = 256;

/**
 * One client of the host, whatever it came by: checks what it asks, holds it to its limits, and ends
 * its subscriptions with it. Both bindings are thin shells around this.
 */
export class ClientSession {
  readonly #host: HostService;
  readonly #push: PushSink;
  readonly #log: (line: string) => void;
  readonly #rate = new RateLimit({ perSecond: CALLS_PER_SECOND, burst: CALLS_PER_SECOND });
  readonly #subscriptions = new Map<number, () => void>();
  #waiting = 0;
  #closed = false;

  constructor(host: HostService, push: PushSink, log: (line: string) => void) {
    this.#host = host;
    this.#push = push;
    this.#log = log;
  }

  /** One call. Never rejects: whatever goes wrong is a result. */
  async call(name: unknown, request: unknown): Promise<Result<unknown>> {
    if (!this.#rate.take(performance.now()) || this.#waiting >= CALLS_WAITING_MAX) {
      return failure(
        'E_RATE',
        `More than ${CALLS_PER_SECOND} calls in a second, or ${CALLS_WAITING_MAX} without an answer yet. This one was not done. Wait a moment.`,
      );
    }
    if (!isHostCall(name)) {
      const error = failure('E_ARGS', 'There is no such call. Nothing was done.').error;
      return { ok: false, error: { ...error, field: 'call' } };
    }
    this.#waiting += 1;
    try {
      return await dispatch(this.#host, name, request);
    } catch (error) {
      this.#log(`Call ${name} failed: ${error instanceof Error ? String(error.stack) : ''}`);
      return failure(
        'E_INTERNAL',
        `${name} ended with a fault of this app: ${causeOf(error)}. Whether it was done is not known. Its log has the details.`,
      );
    } finally {
      this.#waiting -= 1;
    }
  }

  /** Begins a subscription; false when it is malformed, its key is in use, or there are too many. */
  subscribe(key: unknown, subscription: unknown): boolean {
    if (this.#closed || !isKey(key) || this.#subscriptions.has(key)) return false;
    if (this.#subscriptions.size >= SUBSCRIPTIONS_MAX) return false;
    const checked = checkSubscription(subscription);
    if (!checked.ok) return false;
    const { topic } = checked.value;
    const stop = this.#host.subscribe(checked.value, (payload) => this.#push(key, topic, payload));
    this.#subscriptions.set(key, stop);
    return true;
  }

  /** Ends a subscription; an unknown key is one that has ended already. */
  unsubscribe(key: unknown): void {
    if (!isKey(key)) return;
    this.#subscriptions.get(key)?.();
    this.#subscriptions.delete(key);
  }

  /** The client has gone. */
  close(): void {
    this.#closed = true;
    for (const stop of this.#subscriptions.values()) stop();
    this.#subscriptions.clear();
  }
}

async function dispatch(host: HostApi, name: HostCall, request: unknown): Promise<Result<unknown>> {
  const check: Check<unknown> = CALL_CHECKS[name];
  const checked = check(request, 'request');
  if (!checked.ok) return checked;
  // The table gives each call the check of its own request; the compiler cannot follow that through
  // a name that is only known at run time.
  const run = host[name].bind(host) as (request: unknown) => Promise<Result<unknown>>;
  return run(checked.value);
}

function isKey(key: unknown): key is number {
  return Number.isSafeInteger(key) && (key as number) >= 0;
}
