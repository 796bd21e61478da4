import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterEach, expect, test } from 'vitest';

import { UtilitySpawner } from '../../main/electron/utility-spawner.ts';
import { DetachedSpawner } from '../../main/host/detached-spawner.ts';
import { EmbeddedSpawner, type OpenEmbeddedNode } from '../../main/host/embedded-spawner.ts';
import { processEntry } from '../../main/host/process-table.ts';
import type { NodeSpawner } from '../../main/host/spawner.ts';
import { openNode } from '../../node-engine/framework.ts';
import { endOfReading } from '../../node-engine/log/leveldb/leveldb-probe.ts';
import { kv } from '../../node-engine/machines/kv/kv.ts';
import { ROOT } from '../tidy/source-files.ts';
import { fakeUtilityProcess } from './fake-utility-process.ts';
import { HostFixture, PATIENCE_MS, valueOf } from './host-fixture.ts';
import { testPorts } from './test-port.ts';

/* Real nodes by the two ways that `raftdeck serve` does not use. */

const ENTRY = join(ROOT, 'out', 'node', 'raftdeck.js');

let fixture: HostFixture;

afterEach(async () => {
  await fixture.dispose();
});

const embedded: OpenEmbeddedNode = ({ nodeId, address, directory, role }, output) =>
  openNode({
    machine: kv,
    id: nodeId,
    address,
    directory,
    secret: 'a secret of sixteen bytes or more',
    faults: true,
    log: (_level, text) => output('stdout', text),
    ...(role.type === 'join' ? { join: role.address } : {}),
    wait: role.type === 'wait' || role.type === 'member',
  });

async function workThrough(clusterId: string): Promise<void> {
  await fixture.until(clusterId, ({ health }) => health.level === 'healthy' && health.voters === 3);
  const command = { clusterId, nodeId: null, followRedirects: true };
  const set = valueOf(await fixture.host.sendCommand({ ...command, args: ['SET', 'k', 'v'] }));
  expect(set.reply).toEqual({ type: 'simple', text: 'OK' });
  valueOf(await fixture.host.stopNode({ clusterId, nodeId: '1' }));
  await fixture.until(clusterId, ({ health }) => {
    return health.leaderId !== null && health.leaderId !== '1';
  });
  valueOf(await fixture.host.startNode({ clusterId, nodeId: '1' }));
  await fixture.until(clusterId, ({ health }) => health.level === 'healthy');
  const outcome = valueOf(await fixture.host.sendCommand({ ...command, args: ['GET', 'k'] }));
  expect(outcome.reply).toEqual({ type: 'bulk', text: 'v' });
}

test('nodes as utility processes make a cluster, and are started again after a crash', async () => {
  const utility = new UtilitySpawner(fakeUtilityProcess, ENTRY);
  let crashes = false;
  fixture = await HostFixture.with({
    isolation: 'process',
    // A host that crashes does not stop its nodes first: it leaves them as if they could go on.
    get outlivesHost() {
      return crashes;
    },
    spawn: (launch) => utility.spawn(launch),
    runTool: (args) => utility.runTool(args),
    attach: (launch, identity) => utility.attach(launch, identity),
  });
  const clusterId = await fixture.create(3);
  await workThrough(clusterId);
  valueOf(await fixture.host.stopNode({ clusterId, nodeId: '3' }));
  const pids = fixture.view(clusterId).nodes.flatMap(({ pid }) => pid ?? []);
  crashes = true;
  await fixture.closeHost();
  crashes = false;
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  // The ports are free when the system has ended them, which is not when it has taken the order.
  for (const pid of pids) {
    await expect
      .poll(() => processEntry(pid)?.state ?? 'ended', { timeout: PATIENCE_MS })
      .toBe('ended');
  }
  await fixture.replaceHost();
  expect(fixture.lines).toEqual([
    'The app had ended without stopping its nodes. Restarted 2 nodes.',
  ]);
  await fixture.until(clusterId, ({ health }) => health.votersUp === 2 && health.leaderId !== null);
  expect(fixture.node(clusterId, '3').process).toBe('stopped');
  // The secret of the nodes stands in its file, and nowhere else: in no log, no recording, no line printed.
  // Nothing is written any more when it is looked for.
  valueOf(await fixture.host.stopCluster({ clusterId }));
  const secret = readFileSync(join(fixture.home, 'local.secret'), 'latin1').trim();
  expect(secret.length).toBeGreaterThanOrEqual(32);
  expect(filesWith(fixture.home, secret)).toEqual(['local.secret']);
  const told = JSON.stringify([fixture.view(clusterId), fixture.events(clusterId), fixture.lines]);
  expect(told).not.toContain(secret);
});

/** The files below a folder that hold a text. */
function filesWith(folder: string, text: string): readonly string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ name, parentPath }) => join(parentPath, name))
    .filter((path) => textOf(path).includes(text))
    .map((path) => relative(folder, path));
}

/** A node that runs removes files of its own. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}

/**
 * Damages a table of a log so that LevelDB ends whoever reads it: a key shorter than LevelDB's own part of
 * it. An entry of a table is the length that it shares with the one before, that of the rest of its key,
 * that of its value, and then the key, which begins with the letter of the records.
 */
async function makeDeadly(log: string): Promise<void> {
  for (const name of readdirSync(log).filter((file) => file.endsWith('.ldb'))) {
    const path = join(log, name);
    const whole = readFileSync(path);
    for (let at = 0; at < whole.length - 4; at += 1) {
      const isKey = whole[at] === 0 && whole[at + 1] === 17 && whole[at + 3] === 0x72;
      if (!isKey) continue;
      const bytes = Buffer.from(whole);
      bytes[at + 1] = 1;
      writeFileSync(path, bytes);
      if ((await endOfReading(log)) !== null) return;
    }
    writeFileSync(path, whole);
  }
  throw new Error('no such entry was found');
}

test('a utility process that its log ends three times comes back without it, and all of that is told', async () => {
  fixture = await HostFixture.with(new UtilitySpawner(fakeUtilityProcess, ENTRY));
  const clusterId = await fixture.create(3);
  await fixture.until(clusterId, ({ health }) => health.level === 'healthy');
  const set = { clusterId, nodeId: null, followRedirects: true };
  for (let number = 0; number < 40; number += 1) {
    const args = ['SET', `key-${number}`, 'value'];
    const { reply } = valueOf(await fixture.host.sendCommand({ ...set, args }));
    expect(reply).toEqual({ type: 'simple', text: 'OK' });
  }
  const node = { clusterId, nodeId: '2' };
  // What is in a log when it is opened again goes to a table.
  valueOf(await fixture.host.restartNode(node));
  await fixture.until(clusterId, ({ health }) => health.level === 'healthy');
  valueOf(await fixture.host.stopNode(node));
  const { directory } = fixture.node(clusterId, '2');
  await makeDeadly(join(directory, 'log'));

  const ends = (): number =>
    fixture
      .events(clusterId)
      .filter(({ nodeId, type }) => nodeId === '2' && type === 'process-exited').length;
  const before = ends();
  for (let death = 1; death <= 3; death += 1) {
    await fixture.host.startNode(node);
    const { nodes } = await fixture.until(clusterId, ({ health }) => {
      return ends() === before + death && health.votersUp === 2;
    });
    const dead = nodes.find(({ id }) => id === '2');
    expect(dead?.process).toBe('crashed');
    // The last words are LevelDB's own.
    expect(dead?.exitReason).toMatch(/^exit code \d+: .*internal_key/);
  }
  valueOf(await fixture.host.startNode(node));
  await fixture.until(clusterId, ({ health }) => health.level === 'healthy');
  // What it prints comes on another way than what it says on its port.
  const printed = async (): Promise<string> => {
    const lines = valueOf(await fixture.host.nodeOutput(node));
    return lines.map(({ text }) => text).join('\n');
  };
  await expect
    .poll(printed, { timeout: PATIENCE_MS })
    .toMatch(
      /# data directory .* is damaged: 3 processes in a row ended while they opened its log\n.*it neither votes nor leads/,
    );
  const files = readdirSync(directory);
  expect(files.some((name) => name.startsWith('log.damaged-'))).toBe(true);
  await fixture.until(clusterId, ({ nodes }) => nodes.every(({ status }) => status?.keys === 40));
});

test('the app takes up the nodes that web mode has left running', async (context) => {
  const utility = new UtilitySpawner(fakeUtilityProcess, ENTRY);
  let spawner: NodeSpawner = new DetachedSpawner([process.execPath, ENTRY]);
  fixture = await HostFixture.with({
    isolation: 'process',
    get outlivesHost() {
      return spawner.outlivesHost;
    },
    spawn: (launch) => spawner.spawn(launch),
    runTool: (args) => spawner.runTool(args),
    attach: (launch, identity) => spawner.attach(launch, identity),
  });
  const clusterId = await fixture.create(1);
  await fixture.until(clusterId, ({ health }) => health.level === 'healthy');
  const { pid } = fixture.node(clusterId, '1');
  context.onTestFinished(() => {
    // Where it was not taken up nobody else ends it.
    if (pid !== null && processEntry(pid)?.state === 'running') process.kill(pid, 'SIGKILL');
  });
  await fixture.closeHost();
  spawner = utility;
  await fixture.replaceHost();
  expect(fixture.lines).toEqual(['Found 1 node from your last session and reconnected.']);
  await fixture.until(clusterId, ({ health }) => health.level === 'healthy');
  expect(fixture.node(clusterId, '1').pid).toBe(pid);
  // From then on it is the app's: it ends with it, and starts as its others do.
  valueOf(await fixture.host.restartNode({ clusterId, nodeId: '1' }));
  await fixture.until(clusterId, ({ health }) => health.level === 'healthy');
  expect(fixture.node(clusterId, '1').pid).not.toBe(pid);
});

const FAILS_UNSEEN = `
import { defineMachine } from 'raftdeck';
export default defineMachine({
  name: 'broken', version: '1.0.0', initial: () => ({}), commands: {}, snapshot: 'json',
});
setTimeout(() => void Promise.reject(new Error('nobody waits for this')), 100);
`;

test('a promise that fails unseen ends a utility process, as it ends plain Node', async (context) => {
  const spawner = new UtilitySpawner(fakeUtilityProcess, ENTRY);
  fixture = await HostFixture.with(spawner);
  const machine = join(fixture.home, 'machine.mjs');
  writeFileSync(machine, FAILS_UNSEEN);
  const node = valueOf(
    await spawner.spawn({
      ...{ nodeId: '1', address: `127.0.0.1:${await testPorts(1)}`, home: fixture.home },
      ...{ directory: join(fixture.home, 'alone'), role: { type: 'first' }, machine },
      ...{ backend: 'leveldb', durability: 'high', faults: false },
    }),
  );
  context.onTestFinished(() => void node.kill());
  const lines: string[] = [];
  node.onOutput((_stream, text) => lines.push(text));
  expect((await node.exited).code, lines.join('\n')).toBe(70);
  expect(lines.join('\n')).toMatch(/an invariant is broken .*: nobody waits for this/);
});

test('nodes inside the host make a cluster; they cannot be killed or frozen', async () => {
  fixture = await HostFixture.with(new EmbeddedSpawner(embedded));
  const clusterId = await fixture.create(3);
  await workThrough(clusterId);
  expect(fixture.node(clusterId, '2')).toMatchObject({ process: 'embedded', pid: null });
  for (const call of ['killNode', 'freezeNode', 'resumeNode'] as const) {
    const refused = await fixture.host[call]({ clusterId, nodeId: '2' });
    expect(refused).toMatchObject({ ok: false, error: { code: 'E_STATE' } });
  }
  await fixture.until(clusterId, ({ health }) => health.level === 'healthy');
  expect(valueOf(await fixture.host.appInfo()).processIsolation).toBe('embedded');
});
