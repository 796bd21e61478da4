import type { Result } from '../contract/errors.ts';
import type { CommandOutcome } from '../contract/model.ts';
import { failure } from './failure.ts';
import type { ManagedCluster } from './managed-cluster.ts';
import type { ManagedNode } from './managed-node.ts';
import { toRespView } from './resp-view.ts';

/** Longer than any command of a built-in machine takes; a person waits no longer without a word. */
const CONSOLE_TIMEOUT_MS = 30_000;

const STREAMS = new Set(['MONITOR', 'SUBSCRIBE', 'PSUBSCRIBE', 'SSUBSCRIBE', 'SYNC', 'PSYNC']);

/** Sends what somebody typed; to `target`, or to the leader when null. */
export async function runConsoleCommand(
  cluster: ManagedCluster,
  target: ManagedNode | null,
  command: { readonly args: readonly string[]; readonly followRedirects: boolean },
): Promise<Result<CommandOutcome>> {
  const node = target ?? anyNode(cluster);
  if (node === undefined) {
    const message = `No node of ${cluster.name} answers, so nothing was sent. Start the cluster.`;
    return failure('E_UNREACHABLE', message);
  }
  const refused = consoleRefusal(command.args);
  if (refused !== null) return refused;
  const { args, followRedirects } = command;
  const startedAtMs = performance.now();
  const options = { timeoutMs: CONSOLE_TIMEOUT_MS, followRedirects };
  const answered = await cluster.send(node, args, options);
  if (!answered.ok) return answered;
  const elapsedMs = performance.now() - startedAtMs;
  const { view: reply, truncated } = toRespView(answered.value.reply);
  const { nodeId, redirects } = answered.value;
  return { ok: true, value: { reply, nodeId, redirects, elapsedMs, truncated } };
}

/** Why a command cannot be sent from a console that shows one reply per command; null when it can. */
export function consoleRefusal(args: readonly string[]): Result<never> | null {
  const [name = '', second = ''] = args.map((word) => word.toUpperCase());
  const isWatch = name === 'RAFT' && second === 'WATCH';
  if (!isWatch && !STREAMS.has(name)) return null;
  const shown = isWatch ? 'RAFT WATCH' : name;
  return failure(
    'E_STATE',
    `${shown} turns its connection into a stream, which this console does not show. It was not sent. Use redis-cli for it.`,
  );
}

/** The leader, else whoever answers: its own error then says what is wrong. */
function anyNode(cluster: ManagedCluster): ManagedNode | undefined {
  return cluster.leader() ?? cluster.members().find((node) => node.connected);
}
