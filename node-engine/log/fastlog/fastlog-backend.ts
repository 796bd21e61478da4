import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { lockDirectory } from '../directory-lock.ts';
import type { DiskBackend } from '../disk-log.ts';
import { keepDamagedLog } from '../keep-damaged-log.ts';
import { ioError, makeFolder, removeFile } from '../node-directory.ts';
import { FastLogMedium } from './fastlog-medium.ts';

/** The fast store: append-only segments of records, each with its checksum and chain. */
export const FASTLOG: DiskBackend = {
  name: 'fastlog',
  open: async ({ paths, description, syncedIndex }) => {
    await makeFolder(paths.log);
    const lock = await lockDirectory(paths, description);
    try {
      await removeTemporaries(paths.log);
      return await FastLogMedium.open({ paths, lock, syncedIndex });
    } catch (error) {
      await lock.release();
      throw ioError(`cannot open the log of ${description}`, error);
    }
  },
  rebuild: async (paths, description) => {
    const lock = await lockDirectory(paths, description);
    try {
      await keepDamagedLog(paths, (name) => name.endsWith('.seg'));
    } catch (error) {
      throw ioError(`cannot keep a copy of the damaged log of ${description}`, error);
    } finally {
      await lock.release();
    }
  },
};

/** A segment that was being written anew when the process ended. */
async function removeTemporaries(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.endsWith('.seg.tmp')) await removeFile(join(folder, name));
  }
}
