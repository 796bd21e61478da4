import { Worker } from 'node:worker_threads';

import type { Operation } from '../../../node-engine/check/operation.ts';
import type { Result } from '../../contract/errors.ts';
import type { LoadVerdict } from '../../contract/load.ts';
import { failure } from '../failure.ts';
import { type KeyFinding, verdictOf } from './verdict.ts';

/** Longest check of a whole history, and the memory that it may take. */
const TIME_MAX_MS = 60_000;
const MEMORY_MAX_MIB = 768;

interface CheckOptions {
  /** The built program of the thread: `out/node/history-checker.js`. */
  readonly checker: string;
  readonly startedAtMs: number;
  /** Ends the check early; keys that are not decided by then are undecided. */
  readonly signal: AbortSignal;
  /** Most memory of the thread, MiB. */
  readonly memoryMiB?: number;
}

/**
 * Checks a history in a thread of its own. A key that was not decided, because time, steps or memory
 * ran out, is undecided: never taken for one that was.
 */
export function checkInThread(
  history: readonly Operation[],
  { checker, startedAtMs, signal, memoryMiB = MEMORY_MAX_MIB }: CheckOptions,
): Promise<Result<LoadVerdict>> {
  const began = performance.now();
  const findings = new Map<string, KeyFinding>(undecided(history));
  return new Promise((resolve) => {
    const worker = new Worker(checker, {
      workerData: history,
      resourceLimits: { maxOldGenerationSizeMb: memoryMiB },
    });
    const stop = (): void => void worker.terminate();
    const timer = setTimeout(stop, TIME_MAX_MS);
    signal.addEventListener('abort', stop, { once: true });
    let problem: Error | null = null;
    worker.on('message', (finding: KeyFinding) => findings.set(finding.key, finding));
    worker.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ERR_WORKER_OUT_OF_MEMORY') problem = error;
    });
    worker.on('exit', () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      const elapsedMs = performance.now() - began;
      if (problem === null) {
        const value = verdictOf([...findings.values()], { startedAtMs, elapsedMs });
        resolve({ ok: true, value });
      } else resolve(failure('E_INTERNAL', `The checker ended: ${problem.message}.`));
    });
  });
}

/** What is known before the first answer: which keys there are, and nothing of them. */
function undecided(history: readonly Operation[]): ReadonlyMap<string, KeyFinding> {
  const findings = new Map<string, KeyFinding>();
  for (const { key, type, f } of history) {
    // Such operations constrain nothing, and the checker leaves them out too.
    if (type === 'fail' || (type === 'info' && f === 'read')) continue;
    const operations = (findings.get(key)?.operations ?? 0) + 1;
    findings.set(key, { key, verdict: 'undecided', operations });
  }
  return findings;
}
