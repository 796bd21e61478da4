import { spawn, type ChildProcess } from 'node:child_process';
import { constants, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { RespClient } from '../../node-engine/client/resp-client.ts';
import { requireTool } from '../require-tool.ts';
import { leaderOf, TestFolder, textOf } from './local-cluster.ts';
import { until } from './raftdeck-process.ts';

/* What a durability promises is a matter of system calls: here they are counted. */

const PORT = 24_960;
const WRITES = 60;

let folder: TestFolder;
let tracer: ChildProcess | null = null;

beforeEach(() => {
  folder = new TestFolder();
});

afterEach(async () => {
  tracer?.kill('SIGINT');
  tracer = null;
  await folder.dispose();
});

interface SyncCalls {
  /** How long the writing took, and the waiting for a sync behind it. */
  readonly seconds: number;
  /** Syncs of LevelDB's log file. */
  readonly log: number;
  /** Writes of a meta page through a descriptor that syncs by itself. */
  readonly pages: number;
}

/** What Linux knows of a descriptor; empty when it was closed in the meantime. */
function descriptorInfo(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Descriptors of a process that were opened with O_DSYNC. */
function syncedDescriptors(pid: number): Set<string> {
  const all = `/proc/${pid}/fdinfo`;
  const isSynced = (descriptor: string): boolean => {
    const flags = /^flags:\s*(\d+)/m.exec(descriptorInfo(join(all, descriptor)))?.[1];
    return (parseInt(flags ?? '0', 8) & constants.O_DSYNC) !== 0;
  };
  return new Set(readdirSync(all).filter(isSynced));
}

function callsIn(trace: string, synced: ReadonlySet<string>): Omit<SyncCalls, 'seconds'> {
  const lines = trace.split('\n');
  const pages = lines.map((line) => /pwrite64\((\d+)<[^>]*\/meta\.[ab]>/.exec(line)?.[1] ?? '');
  return {
    log: lines.filter((line) => /fdatasync\(\d+<[^>]*\/log\/\d+\.log>/.test(line)).length,
    pages: pages.filter((descriptor) => synced.has(descriptor)).length,
  };
}

/** Starts a node, writes one value after the other, and counts its calls meanwhile. */
async function callsOf(strace: string, durability: string, port: number): Promise<SyncCalls> {
  const node = folder.startNode(durability, port, '--durability', durability);
  const address = `127.0.0.1:${port}`;
  await leaderOf([address]);
  const output = join(folder.path, `${durability}.strace`);
  const args = ['-f', '-y', '-e', 'trace=fdatasync,pwrite64', '-o', output, '-p', `${node.pid}`];
  const tracing = spawn(strace, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  tracer = tracing;
  let told = '';
  tracing.stderr.on('data', (chunk) => (told += String(chunk)));
  await until(
    'strace is attached',
    30_000,
    () => told.includes('attached'),
    () => told,
  );
  const synced = syncedDescriptors(node.pid);
  const startedMs = performance.now();
  const count = (): Omit<SyncCalls, 'seconds'> => callsIn(readFileSync(output, 'utf8'), synced);
  const client = await RespClient.connect({ address });
  try {
    for (let number = 0; number < WRITES; number += 1) {
      expect(textOf(await client.call(['SET', 'key', `${number}`]))).toBe('OK');
    }
    if (durability === 'medium') {
      await until('a sync', 30_000, () => count().log > 0);
    }
  } finally {
    client.close();
  }
  const ended = new Promise((resolve) => tracing.on('close', resolve));
  tracing.kill('SIGINT');
  await ended;
  return { ...count(), seconds: (performance.now() - startedMs) / 1_000 };
}

test('at durability high each acknowledged write is preceded by a sync of log and page', async (context) => {
  const strace = requireTool('strace', context);
  const calls = await callsOf(strace, 'high', PORT + 1);
  expect(calls.log).toBeGreaterThanOrEqual(WRITES);
  expect(calls.pages).toBeGreaterThanOrEqual(WRITES);
});

test('at durability medium the log is synced about once a second', async (context) => {
  const strace = requireTool('strace', context);
  const calls = await callsOf(strace, 'medium', PORT + 2);
  expect(calls.log).toBeGreaterThanOrEqual(1);
  expect(calls.log).toBeLessThanOrEqual(Math.ceil(calls.seconds) + 1);
  expect(calls.log).toBeLessThan(WRITES);
});

test('at durability low the log is not synced at all', async (context) => {
  const strace = requireTool('strace', context);
  expect((await callsOf(strace, 'low', PORT + 3)).log).toBe(0);
});
