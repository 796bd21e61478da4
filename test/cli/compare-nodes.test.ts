import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { backendNamed } from '../../node-engine/log/backends.ts';
import { openDiskLog } from '../../node-engine/log/disk-log.ts';
import { kv } from '../../node-engine/machines/kv/kv.ts';
import { RUN_COMMANDS, RUN_NO_OP, type Run } from '../../node-engine/raft/types.ts';
import { commandOffset } from '../../node-engine/resp/command-run.ts';
import { encodeCommand } from '../../node-engine/resp/command-writer.ts';
import { inspectNode } from '../../node-engine/snapshot/inspect-node.ts';
import { compareNodes, type Comparison } from '../../main/cli/verify/compare-nodes.ts';
import { close, write } from '../log/store-promises.ts';

const CLUSTER = 'c'.repeat(32);

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'raftdeck-compare-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Commands that were proposed together; `of` is where that proposal began, when this is a part. */
function commands(
  firstIndex: number,
  term: number,
  texts: readonly string[],
  of = firstIndex,
): Run {
  return {
    ...{ firstIndex, originalFirstIndex: of, count: texts.length, term },
    timeNs: 1_700_000_000_000_000_000n + BigInt(of),
    seed: BigInt(of),
    flags: RUN_COMMANDS,
    bytes: Buffer.concat(texts.map((text) => encodeCommand(text.split(' ')))),
  };
}

function noOp(firstIndex: number, term: number): Run {
  return { ...commands(firstIndex, term, ['x']), flags: RUN_NO_OP, bytes: new Uint8Array(0) };
}

/** The directory of a stopped node with these runs, the first `commitIndex` entries of them committed. */
async function node(nodeId: string, runs: readonly Run[], commitIndex: number): Promise<string> {
  const directory = join(folder, nodeId);
  const { store } = await openDiskLog(backendNamed('fastlog'), {
    ...{ directory, identity: { clusterId: CLUSTER, nodeId }, durability: 'high' },
    snapshots: () => Promise.resolve([]),
    offsetOfCommand: commandOffset,
  });
  const term = Math.max(...runs.map((run) => run.term));
  await write(store, { hardState: { term, votedFor: null, commitIndex: 0 }, append: runs });
  await write(store, { hardState: { term, votedFor: null, commitIndex } });
  await close(store);
  return directory;
}

async function compared(...directories: readonly string[]): Promise<Comparison> {
  const nodes = await Promise.all(directories.map((directory) => inspectNode(directory)));
  return compareNodes(CLUSTER, nodes, () => Promise.resolve(kv));
}

const START = noOp(1, 1);

test('nodes that gathered the same entries otherwise agree, in entries and state', async () => {
  const words = ['SET a 1', 'INCR a', 'APPEND b x', 'SPOP none', 'SET c 3'];
  const one = await node('1', [START, commands(2, 1, words)], 6);
  const other = await node(
    '2',
    [START, commands(2, 1, words.slice(0, 2)), commands(4, 1, words.slice(2, 4), 2)],
    5,
  );
  const result = await compared(one, other);
  expect(result).toMatchObject({ agree: true, fromIndex: 1, toIndex: 5, nodeIds: ['1', '2'] });
  expect(result.stateHash).toMatch(/^[0-9a-f]{32}$/);
  expect(result.findings[0]).toBe('nodes 1, 2 agree: entries 1 to 5 are the same');
  expect(result.findings[1]).toContain('the state at entry 5 is the same on 2 nodes');
});

test('an entry that is another one on one node is found, and named', async () => {
  const one = await node('1', [START, commands(2, 1, ['SET a 1', 'SET b 2', 'SET c 3'])], 4);
  const other = await node('2', [START, commands(2, 1, ['SET a 1', 'SET b 3', 'SET c 3'])], 4);
  const result = await compared(one, other);
  expect(result).toMatchObject({ agree: false, toIndex: 2 });
  expect(result.findings.slice(0, 2)).toEqual([
    'nodes 1, 2 DIFFER',
    'entry 3 of term 1 is another one on node 2 than on node 1',
  ]);
});

test('another term is a contradiction where both know the entry to be committed', async () => {
  const one = await node('1', [START, commands(2, 1, ['SET a 1', 'SET a 2'])], 3);
  const other = await node(
    '2',
    [START, commands(2, 1, ['SET a 1']), commands(3, 2, ['SET a 3'])],
    3,
  );
  const result = await compared(one, other);
  expect(result.agree).toBe(false);
  expect(result.findings[1]).toBe(
    'entry 3, which both know to be committed, has term 1 on node 1 and term 2 on node 2',
  );
});

test('and none where one of them may still be told to drop it', async () => {
  const one = await node('1', [START, commands(2, 1, ['SET a 1', 'SET a 2'])], 2);
  const other = await node(
    '2',
    [START, commands(2, 1, ['SET a 1']), commands(3, 2, ['SET a 3'])],
    3,
  );
  expect(await compared(one, other)).toMatchObject({ agree: true, toIndex: 2 });
});

test('without a machine the entries are compared alone, and that is said', async () => {
  const runs = [START, commands(2, 1, ['SET a 1'])];
  const nodes = [await node('1', runs, 2), await node('2', runs, 2)];
  const inspected = await Promise.all(nodes.map((directory) => inspectNode(directory)));
  const result = await compareNodes(CLUSTER, inspected, () => Promise.resolve(null));
  expect(result).toMatchObject({ agree: true, toIndex: 2, stateHash: null });
  expect(result.findings).toContain('their states were not compared: --machine was not given');
});
