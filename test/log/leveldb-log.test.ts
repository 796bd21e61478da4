import { testDiskLog } from './disk-log.suite.ts';

testDiskLog('leveldb');
