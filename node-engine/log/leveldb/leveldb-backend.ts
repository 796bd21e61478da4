import type { DiskBackend, MediumOpening } from '../disk-log.ts';
import { StorageError } from '../log-store.ts';
import { LevelDbMedium } from './leveldb-medium.ts';
import { canProbe, endOfReading } from './leveldb-probe.ts';
import { openLogDatabase } from './log-database.ts';
import { OpeningMarker } from './opening-marker.ts';
import { rebuildLog } from './rebuild-log.ts';

/** So many processes ended soon after they had opened a log that the log is taken for the cause. */
const ENDS_MAX = 3;

/** The default store. Opening reads LevelDB's own log into a new, synced table. */
export const LEVELDB: DiskBackend = { name: 'leveldb', open, rebuild: rebuildLog };

async function open(opening: MediumOpening): Promise<LevelDbMedium> {
  // Nothing is there that could end a process.
  const marker = opening.isNew ? null : await OpeningMarker.set(opening.paths.opening);
  try {
    if (marker !== null) await refuseDeadly(opening, marker);
    return await openMedium(opening, marker);
  } catch (error) {
    // What was found is found again, by this process or a later one, as long as nobody repairs it.
    await marker?.restore();
    throw error;
  }
}

async function openMedium(
  opening: MediumOpening,
  marker: OpeningMarker | null,
): Promise<LevelDbMedium> {
  const database = await openLogDatabase(opening.paths, opening);
  const medium = new LevelDbMedium(database, opening.paths, marker);
  try {
    await medium.measure();
  } catch (error) {
    await database.close();
    throw error;
  }
  return medium;
}

/** Lets another process go first where the last one may have died of the log. */
async function refuseDeadly(opening: MediumOpening, marker: OpeningMarker): Promise<void> {
  const { paths, description } = opening;
  const { before, ends } = marker;
  if (before === null || (!before.isOpening && ends < ENDS_MAX)) return;
  const damaged = (what: string): StorageError =>
    new StorageError('DAMAGED', `${description} is damaged: ${what}`);
  if (!canProbe()) {
    if (ends < ENDS_MAX) return;
    throw damaged(`${ends} processes in a row ended while they opened its log`);
  }
  const death = await endOfReading(paths.log, ends < ENDS_MAX ? 'read' : 'compact');
  if (death !== null) throw damaged(`reading its log ends the process (${death})`);
}
