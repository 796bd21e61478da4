import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import type { NodeLaunch } from '../../main/host/node-launch.ts';
import { dialResp } from '../../main/host/resp-dial.ts';
import type { NodeProcess, NodeSpawner, ProcessIdentity } from '../../main/host/spawner.ts';
import { testPort } from './test-port.ts';

/** A bound on hanging: what has not come by then does not come. */
const WITHIN = { timeout: 30_000 };

/** Whether the port answers PING within a moment. */
async function answers(address: string): Promise<boolean> {
  try {
    const connection = await dialResp({ address, connectTimeoutMs: 300 });
    const reply = await connection.call(['PING'], { timeoutMs: 300 });
    connection.close();
    return reply !== null;
  } catch {
    // No: refused, or no reply in time.
    return false;
  }
}

function identityOf(node: NodeProcess): ProcessIdentity {
  if (node.identity === null) throw new Error('this system does not tell when a process started');
  return node.identity;
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** What every spawner promises; run over each. */
export function spawnerSuite(name: string, create: () => NodeSpawner): void {
  describe(name, () => {
    let folder: string;
    let spawner: NodeSpawner;
    let launch: NodeLaunch;
    let port: number;
    const started: NodeProcess[] = [];

    beforeEach(async () => {
      folder = mkdtempSync(join(tmpdir(), 'raftdeck-spawner-'));
      spawner = create();
      port = await testPort();
      launch = {
        nodeId: '1',
        address: `127.0.0.1:${String(port)}`,
        directory: join(folder, 'node'),
        home: folder,
        role: { type: 'first' },
        machine: 'kv',
        backend: 'leveldb',
        durability: 'high',
        faults: true,
      };
    });

    afterEach(async () => {
      for (const node of started.splice(0)) {
        node.kill();
        node.stop();
        await node.exited;
      }
      rmSync(folder, { recursive: true, force: true });
    });

    async function spawn(change: Partial<NodeLaunch> = {}): Promise<NodeProcess> {
      const result = await spawner.spawn({ ...launch, ...change });
      if (!result.ok) throw new Error(result.error.message);
      started.push(result.value);
      return result.value;
    }

    async function untilAnswers(): Promise<void> {
      await vi.waitFor(async () => expect(await answers(launch.address)).toBe(true), WITHIN);
    }

    test('a node that is started answers on its port, and ends when asked', async () => {
      const node = await spawn();
      await untilAnswers();
      expect(node.runState).toBe('running');
      expect(node.stop()).toEqual({ ok: true, value: null });
      expect(await node.exited).toMatchObject({ code: 0, signal: null });
      expect(await isListening(port)).toBe(false);
    });

    test('what it prints arrives line by line, the last words too', async () => {
      const node = await spawn();
      const lines: string[] = [];
      node.onOutput((stream, text) => lines.push(`${stream} ${text}`));
      await vi.waitFor(
        () => expect(lines).toContain(`stdout node 1 listens on ${launch.address}`),
        WITHIN,
      );
      node.stop();
      await node.exited;
      expect(lines.at(-1)).toBe('stdout ending');
    });

    test('an ended node takes no more orders', async () => {
      const node = await spawn();
      node.stop();
      await node.exited;
      expect(node.stop()).toMatchObject({ ok: false, error: { code: 'E_STATE' } });
    });

    test('a node that cannot start says why', async () => {
      const result = await spawner.spawn({ ...launch, machine: 'broken' });
      if (!result.ok) {
        expect(result.error.code).toBe('E_SPAWN');
        expect(result.error.message).toContain('the machine is broken');
        return;
      }
      const lines: string[] = [];
      result.value.onOutput((stream, text) => lines.push(`${stream} ${text}`));
      expect((await result.value.exited).code).toBe(3);
      expect(lines).toContain('stderr the machine is broken');
    });

    test('a kill is a SIGKILL, or is refused with the reason', async () => {
      const node = await spawn();
      await untilAnswers();
      const askedAtMs = Date.now();
      const killed = node.kill();
      const sentAtMs = Date.now();
      if (spawner.isolation === 'embedded') {
        expect(killed).toMatchObject({ ok: false, error: { code: 'E_STATE' } });
        await untilAnswers();
        return;
      }
      expect(killed.ok).toBe(true);
      const exit = await node.exited;
      expect(exit.code === 0).toBe(false);
      // Not when the host was told: by then the other nodes may have elected another leader.
      expect([exit.atMs >= askedAtMs, exit.atMs <= sentAtMs]).toEqual([true, true]);
      expect(await isListening(port)).toBe(false);
    });

    test('a frozen node keeps its port and answers nothing until it is resumed', async () => {
      const node = await spawn();
      await untilAnswers();
      const states: string[] = [];
      node.onRunState((state) => states.push(state));
      const frozen = node.freeze();
      if (spawner.isolation === 'embedded') {
        expect(frozen).toMatchObject({ ok: false, error: { code: 'E_STATE' } });
        return;
      }
      expect(frozen.ok).toBe(true);
      await vi.waitFor(() => expect(node.runState).toBe('frozen'), WITHIN);
      expect(await isListening(port)).toBe(true);
      expect(await answers(launch.address)).toBe(false);
      node.resume();
      await vi.waitFor(() => expect(node.runState).toBe('running'), WITHIN);
      await untilAnswers();
      expect(states).toEqual(['frozen', 'running']);
    });

    // What follows is about processes; an embedded node is none.
    if (create().isolation === 'embedded') return;

    test('a frozen node can be stopped', async () => {
      const node = await spawn();
      await untilAnswers();
      node.freeze();
      await vi.waitFor(() => expect(node.runState).toBe('frozen'), WITHIN);
      node.stop();
      expect(await node.exited).toMatchObject({ code: 0 });
    });

    test('a process that is still there is found again, whoever has started it', async () => {
      const node = await spawn();
      const identity = identityOf(node);
      const found = await spawner.attach(launch, identity);
      if (found === null) throw new Error('the process was not found');
      expect(found.pid).toBe(node.pid);
      found.kill();
      expect(await found.exited).toMatchObject({ code: null, signal: null });
      expect(await spawner.attach(launch, identity)).toBeNull();
    });

    test('a pid that another process has by now is not taken for the node', async () => {
      const { pid } = identityOf(await spawn());
      expect(await spawner.attach(launch, { pid, startTime: 'another boot/1' })).toBeNull();
    });
  });
}
