import { join } from 'node:path';

import { UtilitySpawner } from '../../main/electron/utility-spawner.ts';
import { DetachedSpawner } from '../../main/host/detached-spawner.ts';
import { EmbeddedSpawner } from '../../main/host/embedded-spawner.ts';
import { startFakeNode } from './fake-node.mjs';
import { fakeUtilityProcess } from './fake-utility-process.ts';
import { spawnerSuite } from './spawner.suite.ts';

const FAKE_NODE = join(import.meta.dirname, 'fake-node.mjs');

spawnerSuite('detached processes', () => new DetachedSpawner([process.execPath, FAKE_NODE]));

spawnerSuite('utility processes', () => new UtilitySpawner(fakeUtilityProcess, FAKE_NODE));

spawnerSuite(
  'embedded nodes',
  () =>
    new EmbeddedSpawner(async (launch, output) => {
      if (launch.machine === 'broken') throw new Error('the machine is broken');
      const { nodeId: id, address, directory } = launch;
      const node = await startFakeNode({ id, address, directory, join: null, wait: false });
      output('stdout', `node ${id} listens on ${address}`);
      let end: (outcome: { readonly reason: null }) => void = () => undefined;
      const ended = new Promise<{ readonly reason: null }>((resolve) => {
        end = resolve;
      });
      return {
        ended,
        close: async () => {
          output('stdout', 'ending');
          await node.close();
          end({ reason: null });
        },
      };
    }),
);
