import { parentPort } from 'node:worker_threads';

import { runMany } from '../../node-engine/sim/run-many.ts';
import type { RunRequest } from '../../node-engine/sim/run-many.ts';

// One thread of a long run: takes batches of seeds until it is told to stop.
const port = parentPort;
if (port === null) throw new Error('this file runs as a worker thread');
port.on('message', (request: RunRequest) => {
  port.postMessage(runMany(request));
});
