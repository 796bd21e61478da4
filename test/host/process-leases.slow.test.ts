import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { HostFixture, valueOf } from './host-fixture.ts';

const FAKE_NODE = join(import.meta.dirname, 'fake-node.mjs');

let fixture: HostFixture;

beforeEach(async () => {
  fixture = await HostFixture.open([process.execPath, FAKE_NODE]);
});

afterEach(async () => {
  await fixture.dispose();
});

test('a frozen and a killed node come back when their leases are over, and at the end of the host', async () => {
  const clusterId = await fixture.create(3);
  const { host } = fixture;
  const second = { clusterId, nodeId: '2' };
  const third = { clusterId, nodeId: '3' };
  expect(await host.leaseProcess({ ...second, leaseMs: 1_000 })).toMatchObject({
    ok: false,
    error: { code: 'E_STATE' },
  });
  valueOf(await host.freezeNode(second));
  valueOf(await host.killNode(third));
  await fixture.until(clusterId, ({ nodes }) => nodes[1]?.process === 'frozen');
  valueOf(await host.leaseProcess({ ...second, leaseMs: 600_000 }));
  expect(fixture.node(clusterId, '2').leaseEndsAtMs).toBeGreaterThan(Date.now());
  // A new lease takes the place of the one before.
  valueOf(await host.leaseProcess({ ...second, leaseMs: 400 }));
  valueOf(await host.leaseProcess({ ...third, leaseMs: 400 }));
  const view = await fixture.until(clusterId, ({ health }) => health.level === 'healthy');
  expect(view.nodes.some((node) => 'leaseEndsAtMs' in node)).toBe(false);

  // Nobody comes back in a cluster that was stopped.
  valueOf(await host.killNode(third));
  valueOf(await host.leaseProcess({ ...third, leaseMs: 600_000 }));
  expect(fixture.node(clusterId, '3').leaseEndsAtMs).toBeGreaterThan(Date.now());
  valueOf(await host.stopCluster({ clusterId }));
  expect(fixture.node(clusterId, '3').leaseEndsAtMs).toBeUndefined();
  valueOf(await host.startCluster({ clusterId }));
  await fixture.until(clusterId, ({ health }) => health.level === 'healthy');

  // The host that goes leaves nobody frozen.
  valueOf(await host.freezeNode(second));
  valueOf(await host.leaseProcess({ ...second, leaseMs: 600_000 }));
  await fixture.replaceHost();
  await fixture.until(clusterId, ({ health }) => health.level === 'healthy');
});
