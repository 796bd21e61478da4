import type { ClusterView, NodeView } from '../../../main/contract/model.ts';
import { redisCli, shellWord } from '../nodes/commands.ts';

/** Reads a snapshot on its node and checks every checksum. */
export function verifyCommand(node: NodeView, snapshotId: string): string {
  return redisCli(node.clientAddress, ['RAFT', 'SNAPSHOT', 'VERIFY', snapshotId]);
}

/** Where the file of a snapshot lies on this machine. */
export function snapshotPath(node: NodeView, snapshotId: string): string {
  return `${node.directory}/snapshots/${snapshotId}.snapshot`;
}

/** Makes the folder of a new cluster's first node of it. */
export function restoreCommand(node: NodeView, snapshotId: string, directory: string): string {
  const words = ['raftdeck', 'restore', snapshotPath(node, snapshotId), directory];
  return words.map(shellWord).join(' ');
}

/** Replaces the state of the whole cluster by that of a snapshot of its leader's. */
export function replaceCommand(leader: NodeView, snapshotId: string): string {
  return redisCli(leader.clientAddress, ['RAFT', 'SNAPSHOT', 'RESTORE', snapshotId]);
}

/** A name for the new cluster that says where it comes from; the host refuses one that is taken. */
export function restoredName({ name }: ClusterView, index: number): string {
  return `${name.slice(0, 40)}-${String(index)}`;
}
