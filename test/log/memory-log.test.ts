import { openMemoryLog } from '../../node-engine/log/memory/memory-log.ts';
import { testLogStore } from './log-store.suite.ts';
import { offsetOfCommand } from './runs.ts';

testLogStore({
  name: 'memory',
  isDurable: false,
  make: async () => ({
    open: () => openMemoryLog({ identity: { clusterId: '', nodeId: '1' }, offsetOfCommand }),
    remove: () => Promise.resolve(),
  }),
});
