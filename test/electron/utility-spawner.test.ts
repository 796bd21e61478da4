import { EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type * as Electron from 'electron';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { UtilitySpawner } from '../../main/electron/utility-spawner.ts';
import type { NodeLaunch } from '../../main/host/node-launch.ts';
import type { NodeProcess } from '../../main/host/spawner.ts';

/** Beyond what Linux gives to a process. */
const NO_PID = 2 ** 30;
/** Longer than the last words of a process are waited for. */
const BUSY_MS = 700;

/** A process that says and does what a test tells it to. */
class ToldProcess extends EventEmitter {
  readonly stdout = new PassThrough();
  readonly stderr = new PassThrough();
  readonly pid = NO_PID;
}

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'raftdeck-utility-'));
});

afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true, force: true });
});

function launchIn(directory: string): NodeLaunch {
  return {
    ...{ nodeId: '1', address: '127.0.0.1:7481', directory, home: directory },
    ...{ role: { type: 'first' }, machine: 'kv', backend: 'leveldb', durability: 'high' },
    faults: false,
  };
}

function spawnerOf(child: ToldProcess): UtilitySpawner {
  const fork = (): Electron.UtilityProcess => child as unknown as Electron.UtilityProcess;
  return new UtilitySpawner({ fork }, 'raftdeck.js');
}

/** A node that runs as this process, and all that is heard of it. */
async function spawned(
  child: ToldProcess,
): Promise<{ readonly node: NodeProcess; readonly lines: readonly string[] }> {
  const spawning = spawnerOf(child).spawn(launchIn(join(folder, '1')));
  child.emit('spawn');
  const result = await spawning;
  if (!result.ok) throw new Error(result.error.message);
  const lines: string[] = [];
  result.value.onOutput((stream, text) => lines.push(`${stream} ${text}`));
  return { node: result.value, lines };
}

test('the last words of a process are heard by a host that was busy while it ended', async () => {
  const child = new ToldProcess();
  const { node, lines } = await spawned(child);

  // From here the loop comes to its timers next, and to what lies in the pipe after them.
  await new Promise((resolve) => setImmediate(resolve));
  child.emit('exit', 1);
  setImmediate(() => child.stderr.write('the disk is gone\n'));
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BUSY_MS);
  expect((await node.exited).code).toBe(1);
  expect(lines).toEqual(['stderr the disk is gone']);
  child.stdout.end();
  child.stderr.end();
  await Promise.all([once(child.stdout.resume(), 'close'), once(child.stderr.resume(), 'close')]);
});

test('what a process wrote right before its end is heard although Electron stops listening then', async () => {
  const child = new ToldProcess();
  // The patience with a pipe that never closes has no end here: whoever waits for that waits in vain.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const ended = spawnerOf(child).runTool(['verify']);
  await new Promise((resolve) => setImmediate(resolve));
  child.emit('exit', 0);
  for (const pipe of [child.stdout, child.stderr]) pipe.removeAllListeners();
  await new Promise((resolve) => setImmediate(resolve));
  child.stdout.end('all is well\n');
  child.stderr.end();
  expect(await ended).toEqual({ ok: true, value: 'all is well\n' });
});

test('a process that V8 ends says so, and it is no exception of the app', async () => {
  const child = new ToldProcess();
  const { node, lines } = await spawned(child);
  child.emit('error', 'FatalError', 'Scavenger: semi-space copy', '{}');
  child.stdout.end();
  child.stderr.end();
  child.emit('exit', 5);
  expect((await node.exited).code).toBe(5);
  expect(lines).toEqual(['stderr FatalError: V8 cannot go on (Scavenger: semi-space copy)']);
});
