import type { DiskBackend } from '../disk-log.ts';
import { LevelDbMedium } from './leveldb-medium.ts';
import { openLogDatabase } from './log-database.ts';
import { rebuildLog } from './rebuild-log.ts';

/** The default store. Opening reads LevelDB's own log into a new, synced table. */
export const LEVELDB: DiskBackend = {
  name: 'leveldb',
  open: async (opening) => {
    const database = await openLogDatabase(opening.paths, opening);
    const medium = new LevelDbMedium(database, opening.paths);
    try {
      await medium.measure();
    } catch (error) {
      await database.close();
      throw error;
    }
    return medium;
  },
  rebuild: rebuildLog,
};
