import { testDiskLog } from './disk-log.suite.ts';

testDiskLog('lmdb', ['low', 'medium']);
