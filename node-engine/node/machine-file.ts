import { nodePaths, readWhole, replaceFile } from '../log/node-directory.ts';
import { StorageError } from '../log/log-store.ts';

const FORMAT = 1;
const NAME_LENGTH_MAX = 256;

/**
 * Writes down which machine applies the log of a directory, and refuses another one than before: it
 * would not know the commands in the log, and its next snapshot would put the outcome in their place.
 * A file that is missing or cannot be read refuses nobody and is written anew.
 *
 * @param holdsData an empty log is anybody's
 * @throws StorageError FOREIGN for another machine; else when the file cannot be written
 */
export async function keepMachine(
  directory: string,
  machine: string,
  holdsData: boolean,
): Promise<void> {
  const path = nodePaths(directory).machine;
  const known = await machineIn(path);
  if (known === machine) return;
  if (known !== null && holdsData) {
    throw new StorageError(
      'FOREIGN',
      `data directory ${directory} holds a log of the machine ${known}, and this node runs ${machine}: ` +
        `start it with the machine it had (if that has only got another name, remove ${path})`,
    );
  }
  const text = `${JSON.stringify({ formatVersion: FORMAT, machine }, null, 2)}\n`;
  await replaceFile(path, Buffer.from(text));
}

/** The name in the file; null when there is none, or none that can be read. */
async function machineIn(path: string): Promise<string | null> {
  const bytes = await readWhole(path).catch(() => null);
  if (bytes === null) return null;
  try {
    const document: unknown = JSON.parse(bytes.toString('utf8'));
    if (typeof document !== 'object' || document === null || !('machine' in document)) return null;
    const { machine } = document;
    return typeof machine === 'string' && machine.length <= NAME_LENGTH_MAX ? machine : null;
  } catch {
    return null;
  }
}
