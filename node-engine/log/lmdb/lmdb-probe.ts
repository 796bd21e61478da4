import { execFile } from 'node:child_process';

import { StorageError } from '../log-store.ts';
import { lmdbPath } from './lmdb-library.ts';

/** A damaged tree can lead a reader in a circle. */
const PROBE_LIMIT_MS = 120_000;

/** Exit codes of the other process: which of the two databases failed. */
const EXIT_SOURCE = 3;
const EXIT_TARGET = 4;
/** Refusals of the system, which say nothing of what is in the file. */
const REFUSED = /EACCES|EPERM|Permission denied|EMFILE|Too many open|ENOMEM|Cannot allocate/;

/**
 * Copies every record, in order, into a database made from nothing; run by a process of its own. A copy
 * of pages would take over what is wrong between them, such as a branch that leads to the wrong leaf.
 */
const PROBE = `
const [library, from, to] = process.argv.slice(1);
const end = (code, error) => {
  process.stderr.write(error instanceof Error ? error.message : String(error));
  process.exit(code);
};
const target = (task) => {
  try {
    return task();
  } catch (error) {
    return end(${EXIT_TARGET}, error);
  }
};
const { open } = target(() => require(library));
const shared = { noSubdir: true, encoding: 'binary', maxDbs: 1, overlappingSync: false };
const copy = target(() => open({ ...shared, path: to, noSync: true }));
let batch = [];
const put = () => {
  const put = () => batch.forEach(({ key, value }) => copy.putSync(key, value));
  target(() => copy.transactionSync(put));
  batch = [];
};
try {
  const source = open({ ...shared, path: from, readOnly: true });
  let previous = -Infinity;
  for (const { key, value } of source.getRange({})) {
    if (typeof key !== 'number' || !(key > previous)) throw new Error('its keys are out of order');
    previous = key;
    batch.push({ key, value: Buffer.from(value) });
    if (batch.length === 1000) put();
  }
} catch (error) {
  // What stands in front of the damage is worth keeping.
  put();
  copy.close().then(() => end(${EXIT_SOURCE}, error));
  return;
}
put();
copy.close().then(() => process.exit(0), (error) => end(${EXIT_TARGET}, error));
`;

/**
 * Copies all that is in a database to a new file. LMDB trusts its file: led astray by a damaged page,
 * it reads where nothing is, and the process ends. So another process goes first.
 *
 * @throws StorageError DAMAGED when the file cannot be read to its end, IO when the copy cannot be made
 */
export async function copyWhole(from: string, to: string): Promise<void> {
  const ending = await new Promise<Ending | null>((resolve) => {
    // In a function of its own, so that it can return.
    const args = ['-e', `(() => {${PROBE}})()`, lmdbPath(), from, to];
    const options = { timeout: PROBE_LIMIT_MS, killSignal: 'SIGKILL' } as const;
    execFile(process.execPath, args, options, (error, _stdout, stderr) => {
      const code = typeof error?.code === 'number' ? error.code : null;
      resolve(error === null ? null : { signal: error.signal ?? null, code, text: stderr });
    });
  });
  if (ending === null) return;
  const { signal, code, text } = ending;
  const reason = oneLine(text);
  if (code === EXIT_TARGET || (code === EXIT_SOURCE && REFUSED.test(reason))) {
    throw new StorageError('IO', `cannot copy ${from}: ${reason}`);
  }
  if (code === EXIT_SOURCE) throw new StorageError('DAMAGED', `${from} cannot be read: ${reason}`);
  // What else a process prints at its end is its own source text, and no reason.
  const end = signal ?? `exit code ${code ?? '?'}`;
  throw new StorageError('DAMAGED', `${from} cannot be read: reading it ended with ${end}`);
}

interface Ending {
  readonly signal: string | null;
  readonly code: number | null;
  readonly text: string;
}

function oneLine(text: string): string {
  const line = text.trim().split('\n')[0] ?? '';
  return line === '' ? 'no reason given' : line;
}
