import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import type { ClusterView } from '../../main/contract/model.ts';
import { processEntry } from '../../main/host/process-table.ts';
import { testPorts } from '../host/test-port.ts';
import { ROOT } from '../tidy/source-files.ts';
import { fetchRaw } from './web-client.ts';
import { WindowClient } from './window-client.ts';

/* `raftdeck serve` as it was built, with real nodes, as a browser and a terminal see it. */

const ENTRY = join(ROOT, 'out', 'node', 'raftdeck.js');
const PATIENCE_MS = 60_000;

let home: string;
let port: number;
let servers: ChildProcess[];
let nodePids: Set<number>;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'raftdeck-serve-'));
  port = await testPorts(1);
  servers = [];
  nodePids = new Set();
});

afterEach(async () => {
  for (const server of servers) {
    if (server.exitCode === null && server.signalCode === null) {
      server.kill('SIGKILL');
      await new Promise((resolve) => server.once('exit', resolve));
    }
  }
  for (const pid of nodePids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // Ended by the test itself.
    }
  }
  // What is being killed may still be making a file.
  await vi.waitFor(() => expect([...nodePids].filter(runs)).toEqual([]), PATIENCE_MS);
  rmSync(home, { recursive: true, force: true });
});

/** A served window and the process that serves it. */
interface Window {
  readonly process: ChildProcess;
  readonly client: WindowClient;
}

async function serve(): Promise<Window> {
  const args = ['serve', '--port', String(port), '--home', home];
  const server = spawn(process.execPath, ['--enable-source-maps', ENTRY, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  servers.push(server);
  let printed = '';
  server.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString('utf8')));
  server.stderr.on('data', (chunk: Buffer) => (printed += chunk.toString('utf8')));
  const link = await vi.waitFor(
    // With what follows it: a link that is printed in two pieces is one only then.
    () => /(http:\S+token=\S+)\s/.exec(printed)?.[1] ?? expect.fail(`no link in: ${printed}`),
    PATIENCE_MS,
  );
  const client = await WindowClient.enter(port, link);
  client.onView = ({ nodes }) => {
    for (const { pid } of nodes) if (pid !== null) nodePids.add(pid);
  };
  return { process: server, client };
}

/** Whether a process is there. One that nobody has waited for is a zombie, and has ended. */
function runs(pid: number | null | undefined): boolean {
  const entry = processEntry(pid ?? 0);
  return entry !== null && entry.state !== 'ended';
}

function isHealthy({ health }: ClusterView): boolean {
  return health.level === 'healthy' && health.voters === 3;
}

test('a host that is killed leaves its nodes running, and the next one finds them', async () => {
  const first = await serve();
  const basePort = await testPorts(3);
  const { clusterId } = await first.client.call<{ clusterId: string }>('createCluster', {
    nodes: 3,
    basePort,
  });
  const before = await first.client.until(clusterId, isHealthy);
  const command = { clusterId, nodeId: null, followRedirects: true };
  await first.client.call('sendCommand', { ...command, args: ['SET', 'hello', 'world'] });

  first.process.kill('SIGKILL');
  await new Promise((resolve) => first.process.once('exit', resolve));
  expect(before.nodes.map(({ pid }) => runs(pid))).toEqual([true, true, true]);

  const second = await serve();
  // A cookie is worth nothing to the next host.
  const old = await fetchRaw(port, '/', { headers: { cookie: first.client.cookie } });
  expect(old.status).toBe(401);
  const after = await second.client.until(clusterId, isHealthy);
  expect(after.nodes.map(({ pid }) => pid)).toEqual(before.nodes.map(({ pid }) => pid));
  const answer = await second.client.call('sendCommand', { ...command, args: ['GET', 'hello'] });
  expect(answer).toMatchObject({ reply: { type: 'bulk', text: 'world' } });

  await second.client.call('killNode', { clusterId, nodeId: '1' });
  await second.client.until(clusterId, ({ nodes, health }) => {
    return nodes[0]?.process === 'stopped' && health.leaderId !== null && health.leaderId !== '1';
  });
  await second.client.call('deleteCluster', { clusterId, confirmName: after.name });
  expect(before.nodes.map(({ pid }) => runs(pid))).toEqual([false, false, false]);
});

test('the page is the built window, and Ctrl-C ends the server and leaves the nodes', async () => {
  const window = await serve();
  const page = await fetchRaw(port, '/', { headers: { cookie: window.client.cookie } });
  expect([page.status, page.body.includes('<div id="root">')]).toEqual([200, true]);
  const basePort = await testPorts(1);
  const request = { nodes: 1, basePort };
  const { clusterId } = await window.client.call<{ clusterId: string }>('createCluster', request);
  const view = await window.client.until(clusterId, ({ health }) => health.level === 'healthy');
  window.process.kill('SIGINT');
  const code = await new Promise((resolve) => window.process.once('exit', resolve));
  expect(code).toBe(0);
  expect(runs(view.nodes[0]?.pid)).toBe(true);
});

test('a second host on the same home is refused with the first one’s pid', async () => {
  const { process: first } = await serve();
  const second = spawn(process.execPath, [ENTRY, 'serve', '--home', home], { stdio: 'pipe' });
  servers.push(second);
  let errors = '';
  second.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString('utf8')));
  const code = await new Promise((resolve) => second.once('close', resolve));
  expect(code).toBe(1);
  expect(errors).toContain(`Another Raftdeck (PID ${String(first.pid)}) uses`);
});
