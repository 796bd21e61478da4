import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fill } from '../client.mjs';
import { cpuSecondsOf } from '../load.mjs';
import { untilAnswered } from '../node-status.mjs';
import { endedBy, restartNode, startCluster } from '../programs.mjs';
import { inRounds } from '../rounds.mjs';

const ENTRIES = [100_000, 1_000_000, 10_000_000];
/** So many keys, written again and again: what grows is the log, not the keyspace. */
const KEYS = 100_000;

/**
 * What another entry in the log costs, while no snapshot stands for it: the start of a node that was
 * killed, and space on the disk.
 *
 * @param {import('../types.d.ts').PartOptions} options
 * @returns {Promise<import('../types.d.ts').Measurement[]>}
 */
export async function measure(options) {
  const rows = [];
  for (const backend of ['leveldb', 'fastlog']) {
    for (const size of ENTRIES) {
      rows.push(...(await withLog(options, backend, Math.ceil(size * options.scale))));
    }
  }
  return rows;
}

/**
 * @param {import('../types.d.ts').PartOptions} options
 * @param {string} backend
 * @param {number} entries
 */
async function withLog(options, backend, entries) {
  const flags = ['--backend', backend, '--snapshot-entries', '0'];
  const ours = await startCluster(1, flags);
  const [node] = ours.nodes;
  if (node === undefined) throw new Error('no node was started');
  /** @type {import('node:child_process').ChildProcess | null} */
  let child = null;
  try {
    for (let left = entries; left > 0; left -= KEYS) {
      await fill(ours.leaderPort, Math.min(KEYS, left));
    }
    const bytes = occupiedBytes(node.directory);
    const starts = await inRounds(
      options,
      () => [...ours.pids, node.pid, ours.hostPid],
      async () => {
        if (child === null) process.kill(node.pid, 'SIGKILL');
        else await endedBy(child, 'SIGKILL');
        const start = performance.now();
        child = restartNode(node, ours.home, flags);
        await untilAnswered(node);
        const seconds = (performance.now() - start) / 1000;
        return { seconds, cpuSeconds: cpuSecondsOf([node.pid]) };
      },
    );
    const label = `log ${String(entries)}, ${backend}`;
    const { values, othersCores } = starts;
    return [
      {
        name: `${label}: start after kill -9`,
        unit: 's',
        samples: values.map(({ seconds }) => seconds),
        othersCores,
      },
      {
        name: `${label}: its CPU`,
        unit: 's',
        samples: values.map(({ cpuSeconds }) => cpuSeconds),
        othersCores,
      },
      { name: `${label}: on disk`, unit: 'MB', samples: [bytes / 1e6], othersCores: 0 },
    ];
  } finally {
    if (child !== null) await endedBy(child, 'SIGTERM');
    await ours.stop();
  }
}

/**
 * What the files of a folder take on the disk.
 *
 * @param {string} folder
 */
function occupiedBytes(folder) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return files.reduce((sum, { parentPath, name }) => {
    const status = statSync(join(parentPath, name), { throwIfNoEntry: false });
    return sum + (status?.blocks ?? 0) * 512;
  }, 0);
}
