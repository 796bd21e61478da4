import { cp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { Run } from '../../node-engine/raft/types.ts';
import { openNodeStorage, type NodeStorage } from '../../node-engine/snapshot/node-storage.ts';
import { draftAt, make } from '../snapshot/snapshot-promises.ts';
import { membershipRun, offsetOfCommand, run, singles } from './runs.ts';
import { write } from './store-promises.ts';

/** What the node in test/fixtures/format-1 wrote. */
export const FORMAT_1_IDENTITY = { clusterId: '0123456789abcdef0123456789abcdef', nodeId: 'n-1' };
export const FORMAT_1_HARD_STATE = { term: 3, votedFor: 'n-2', commitIndex: 22 };
export const FORMAT_1_MACHINE = { name: 'kv', version: '1.0.0' };
export const FORMAT_1_SNAPSHOT = draftAt(12, 1);
export const FORMAT_1_STATE = Buffer.from('the state of a machine at entry 12\n'.repeat(20));
/** The log behind its trimmed part: entries 11 to 425. */
export const FORMAT_1_RUNS: readonly Run[] = [
  ...singles(11, 14, 1),
  membershipRun(15, 2),
  run(16, 7, 3),
  run(23, 400, 3),
  run(423, 1, 3),
  { ...run(424, 2, 3), originalFirstIndex: 420, seed: 2n ** 64n - 1n, timeNs: -1n },
];

function opened(directory: string): Promise<NodeStorage> {
  return openNodeStorage({
    backend: 'leveldb',
    directory,
    identity: FORMAT_1_IDENTITY,
    durability: 'high',
    machine: FORMAT_1_MACHINE,
    offsetOfCommand,
  });
}

/** Makes the directory of a node that was stopped once and then killed; `work` is used on the way. */
export async function makeFormat1Node(work: string, target: string): Promise<void> {
  const first = await opened(work);
  const hardState = { term: 1, votedFor: 'n-1', commitIndex: 0 };
  await write(first.log.store, { hardState, append: [membershipRun(1, 1), ...singles(2, 10, 1)] });
  await write(first.log.store, { append: FORMAT_1_RUNS.slice(0, 4) });
  await make(first.snapshots, FORMAT_1_SNAPSHOT, FORMAT_1_STATE);
  await new Promise((done) => first.close(done));

  const second = await opened(work);
  const { store } = second.log;
  await write(store, { trimThrough: 10 });
  await write(store, { hardState: { ...FORMAT_1_HARD_STATE, term: 2, votedFor: null } });
  await write(store, { append: [run(15, 3, 2)] });
  await write(store, { hardState: FORMAT_1_HARD_STATE, truncateFrom: 15 });
  for (const one of FORMAT_1_RUNS.slice(4)) await write(store, { append: [one] });
  await cp(work, target, { recursive: true });
  await new Promise((done) => second.close(done));

  // LevelDB's own diary names paths of this machine, and a lock is nobody's business tomorrow.
  for (const folder of [target, join(target, 'log')]) {
    for (const name of await readdir(folder)) {
      if (/^LO(CK|G)/.test(name)) await rm(join(folder, name));
    }
  }
}
