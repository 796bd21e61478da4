import { MemorySnapshotStore } from '../../node-engine/snapshot/memory-snapshot-store.ts';
import { testSnapshotStore } from './snapshot-store.suite.ts';

testSnapshotStore({
  name: 'memory',
  keptCount: 1,
  open: async () =>
    new MemorySnapshotStore({ machine: { name: 'kv', version: '1' }, clusterId: () => '' }),
  remove: () => Promise.resolve(),
});
