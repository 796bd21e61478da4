import { parentPort, workerData } from 'node:worker_threads';

import { checkHistory } from '../../../node-engine/check/linearizability.ts';
import { REGISTER } from '../../../node-engine/check/models.ts';
import type { Operation } from '../../../node-engine/check/operation.ts';
import type { KeyFinding } from './verdict.ts';

/*
 * A thread of its own that checks a history: the search may take long, and the host answers windows
 * meanwhile. Each key is told as soon as it is decided, so that what is known is not lost when the
 * thread is ended.
 */

/** Some seconds for a key; a history that needs more is said to be undecided. */
const STEPS_MAX = 2_000_000;

const history = workerData as readonly Operation[];
const byKey = new Map<string, Operation[]>();
for (const operation of history) {
  const operations = byKey.get(operation.key);
  if (operations === undefined) byKey.set(operation.key, [operation]);
  else operations.push(operation);
}
for (const operations of byKey.values()) {
  for (const finding of checkHistory(REGISTER, operations, { stepsMax: STEPS_MAX })) {
    parentPort?.postMessage(finding satisfies KeyFinding);
  }
}
