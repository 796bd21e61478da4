import { writeSync } from 'node:fs';

import type { DiskBackendName } from '../../node-engine/log/log-store.ts';
import { meetFullDisk } from './full-disk.ts';
import { NodeFolders } from './node-folders.ts';

/*
 * One round of disk-full.slow.test.ts in a process of its own, which ends as a killed one does:
 *
 *   node --import ./test/log/typescript-loader.mjs test/log/full-disk-process.ts <backend> <directory> <disk> <bytes>
 *
 * Prints each acknowledged entry, and at the end both error codes as JSON.
 */
const [backend, directory = '', disk = '', bytes] = process.argv.slice(2);
const opened = await new NodeFolders(backend as DiskBackendName).open(directory);
const { codes } = await meetFullDisk(opened, disk, Number(bytes), (index) => {
  writeSync(1, `${String(index)}\n`);
});
writeSync(1, `${JSON.stringify(codes)}\n`);
process.kill(process.pid, 'SIGKILL');
