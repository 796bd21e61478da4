import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';

import { encodeMeta, META_BYTES } from '../../node-engine/log/meta.ts';
import { encodeRecord, LOG_START } from '../../node-engine/log/record.ts';
import { RUN_COMMANDS } from '../../node-engine/raft/types.ts';
import { SnapshotEncoder } from '../../node-engine/snapshot/file-format.ts';
import { inspectNode } from '../../node-engine/snapshot/inspect-node.ts';
import { openNodeStorage, type NodeStorage } from '../../node-engine/snapshot/node-storage.ts';
import { machineBytes } from '../snapshot/snapshot-promises.ts';
import { ROOT } from '../tidy/source-files.ts';
import {
  FORMAT_1_HARD_STATE,
  FORMAT_1_IDENTITY,
  FORMAT_1_MACHINE,
  FORMAT_1_RUNS,
  FORMAT_1_SNAPSHOT,
  FORMAT_1_STATE,
} from './format-1-node.ts';
import { NodeFolders } from './node-folders.ts';
import { MEMBERSHIP, offsetOfCommand, plain, run } from './runs.ts';
import { read, write } from './store-promises.ts';

const FIXTURE = join(ROOT, 'test', 'fixtures', 'format-1');

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

describe('a data directory of format 1', () => {
  const folders = new NodeFolders();
  const open: NodeStorage[] = [];

  afterEach(async () => {
    for (const storage of open.splice(0)) await new Promise((done) => storage.close(done));
    await folders.removeAll();
  });

  async function openStorage(directory: string): Promise<NodeStorage> {
    const storage = await openNodeStorage({
      backend: 'leveldb',
      directory,
      identity: { clusterId: '', nodeId: FORMAT_1_IDENTITY.nodeId },
      durability: 'high',
      machine: FORMAT_1_MACHINE,
      offsetOfCommand,
    });
    open.push(storage);
    return storage;
  }

  test('is read in full: log, term, vote, memberships, snapshot', async () => {
    const { log, snapshots, damagedSnapshots } = await openStorage(await folders.copy(FIXTURE));
    const { tail, snapshot, ...rest } = log.recovered;
    expect(log.identity).toEqual(FORMAT_1_IDENTITY);
    expect(damagedSnapshots).toEqual([]);
    expect(rest).toEqual({
      hardState: FORMAT_1_HARD_STATE,
      firstIndex: 11,
      lastIndex: 425,
      terms: [
        { firstIndex: 11, term: 1 },
        { firstIndex: 15, term: 2 },
        { firstIndex: 16, term: 3 },
      ],
      memberships: [{ index: 15, membership: MEMBERSHIP }],
    });
    expect(tail.map(plain)).toEqual(FORMAT_1_RUNS.slice(6).map(plain));
    expect((await read(log.store, 11, 425)).map(plain)).toEqual(FORMAT_1_RUNS.map(plain));
    expect(snapshot).toMatchObject(FORMAT_1_SNAPSHOT);
    const bytes = await machineBytes(snapshots, snapshot?.id ?? '');
    expect(bytes.equals(FORMAT_1_STATE)).toBe(true);
  });

  test('can be gone on with', async () => {
    const directory = await folders.copy(FIXTURE);
    const first = await openStorage(directory);
    await write(first.log.store, { append: [run(426, 3, 3)] });
    await new Promise((done) => open.splice(0)[0]?.close(done));
    const second = await openStorage(directory);
    expect(second.log.recovered).toMatchObject({ firstIndex: 11, lastIndex: 428 });
  });

  test('holds nothing that is wrong', async () => {
    expect((await inspectNode(FIXTURE)).problems).toEqual([]);
  });
});

describe('the bytes of format 1', () => {
  test('are these for a record', () => {
    const record = encodeRecord(
      {
        firstIndex: 7,
        originalFirstIndex: 5,
        count: 2,
        term: 3,
        timeNs: 1n,
        seed: 2n,
        flags: RUN_COMMANDS,
        bytes: Buffer.from('SET a 1\r\n'),
      },
      LOG_START.chain,
    );
    expect(hex(record)).toBe(
      [
        '18f9d70a96a14a027caf2abbca75e956', // chain
        '9bc9f777', // checksum
        '00010000', // format, flags
        '0000000200000009', // count, byte length
        '0000000000000007', // first index
        '0000000000000005', // original first index
        '0000000000000003', // term
        '0000000000000001', // time
        '0000000000000002', // seed
        '534554206120310d0a', // the command
      ].join(''),
    );
  });

  test('are these for a meta page', () => {
    const page = encodeMeta({
      generation: 1,
      incarnation: 2,
      backend: 'leveldb',
      voterCount: 0,
      clusterId: 'ab',
      nodeId: 'n',
      term: 3,
      votedFor: 'v',
      commitIndex: 4,
      mark: { index: 5, term: 6, chain: Buffer.alloc(16, 0x11) },
      base: { index: 7, term: 8, chain: Buffer.alloc(16, 0x22) },
      repairUntil: { index: 9, term: 10 },
      tail: [Buffer.from([0xaa, 0xbb])],
    });
    expect(page).toHaveLength(META_BYTES);
    expect(hex(page).replace(/0+$/, '')).toBe(
      [
        '52446d7449216b44', // RDmt, checksum
        '0001000000000000', // format
        '00000000000000010000000000000002', // generation, incarnation
        '00000000000000030000000000000004', // term, commit index
        '00000000000000050000000000000006', // mark
        '11111111111111111111111111111111',
        '00000000000000070000000000000008', // base
        '22222222222222222222222222222222',
        '0000000000000009000000000000000a', // repair
        '00000000000000000000000000000000',
        '026162016e0176', // cluster, node, vote
        '000100000002aabb', // tail
      ].join(''),
    );
  });

  test('are these for a snapshot file', () => {
    const encoder = new SnapshotEncoder();
    const header = {
      ...FORMAT_1_SNAPSHOT,
      membership: { members: [] },
      clusterId: 'ab',
      machine: FORMAT_1_MACHINE,
      madeAtMs: 1,
    };
    const parts = [encoder.header(header)];
    parts.push(...encoder.encode(Buffer.from('state')), ...encoder.end());
    expect(Buffer.from(parts[0] ?? []).toString('utf8', 20)).toBe(
      '{"lastIncludedIndex":12,"lastIncludedTerm":1,"membershipIndex":1,"members":[],' +
        '"clusterId":"ab","machine":{"name":"kv","version":"1.0.0"},"madeAtMs":1}',
    );
    expect(hex(Buffer.concat(parts.slice(1)))).toBe(
      [
        '00000005a393d2fb7374617465', // one block
        '00000000d8d5e81b00000000000000e7', // trailer: end, checksum, length of the file
        '1be00085c2c63b551b274675257b99cec3ad247a5b4bde058ebd6d48822cd14e', // SHA-256
      ].join(''),
    );
    expect(hex((parts[0] ?? new Uint8Array()).subarray(0, 20))).toBe(
      '52414654534e41504c6e0aab0001000000000096',
    );
  });
});
