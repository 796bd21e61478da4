import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { inspectLog, refuseRunning, type InspectedLog } from '../log/inspect.ts';
import { ioError, isMissing, nodePaths } from '../log/node-directory.ts';
import type { LogIndex, Membership, SnapshotMeta, Term } from '../raft/types.ts';
import type { MachineIdentity } from './header-document.ts';
import { decodeFile, probeFile, storedSnapshot } from './snapshot-file.ts';
import { isSnapshotId, SNAPSHOT_EXTENSION, snapshotTimeMs } from './snapshot-id.ts';

/** A file among the snapshots. */
export interface InspectedSnapshot {
  readonly name: string;
  /** Null when every checksum is right. */
  readonly fault: string | null;
  /** What its header says; null when that cannot be read. */
  readonly contents: {
    readonly index: LogIndex;
    readonly term: Term;
    readonly sizeBytes: number;
    readonly storedAtMs: number;
    readonly clusterId: string;
    readonly machine: MachineIdentity;
    readonly membership: Membership;
    readonly membershipIndex: LogIndex;
  } | null;
}

/** Everything a stopped node keeps. */
export interface InspectedNode extends InspectedLog {
  readonly directory: string;
  /** Newest first. */
  readonly snapshots: readonly InspectedSnapshot[];
  /** The membership in force, and the index of its entry; null when it is not known here. */
  readonly membership: { readonly membership: Membership; readonly index: LogIndex } | null;
  /** All that is wrong, in sentences; empty when the node would start. */
  readonly problems: readonly string[];
}

/**
 * Describes a stopped node's directory, every checksum of it verified, and changes nothing.
 *
 * @throws StorageError LOCKED, DAMAGED without a whole meta page, NEWER_FORMAT or IO
 */
export async function inspectNode(directory: string): Promise<InspectedNode> {
  await refuseRunning(directory);
  const snapshots = await inspectSnapshots(nodePaths(directory).snapshots);
  const whole = snapshots.flatMap((snapshot) => metaOfWhole(snapshot));
  const log = await inspectLog(directory, whole);
  const logged = log.records?.memberships.at(-1);
  const newest = whole[0];
  const snapshotted =
    newest === undefined ? null : { membership: newest.membership, index: newest.membershipIndex };
  return {
    ...log,
    directory,
    snapshots,
    membership: logged ?? snapshotted,
    problems: problemsOf(log, snapshots),
  };
}

async function inspectSnapshots(folder: string): Promise<InspectedSnapshot[]> {
  const found: InspectedSnapshot[] = [];
  for (const name of await namesIn(folder)) {
    const id = name.slice(0, -SNAPSHOT_EXTENSION.length);
    if (name.endsWith(SNAPSHOT_EXTENSION) && isSnapshotId(id)) {
      found.push(await inspectSnapshot(join(folder, name), name));
    }
  }
  const indexOf = ({ contents }: InspectedSnapshot): number => contents?.index ?? 0;
  return found.sort((left, right) => indexOf(right) - indexOf(left));
}

async function inspectSnapshot(path: string, name: string): Promise<InspectedSnapshot> {
  const probed = await probeFile(path);
  if (!probed.ok) return { name, fault: probed.fault, contents: null };
  const { header, sizeBytes } = probed.value;
  const decoded = await decodeFile(path, () => undefined);
  return {
    name,
    fault: decoded.ok ? null : decoded.fault,
    contents: {
      index: header.lastIncludedIndex,
      term: header.lastIncludedTerm,
      sizeBytes,
      storedAtMs: snapshotTimeMs(name.slice(0, -SNAPSHOT_EXTENSION.length)) ?? header.madeAtMs,
      clusterId: header.clusterId,
      machine: header.machine,
      membership: header.membership,
      membershipIndex: header.membershipIndex,
    },
  };
}

function metaOfWhole({ name, fault, contents }: InspectedSnapshot): SnapshotMeta[] {
  if (fault !== null || contents === null) return [];
  const header = {
    lastIncludedIndex: contents.index,
    lastIncludedTerm: contents.term,
    membership: contents.membership,
    membershipIndex: contents.membershipIndex,
    clusterId: contents.clusterId,
    machine: contents.machine,
    madeAtMs: contents.storedAtMs,
  };
  const id = name.slice(0, -SNAPSHOT_EXTENSION.length);
  return [storedSnapshot(id, { header, sizeBytes: contents.sizeBytes })];
}

function problemsOf(log: InspectedLog, snapshots: readonly InspectedSnapshot[]): string[] {
  const problems: string[] = [];
  const { pages, records } = log;
  // One of two is enough to start, and is repaired then; it is worth knowing all the same.
  if (pages.a.fault !== null) problems.push(`meta.a ${pages.a.fault}`);
  if (pages.b.fault !== null) problems.push(`meta.b ${pages.b.fault}`);
  if (log.identityFault !== null) problems.push(`node.json: ${log.identityFault}`);
  if (log.logFault !== null) problems.push(`log: ${log.logFault}`);
  for (const { fromIndex, toIndex, fault } of records?.faults ?? []) {
    const entries =
      fromIndex === toIndex ? `entry ${fromIndex}` : `entries ${fromIndex} to ${toIndex}`;
    problems.push(`log: ${entries}: ${fault}`);
  }
  for (const { name, fault } of snapshots) {
    if (fault !== null) problems.push(`snapshot ${name} ${fault}`);
  }
  return problems;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw ioError(`cannot read ${folder}`, error);
  }
}
