import type { HostErrorCode, Result } from '../../main/contract/errors.ts';
import type { HostCall } from '../../main/contract/host-api.ts';

/** Longer than any step of the host takes: adding a peer waits for a process and a commit. */
const CALL_TIMEOUT_MS = 60_000;
/** More calls than a person can have under way; a loop of ours would hit it. */
const CALLS_WAITING_MAX = 256;

/** Calls that change nothing: lost on the way, they can simply be made again. */
const READ_ONLY: ReadonlySet<HostCall> = new Set<HostCall>([
  'appInfo',
  'secretFile',
  'getSettings',
  'suggestPorts',
  'nodeOutput',
]);

export const NOT_SENT = 'Not sent: the connection to the host is down. It is being restored.';

/** Runs `run` once after `delayMs`; the returned function prevents it. */
export type SetTimer = (run: () => void, delayMs: number) => () => void;

interface WaitingCall {
  readonly name: HostCall;
  readonly text: string;
  /** False while it waits for a connection: then it is certain that nothing was done. */
  sent: boolean;
  readonly settle: (result: Result<unknown>) => void;
  readonly stopTimer: () => void;
}

/** The calls that have no answer yet, and what to tell their callers when none can come. */
export class WaitingCalls {
  readonly #calls = new Map<number, WaitingCall>();
  readonly #setTimer: SetTimer;

  constructor(setTimer: SetTimer) {
    this.#setTimer = setTimer;
  }

  /** Takes a call in; `text` is what will be sent for it. */
  add(id: number, name: HostCall, text: string): Promise<Result<unknown>> {
    if (this.#calls.size >= CALLS_WAITING_MAX) {
      return Promise.resolve(failed('E_RATE', 'Too many calls are waiting for the host.'));
    }
    return new Promise((resolve) => {
      const stopTimer = this.#setTimer(() => this.#expire(id), CALL_TIMEOUT_MS);
      this.#calls.set(id, { name, text, sent: false, settle: resolve, stopTimer });
    });
  }

  /** Sends every call that has not been sent. */
  flush(send: (text: string) => void): void {
    for (const call of this.#calls.values()) {
      if (call.sent) continue;
      call.sent = true;
      send(call.text);
    }
  }

  /** Hands the host's answer to whoever waits for it; an answer that came too late is dropped. */
  settle(id: number, result: Result<unknown>): void {
    const call = this.#calls.get(id);
    if (call === undefined) return;
    this.#calls.delete(id);
    call.stopTimer();
    call.settle(result);
  }

  /** The connection ended: no answer will come to what was sent. `unsent` calls may wait on. */
  lose({ keepUnsent }: { readonly keepUnsent: boolean }): void {
    for (const [id, call] of [...this.#calls]) {
      if (!call.sent && keepUnsent) continue;
      this.settle(id, lost(call));
    }
  }

  #expire(id: number): void {
    const call = this.#calls.get(id);
    if (call === undefined) return;
    const seconds = String(CALL_TIMEOUT_MS / 1000);
    const outcome = !call.sent || READ_ONLY.has(call.name) ? '' : ' It may or may not be done.';
    this.settle(id, failed('E_TIMEOUT', `The host did not answer within ${seconds} s.${outcome}`));
  }
}

function lost({ name, sent }: WaitingCall): Result<never> {
  if (!sent) return failed('E_UNREACHABLE', NOT_SENT);
  if (READ_ONLY.has(name)) {
    return failed('E_UNREACHABLE', 'The connection to the host was lost before it answered.');
  }
  return failed(
    'E_UNKNOWN_OUTCOME',
    'The connection to the host was lost before it answered. It may or may not be done.',
  );
}

/** An error as the host would return it, made on this side. */
export function failed(code: HostErrorCode, message: string): Result<never> {
  return { ok: false, error: { code, message } };
}
