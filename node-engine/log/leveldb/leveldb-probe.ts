import { execFile } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { StorageError } from '../log-store.ts';

/** A damaged table can lead a reader in a circle: it gets this long, and as long as its bytes need. */
const LIMIT_MS = 120_000;
const BYTES_PER_MS = 5_000;
/** Exit codes of the other process: LevelDB reported an error; the copy could not be written. */
const EXIT_REPORTED = 2;
const EXIT_TARGET = 4;
/** What Node ends with when a script fails to load: no word of the database. */
const EXIT_UNCAUGHT = 1;
/** Signals by which a process ends itself. */
const OWN_SIGNALS = new Set(['SIGABRT', 'SIGSEGV', 'SIGBUS', 'SIGILL', 'SIGFPE', 'SIGTRAP']);
/** Records read in one step: many, or each by itself, so that those in front of damage are kept. */
const STEPS = [1000, 1] as const;

/**
 * Reads a database to its end and looks up places in it, which takes other ways through its tables;
 * rewrites it before; or copies it into another one, behind what that has.
 */
const PROGRAM = `
const [library, task, step, from, to] = process.argv.slice(1);
const { Level } = require(library);
const form = { keyEncoding: 'view', valueEncoding: 'view', compression: false };
const all = [Buffer.alloc(0), Buffer.alloc(16, 255)];
const failTarget = (error) => { console.error(String(error)); process.exit(${EXIT_TARGET}); };
const run = async () => {
  let target = null;
  // From the first record on: to look one up goes through the table's index, which may be what kills.
  const range = task === 'copy' ? {} : { gt: all[0] };
  if (task === 'copy') {
    target = new Level(to, form);
    await target.open().catch(failTarget);
    for await (const key of target.keys({ reverse: true, limit: 1 })) range.gt = key;
  }
  const source = new Level(from, { ...form, createIfMissing: false });
  await source.open();
  if (task === 'compact') await source.compactRange(...all);
  const iterator = source.iterator({ ...range, fillCache: false, highWaterMarkBytes: 65536 });
  const places = [Buffer.from('r\\0\\0\\0\\0\\0\\0\\0\\0', 'latin1')];
  for (;;) {
    const records = await iterator.nextv(Number(step));
    if (records.length === 0) break;
    if (step !== '1') places.push(records[0][0]);
    if (target === null) continue;
    const puts = records.map(([key, value]) => ({ type: 'put', key, value }));
    await target.batch(puts, { sync: step !== '1' }).catch(failTarget);
  }
  await iterator.close();
  if (task !== 'copy') {
    const seeker = source.iterator({ fillCache: false });
    for (const place of places) {
      seeker.seek(place);
      await seeker.nextv(1);
    }
  }
  await source.close();
  if (target !== null) await target.close().catch(failTarget);
};
run().then(() => process.exit(0), () => process.exit(${EXIT_REPORTED}));
`;

/** Whether another process can go first: Electron may not start itself as Node. */
export function canProbe(): boolean {
  return !('electron' in process.versions);
}

/**
 * How a process ends that reads this database, when the database ends it; null when it does not.
 * LevelDB checks its tables with assertions: some damage ends whoever reads it.
 *
 * @param task `compact` rewrites the tables first, as LevelDB may do at any time
 */
export async function endOfReading(
  folder: string,
  task: 'read' | 'compact' = 'read',
): Promise<string | null> {
  return canProbe() ? (await runProgram(task, STEPS[0], folder)).death : null;
}

/**
 * Copies the records in front of what ends their reader into a new database.
 *
 * @throws StorageError IO when the copy cannot be written
 */
export async function copyReadable(from: string, to: string): Promise<void> {
  for (const step of STEPS) {
    const { code, text } = await runProgram('copy', step, from, to);
    if (code === EXIT_TARGET) throw new StorageError('IO', `cannot copy ${from}: ${text.trim()}`);
  }
}

interface Ending {
  readonly death: string | null;
  readonly code: number | null;
  readonly text: string;
}

async function runProgram(
  task: 'read' | 'compact' | 'copy',
  step: number,
  from: string,
  to = '',
): Promise<Ending> {
  const library = createRequire(import.meta.url).resolve('level');
  const timeout = LIMIT_MS + Math.ceil((await sizeOf(from)) / BYTES_PER_MS);
  const args = ['-e', PROGRAM, library, task, String(step), from, to];
  const options = { timeout, killSignal: 'SIGKILL' } as const;
  return new Promise((resolve) => {
    execFile(process.execPath, args, options, (error, _stdout, text) => {
      const code = typeof error?.code === 'number' ? error.code : null;
      resolve({ death: error === null ? null : deathOf(error, code), code, text });
    });
  });
}

function deathOf(
  error: { readonly signal?: NodeJS.Signals; readonly killed?: boolean },
  code: number | null,
): string | null {
  if (error.killed === true) return 'no end of it';
  if (error.signal !== undefined) return OWN_SIGNALS.has(error.signal) ? error.signal : null;
  const isKnown = code === null || [EXIT_UNCAUGHT, EXIT_REPORTED, EXIT_TARGET].includes(code);
  return isKnown ? null : `exit code ${code}`;
}

async function sizeOf(folder: string): Promise<number> {
  let sizeBytes = 0;
  for (const name of await readdir(folder).catch(() => [])) {
    sizeBytes += (await stat(join(folder, name)).catch(() => null))?.size ?? 0;
  }
  return sizeBytes;
}
