import type { Reply } from '../../node-engine/resp/value.ts';
import type { HostError, Result } from '../contract/errors.ts';
import { causeOf, failure } from './failure.ts';
import type { RespConnection, RespDial, RespFailure } from './resp-port.ts';

const CONNECT_TIMEOUT_MS = 2_000;
/** More redirects than this in a row mean that the nodes send us in circles. */
const REDIRECTS_MAX = 5;

/** A node that commands can be sent to. */
export interface CommandTarget {
  readonly id: string;
  readonly name: string;
  readonly address: string;
}

/** A reply, who gave it in the end, and the redirects on the way. */
export interface AnsweredCommand {
  readonly reply: Reply;
  readonly nodeId: string;
  readonly redirects: readonly { readonly nodeId: string; readonly text: string }[];
}

/** A command on its way to a cluster. */
export interface CommandRequest {
  readonly target: CommandTarget;
  readonly args: readonly string[];
  readonly timeoutMs: number;
  readonly followRedirects: boolean;
  /** The node at an address, if it is one of this cluster; nothing else is ever dialled. */
  readonly nodeAt: (address: string) => CommandTarget | undefined;
}

/**
 * Sends one command on a connection of its own and returns the reply as it came, error replies too.
 *
 * A connection per command costs a fraction of a millisecond on this machine and leaves nothing
 * behind: what one command does to its connection (HELLO, SELECT, RESET) never reaches the next.
 */
export async function sendCommand(
  dial: RespDial,
  request: CommandRequest,
): Promise<Result<AnsweredCommand>> {
  const redirects: { nodeId: string; text: string }[] = [];
  let target = request.target;
  for (;;) {
    const answered = await sendOnce(dial, target, request.args, request.timeoutMs);
    if (!answered.ok) return answered;
    const reply = answered.value;
    const text = errorTextOf(reply);
    const address = text === null ? null : redirectAddress(text);
    const next = address === null ? undefined : request.nodeAt(address);
    const circular = redirects.length >= REDIRECTS_MAX;
    if (!request.followRedirects || text === null || next === undefined || circular) {
      return { ok: true, value: { reply, nodeId: target.id, redirects } };
    }
    redirects.push({ nodeId: target.id, text });
    target = next;
  }
}

/** Where `MOVED <slot> <address>` or `TRY <address>` sends its reader; null for other errors. */
export function redirectAddress(text: string): string | null {
  return /^(?:MOVED \d+|TRY) (\S+)$/.exec(text)?.[1] ?? null;
}

/** What an error reply means for a call: refused, or proposed and not known to be done. */
export function refusalOf(reply: Reply): HostError | null {
  const text = errorTextOf(reply);
  if (text === null) return null;
  const code = text.startsWith('UNKNOWN ') ? 'E_UNKNOWN_OUTCOME' : 'E_REFUSED';
  return { code, message: text };
}

const FAILURE_CODES: ReadonlySet<string> = new Set(['REFUSED', 'TIMEOUT', 'CLOSED', 'PROTOCOL']);

/** One connection to one node: gets `call`, which rejects when there is no reply. */
export type ConnectionWork<T> = (
  call: (args: readonly (string | Uint8Array)[], timeoutMs: number) => Promise<Reply>,
) => Promise<Result<T>>;

/** Does `work` on a connection of its own; whatever ends the connection is the result. */
export async function withConnection<T>(
  dial: RespDial,
  target: CommandTarget,
  work: ConnectionWork<T>,
): Promise<Result<T>> {
  let connection: RespConnection;
  try {
    connection = await dial({ address: target.address, connectTimeoutMs: CONNECT_TIMEOUT_MS });
  } catch (error) {
    return failure('E_UNREACHABLE', `${target.name}: ${causeOf(error)}. The command was not sent.`);
  }
  try {
    return await work((args, timeoutMs) => connection.call(args, { timeoutMs }));
  } catch (error) {
    const { code, sent } = error as Partial<RespFailure>;
    // Whatever else `work` throws is its caller's: it did not come from the connection.
    if (code === undefined || !FAILURE_CODES.has(code)) throw error;
    const cause = `${target.name}: ${causeOf(error)}.`;
    if (sent !== true) return failure('E_UNREACHABLE', `${cause} The command was not sent.`);
    const outcome = 'Whether the command was carried out is not known.';
    const kind = code === 'TIMEOUT' ? 'E_TIMEOUT' : 'E_UNKNOWN_OUTCOME';
    return failure(kind, `${cause} ${outcome}`);
  } finally {
    connection.close();
  }
}

function sendOnce(
  dial: RespDial,
  target: CommandTarget,
  args: readonly string[],
  timeoutMs: number,
): Promise<Result<Reply>> {
  return withConnection(dial, target, async (call) => {
    return { ok: true, value: await call(args, timeoutMs) };
  });
}

/** The text of an error reply, or null when the reply is none. */
export function errorTextOf(reply: Reply): string | null {
  if (typeof reply !== 'object' || reply === null || !('type' in reply)) return null;
  return reply.type === 'error' ? reply.text : null;
}
