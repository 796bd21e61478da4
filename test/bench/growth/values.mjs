import { onLeader } from '../on-leader.mjs';
import { startCluster } from '../programs.mjs';
import { runBenchmark } from '../redis-benchmark.mjs';
import { inRounds } from '../rounds.mjs';

const VALUE_BYTES = [16, 1_024, 16_384, 262_144, 1_048_576];
/** Written in a round, and less where the commands are so small that they bound it. */
const BYTES = 200 * 1024 * 1024;
const COMMANDS_MAX = 30_000;
const CLIENTS = 16;
/** Three nodes that write 200 MB to one disk may not hear of their leader for a while. */
const FLAGS = ['--backend', 'fastlog', '--election-timeout', '5000'];
/** A keyspace of few keys, so that large values are overwritten and not heaped up. */
const KEYS = 100;

/**
 * What a larger value costs on three nodes that sync: bytes a second, and the wait of one client.
 *
 * @param {import('../types.d.ts').PartOptions} options
 * @returns {Promise<import('../types.d.ts').Measurement[]>}
 */
export async function measure(options) {
  const rows = [];
  for (const valueBytes of VALUE_BYTES) {
    const ours = await startCluster(3, FLAGS);
    try {
      const commands = Math.min(COMMANDS_MAX, BYTES / valueBytes) * options.scale;
      const load = { test: /** @type {const} */ ('set'), pipeline: 1, valueBytes, keys: KEYS };
      const { values, othersCores } = await inRounds(
        options,
        () => [...ours.pids, ours.hostPid],
        () =>
          onLeader(ours, options.note, async (port) => {
            const many = { ...load, clients: CLIENTS, requests: Math.ceil(commands), port };
            const one = { ...load, clients: 1, requests: Math.ceil(commands / 10), port };
            const { perSecond } = await runBenchmark(many);
            const { p50Ms } = await runBenchmark(one);
            return { megabytes: (perSecond * valueBytes) / 1e6, p50Ms };
          }),
      );
      const label = `values ${valueBytes < 1024 ? `${valueBytes} B` : `${valueBytes / 1024} KiB`}`;
      const rates = values.map(({ megabytes }) => megabytes);
      const waits = values.map(({ p50Ms }) => p50Ms);
      rows.push({ name: `${label}: SET`, unit: 'MB/s', samples: rates, othersCores });
      rows.push({ name: `${label}: 1 client, p50`, unit: 'ms', samples: waits, othersCores });
    } finally {
      await ours.stop();
    }
  }
  return rows;
}
