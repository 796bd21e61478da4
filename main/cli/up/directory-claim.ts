import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { processEntry, stateOf } from '../../host/process-table.ts';
import { CommandError } from '../args/usage-error.ts';

const ATTEMPTS_MAX = 3;

/**
 * Claims a cluster's directory for this process, so that two `raftdeck up` never run the same
 * cluster. A claim of a process that has ended does not count.
 *
 * @returns gives the directory up again
 * @throws CommandError when a living process has it
 */
export function claimDirectory(directory: string): () => void {
  const path = join(directory, 'up.lock');
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    if (tryClaim(path)) {
      return () => {
        rmSync(path, { force: true });
      };
    }
    const holder = readHolder(path);
    if (holder !== null && isAlive(holder)) {
      throw new CommandError(
        `the cluster in ${directory} is run by another raftdeck up (PID ${holder.pid}); ` +
          'choose another --dir, or end that one',
      );
    }
    rmSync(path, { force: true });
  }
  throw new CommandError(`the directory ${directory} is being claimed by others; try again`);
}

interface Holder {
  readonly pid: number;
  readonly startTime: string | null;
}

/** The claim gets its name once it is written, so that nobody reads half of one. */
function tryClaim(path: string): boolean {
  const startTime = processEntry(process.pid)?.startTime ?? null;
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, `${JSON.stringify({ pid: process.pid, startTime })}\n`, { mode: 0o600 });
  try {
    linkSync(temporary, path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

function readHolder(path: string): Holder | null {
  try {
    const { pid, startTime } = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid < 1) return null;
    return { pid, startTime: typeof startTime === 'string' ? startTime : null };
  } catch {
    // Gone since, or damaged: nobody holds it.
    return null;
  }
}

function isAlive({ pid, startTime }: Holder): boolean {
  if (startTime !== null) return stateOf({ pid, startTime }) !== 'ended';
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there, and somebody else's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
