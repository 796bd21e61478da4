import type { ClusterView, NodeView } from '../../../main/contract/model.ts';

/*
 * What each button does, as a line for a terminal. The window is one more client of the cluster, so
 * there is such a line for everything it does.
 */

/** A word as a POSIX shell reads it back unchanged. */
export function shellWord(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Splits `127.0.0.1:7481` or `[::1]:7481`. */
export function splitAddress(address: string): { readonly host: string; readonly port: string } {
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, Math.max(0, colon)).replace(/^\[(.*)\]$/, '$1');
  return { host, port: address.slice(colon + 1) };
}

/** `redis-cli -p 7481 RAFTSNAPSHOT`; `-c` where a follower may answer MOVED. */
export function redisCli(
  address: string,
  args: readonly string[],
  { followMoved = false }: { readonly followMoved?: boolean } = {},
): string {
  const { host, port } = splitAddress(address);
  const target = host === '127.0.0.1' || host === 'localhost' ? [] : ['-h', shellWord(host)];
  const cluster = followMoved ? ['-c'] : [];
  return ['redis-cli', ...cluster, ...target, '-p', port, ...args.map(shellWord)].join(' ');
}

/** A signal to a node's process. Without a process there is nothing to signal. */
export function signalCommand(
  signal: 'TERM' | 'KILL' | 'STOP' | 'CONT',
  node: NodeView,
): string | null {
  return node.pid === null ? null : `kill -${signal} ${String(node.pid)}`;
}

/** The address of the leader, or of any node that answers: the others redirect to it. */
export function commandAddress(view: ClusterView): string | null {
  const answering = view.nodes.filter(({ connected }) => connected);
  const leader = answering.find(({ id }) => id === view.health.leaderId);
  return (leader ?? answering[0])?.clientAddress ?? null;
}

export function transferCommand(view: ClusterView, target: NodeView): string | null {
  const address = commandAddress(view);
  return address && redisCli(address, ['RAFT', 'SERVER', 'TRANSFER', target.id]);
}

export function removeCommand(view: ClusterView, target: NodeView): string | null {
  const address = commandAddress(view);
  return address && redisCli(address, ['RAFTREMOVEPEER', target.clientAddress]);
}

export function addPeerCommand(view: ClusterView, clientAddress: string): string | null {
  const address = commandAddress(view);
  return address && redisCli(address, ['RAFTADDPEER', clientAddress]);
}

/** A node of this cluster's kind that waits to be added, in a folder of its own. */
export function waitingNodeCommand(
  view: ClusterView,
  peer: { readonly id: string; readonly name: string; readonly address: string },
): string {
  const words = ['-n', peer.id, '-a', peer.address, '-d', peer.name, '--machine', view.machine];
  return ['raftdeck', 'node', ...words.map(shellWord), '--wait'].join(' ');
}

export function snapshotCommand(node: NodeView): string {
  return redisCli(node.clientAddress, ['RAFTSNAPSHOT']);
}

export function shrinkCommand(node: NodeView): string {
  return redisCli(node.clientAddress, ['RAFTSHRINKLOG']);
}

export function electionCommand(node: NodeView): string {
  return redisCli(node.clientAddress, ['RAFT', 'TIMEOUT']);
}

/** For a program instead of a person. */
export function redisUrl(address: string): string {
  return `redis://${address}`;
}
