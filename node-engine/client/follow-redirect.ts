import { setTimeout as sleep } from 'node:timers/promises';

import type { Reply } from '../resp/value.ts';
import { formatAddress, parseAddress } from './address.ts';
import { ClientError } from './client-error.ts';
import { isErrorReply } from './reply-text.ts';
import { type ClientOptions, type CommandArgs, RespClient } from './resp-client.ts';

/** A command for whichever node is the leader. */
export interface RedirectOptions {
  readonly args: CommandArgs;
  /** Nodes to begin with, `host:port`; tried in turn until one knows better. */
  readonly addresses: readonly string[];
  /** All attempts together. */
  readonly deadlineMs: number;
  /** How to connect; the address is filled in. */
  readonly connection?: Omit<ClientOptions, 'address' | 'onClose'>;
  /** Told of every attempt that did not answer the question, for a log. */
  readonly onAttempt?: (address: string, outcome: string) => void;
  /** Evenly distributed in [0, 1), for the back-off. */
  readonly random?: () => number;
}

/**
 * How it ended.
 *
 * - `answered`: the leader's reply, error replies about the command itself included.
 * - `not-done`: the command was carried out nowhere; `detail` is the last reason.
 * - `unknown`: it was sent, and whether it was carried out is not known. It was not sent again.
 */
export type RedirectResult =
  | { readonly outcome: 'answered'; readonly reply: Reply; readonly address: string }
  | { readonly outcome: 'not-done'; readonly detail: string }
  | { readonly outcome: 'unknown'; readonly detail: string; readonly address: string };

const BACK_OFF_MIN_MS = 50;
const BACK_OFF_MAX_MS = 1_000;
/** Redirects followed one right after the other; then whoever redirects knows no better. */
const HOPS_MAX = 5;
const CONNECT_MS_MAX = 5_000;
/** With less time left nothing is sent: what was not done so far would end as unknown. */
const SEND_MS_MIN = 100;

/**
 * Sends a command to the leader: follows `MOVED` and `TRY`, waits while there is no leader or a
 * node is loading, and goes on to the next node when one cannot be reached, until the deadline.
 *
 * A command that may have been carried out is never sent again.
 */
export async function followRedirect(options: RedirectOptions): Promise<RedirectResult> {
  const deadline = performance.now() + options.deadlineMs;
  const leftMs = (): number => Math.max(0, deadline - performance.now());
  const sendMsMin = Math.min(SEND_MS_MIN, options.deadlineMs / 4);
  const random = options.random ?? Math.random;
  let detail = 'there is no address to try';
  let target: string | null = null;
  let hops = 0;
  let pauses = 0;
  let next = 0;
  while (options.addresses.length > 0) {
    const address: string = target ?? options.addresses[next++ % options.addresses.length] ?? '';
    target = null;
    const step = await attemptAt(address, options, { leftMs, sendMsMin });
    if (step.type === 'end') return step.result;
    if (step.type === 'late') break;
    detail = `${address}: ${step.detail}`;
    options.onAttempt?.(address, step.detail);
    if (step.type === 'redirect') {
      target = step.address;
      hops++;
      if (hops < HOPS_MAX && leftMs() > 0) continue;
      hops = 0;
    } else {
      hops = 0;
      // The other nodes first; waiting comes when none of them has helped.
      if (next % options.addresses.length !== 0 && leftMs() > 0) continue;
    }
    const ceiling = Math.min(BACK_OFF_MAX_MS, BACK_OFF_MIN_MS * 2 ** pauses);
    const pauseMs = ceiling / 2 + (random() * ceiling) / 2;
    if (pauseMs + sendMsMin >= leftMs()) break;
    pauses++;
    await sleep(pauseMs);
  }
  return { outcome: 'not-done', detail };
}

type Step =
  | { readonly type: 'end'; readonly result: RedirectResult }
  | { readonly type: 'redirect'; readonly address: string; readonly detail: string }
  | { readonly type: 'again'; readonly detail: string }
  /** Too late to send anything. */
  | { readonly type: 'late' };

async function attemptAt(
  address: string,
  options: RedirectOptions,
  time: { readonly leftMs: () => number; readonly sendMsMin: number },
): Promise<Step> {
  let client: RespClient | null = null;
  try {
    client = await RespClient.connect({
      ...options.connection,
      address,
      connectTimeoutMs: Math.min(
        time.leftMs(),
        options.connection?.connectTimeoutMs ?? CONNECT_MS_MAX,
      ),
    });
    const timeoutMs = time.leftMs();
    if (timeoutMs < time.sendMsMin) return { type: 'late' };
    const reply = await client.call(options.args, { timeoutMs });
    return judge(reply, address);
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    // Without a client the command itself was not sent, whatever the login did.
    if (client === null || !error.sent) return { type: 'again', detail: error.message };
    return { type: 'end', result: { outcome: 'unknown', detail: error.message, address } };
  } finally {
    client?.close();
  }
}

function judge(reply: Reply, address: string): Step {
  const answered: Step = { type: 'end', result: { outcome: 'answered', reply, address } };
  if (!isErrorReply(reply)) return answered;
  const [code = '', ...rest] = reply.text.split(' ');
  switch (code) {
    case 'MOVED':
    case 'TRY': {
      const where = redirectTarget(code === 'MOVED' ? rest[1] : rest[0], address);
      if (where === null) return { type: 'again', detail: reply.text };
      return { type: 'redirect', address: where, detail: reply.text };
    }
    case 'CLUSTERDOWN':
    case 'LOADING':
    case 'TRYAGAIN':
      return { type: 'again', detail: reply.text };
    case 'UNKNOWN':
      return { type: 'end', result: { outcome: 'unknown', detail: reply.text, address } };
    default:
      return /^(?:ERR )?leader not known$/.test(reply.text)
        ? { type: 'again', detail: reply.text }
        : answered;
  }
}

/** The address a redirect names; a node that names only its port means its own host. */
function redirectTarget(text: string | undefined, from: string): string | null {
  const here = parseAddress(from);
  const target = text === undefined ? null : parseAddress(text, here?.host);
  return target === null ? null : formatAddress(target);
}
