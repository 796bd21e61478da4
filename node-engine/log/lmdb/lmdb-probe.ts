import { execFile } from 'node:child_process';

import { StorageError } from '../log-store.ts';
import { lmdbPath } from './lmdb-library.ts';

/** A damaged tree can lead a reader in a circle. */
const PROBE_LIMIT_MS = 120_000;

/**
 * Copies every record, in order, into a database made from nothing; run by a process of its own. A copy
 * of pages would take over what is wrong between them, such as a branch that leads to the wrong leaf.
 */
const PROBE = `
const [library, from, to] = process.argv.slice(1);
const { open } = require(library);
const shared = { noSubdir: true, encoding: 'binary', maxDbs: 1, overlappingSync: false };
const source = open({ ...shared, path: from, readOnly: true });
const target = open({ ...shared, path: to, noSync: true });
let previous = -Infinity;
let batch = [];
const put = () => {
  target.transactionSync(() => {
    for (const { key, value } of batch) target.putSync(key, value);
  });
  batch = [];
};
for (const { key, value } of source.getRange({})) {
  if (typeof key !== 'number' || !(key > previous)) throw new Error('its keys are out of order');
  previous = key;
  batch.push({ key, value: Buffer.from(value) });
  if (batch.length === 1000) put();
}
put();
target.close().then(() => process.exit(0));
`;

/**
 * Copies all that is in a database to a new file. LMDB trusts its file: led astray by a damaged page,
 * it reads where nothing is, and the process ends. So another process goes first.
 *
 * @throws StorageError DAMAGED when the file cannot be read to its end, IO when the copy cannot be made
 */
export async function copyWhole(from: string, to: string): Promise<void> {
  const ending = await new Promise<Ending | null>((resolve) => {
    const args = ['-e', PROBE, lmdbPath(), from, to];
    const options = { timeout: PROBE_LIMIT_MS, killSignal: 'SIGKILL' } as const;
    execFile(process.execPath, args, options, (error, _stdout, stderr) => {
      resolve(error === null ? null : { signal: error.signal ?? null, text: stderr });
    });
  });
  if (ending === null) return;
  const { signal, text } = ending;
  if (/ENOSPC|EDQUOT|No space/.test(text)) {
    throw new StorageError('IO', `cannot copy ${from}: ${lastLine(text)}`);
  }
  const reason = signal === null ? lastLine(text) : `reading it ended with ${signal}`;
  throw new StorageError('DAMAGED', `${from} cannot be read: ${reason}`);
}

interface Ending {
  readonly signal: string | null;
  readonly text: string;
}

/** What an error says, of all that Node prints about it. */
function lastLine(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  const error = lines.find((line) => line.includes('Error'));
  return error ?? lines.findLast((line) => line !== '') ?? 'no reason given';
}
