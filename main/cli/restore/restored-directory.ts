import { randomBytes } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

import { StorageError, type LogWrite } from '../../../node-engine/log/log-store.ts';
import { syncFolder } from '../../../node-engine/log/node-directory.ts';
import type { Machine } from '../../../node-engine/machine/machine.ts';
import { encodeSnapshotHeader, type LogTimes } from '../../../node-engine/node/snapshot-header.ts';
import type { LogIndex, Member, SnapshotMeta, Term } from '../../../node-engine/raft/types.ts';
import { commandOffset } from '../../../node-engine/resp/command-run.ts';
import { openNodeStorage, type NodeStorage } from '../../../node-engine/snapshot/node-storage.ts';
import type { SnapshotSink } from '../../../node-engine/snapshot/snapshot-store.ts';

/** What the directory of a restored node is made of. */
export interface RestoredNode {
  /** Must not exist. */
  readonly directory: string;
  readonly nodeId: string;
  readonly address: string;
  readonly machine: Machine;
  readonly times: LogTimes;
  readonly index: LogIndex;
  readonly term: Term;
}

/**
 * Makes the directory of a node that is a cluster of one and whose log begins behind a snapshot of the
 * machine's state. It appears under its name when it is whole and durable; before, nothing of that name
 * is there.
 *
 * @throws StorageError
 */
export async function makeRestoredNode(node: RestoredNode): Promise<void> {
  const aside = `${node.directory}.restoring`;
  await rm(aside, { recursive: true, force: true });
  try {
    const storage = await openNodeStorage({
      backend: 'leveldb',
      directory: aside,
      identity: { clusterId: randomBytes(16).toString('hex'), nodeId: node.nodeId },
      durability: 'high',
      machine: { name: node.machine.name, version: node.machine.version },
      offsetOfCommand: commandOffset,
    });
    try {
      await beginLogBehind(storage, await writeSnapshot(storage, node));
    } finally {
      await settled((done) => storage.close(done));
    }
    await rename(aside, node.directory);
    await syncFolder(dirname(node.directory));
  } catch (error) {
    await rm(aside, { recursive: true, force: true });
    throw error;
  }
}

async function writeSnapshot(storage: NodeStorage, node: RestoredNode): Promise<SnapshotMeta> {
  const { machine, index, term, times, nodeId, address } = node;
  const member: Member = {
    id: nodeId,
    ...{ peerAddress: address, clientAddress: address },
    ...{ voter: true, promote: false },
  };
  const snapshot = machine.snapshot();
  if (snapshot === null) throw new StorageError('IO', `machine ${machine.name} has no snapshots`);
  const sink = storage.snapshots.create({
    lastIncludedIndex: index,
    lastIncludedTerm: term,
    membership: { members: [member] },
    membershipIndex: index,
  });
  try {
    await write(sink, encodeSnapshotHeader(machine.name, times));
    for (let slice = snapshot.next(); slice !== null; slice = snapshot.next()) {
      await write(sink, slice);
    }
    return await committed(sink);
  } finally {
    snapshot.release();
  }
}

async function beginLogBehind(storage: NodeStorage, install: SnapshotMeta): Promise<void> {
  const { lastIncludedTerm: term, lastIncludedIndex: commitIndex } = install;
  const first: LogWrite = {
    hardState: { term, votedFor: null, commitIndex },
    install,
    ...{ truncateFrom: null, append: [], trimThrough: null },
  };
  await settled((done) => storage.log.store.write(first, done));
}

function write(sink: SnapshotSink, bytes: Uint8Array): Promise<void> {
  return settled((done) => sink.write(bytes, done));
}

function committed(sink: SnapshotSink): Promise<SnapshotMeta> {
  return new Promise((resolve, reject) => {
    sink.commit((error, snapshot) => {
      if (snapshot !== null) resolve(snapshot);
      else reject(error ?? new StorageError('IO', 'the snapshot was not made'));
    });
  });
}

function settled(action: (done: (error: StorageError | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    action((error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
}
