import { testDiskLog } from './disk-log.suite.ts';

// The others are slow: each opening has another process read the file first.
testDiskLog('lmdb', ['high']);
