import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';

import { UtilitySpawner } from '../../main/electron/utility-spawner.ts';
import { EmbeddedSpawner, type OpenEmbeddedNode } from '../../main/host/embedded-spawner.ts';
import { openNode } from '../../node-engine/framework.ts';
import { kv } from '../../node-engine/machines/kv/kv.ts';
import { ROOT } from '../tidy/source-files.ts';
import { fakeUtilityProcess } from './fake-utility-process.ts';
import { HostFixture, valueOf } from './host-fixture.ts';

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
  valueOf(await fixture.host.sendCommand({ ...command, args: ['SET', 'k', 'v'] }));
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
    attach: () => utility.attach(),
  });
  const clusterId = await fixture.create(3);
  await workThrough(clusterId);
  valueOf(await fixture.host.stopNode({ clusterId, nodeId: '3' }));
  const pids = fixture.view(clusterId).nodes.flatMap(({ pid }) => pid ?? []);
  crashes = true;
  await fixture.closeHost();
  crashes = false;
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  await fixture.replaceHost();
  expect(fixture.lines).toEqual([
    'The app had ended without stopping its nodes. Restarted 2 nodes.',
  ]);
  await fixture.until(clusterId, ({ health }) => health.votersUp === 2 && health.leaderId !== null);
  expect(fixture.node(clusterId, '3').process).toBe('stopped');
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
