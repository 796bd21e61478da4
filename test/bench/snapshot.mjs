import { performance } from 'node:perf_hooks';
import { commandOf, connectTo, fill, pairOf } from './client.mjs';
import { startCluster } from './programs.mjs';
import { atLeast, atMost } from './verdict.mjs';

const KEYS = 1_000_000;
/** Writes that go on meanwhile, so many in one turn of one connection. */
const WRITES_PER_TURN = 16;
const WATCHED_MS = 3_000;

/**
 * A snapshot of a million keys while a client writes on: how fast it is made, and how much longer the
 * slowest write takes than without it.
 *
 * @param {import('./types.d.ts').PartOptions} options
 * @returns {Promise<import('./types.d.ts').Measurement[]>}
 */
export async function measure({ rounds, otherLoad }) {
  /** @type {Record<'pause' | 'rate' | 'seconds', number[]>} */
  const samples = { pause: [], rate: [], seconds: [] };
  let othersCores = 0;
  const cluster = await startCluster(1, ['--backend', 'memory']);
  try {
    await fill(cluster.leaderPort, KEYS);
    for (let round = 0; round < rounds; round += 1) {
      const load = await otherLoad(
        () => cluster.pids,
        async () => {
          const calm = await writeUntil(cluster.leaderPort, wait(WATCHED_MS));
          const start = performance.now();
          const made = snapshot(cluster.leaderPort).then((bytes) => ({
            bytes,
            seconds: (performance.now() - start) / 1000,
          }));
          const busy = await writeUntil(cluster.leaderPort, made);
          return { ...(await made), pause: Math.max(0, busy - calm) };
        },
      );
      const { bytes, seconds, pause } = load.value;
      samples.pause.push(pause);
      samples.seconds.push(seconds);
      samples.rate.push(bytes / 1e6 / seconds);
      othersCores = Math.max(othersCores, load.othersCores);
    }
  } finally {
    await cluster.stop();
  }
  const { pause, rate, seconds } = samples;
  return [
    {
      name: '1 M keys: added pause',
      unit: 'ms',
      samples: pause,
      goal: atMost(5, 2),
      isSpreadInherent: true,
      othersCores,
    },
    {
      name: '1 M keys: file made at',
      unit: 'MB/s',
      samples: rate,
      goal: atLeast(500),
      othersCores,
    },
    { name: '1 M keys: whole', unit: 's', samples: seconds, othersCores },
  ];
}

/** @param {number} ms */
function wait(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * Makes a snapshot.
 *
 * @param {number} port
 * @returns {Promise<number>} its size in bytes
 */
async function snapshot(port) {
  const connection = await connectTo(port);
  const [answer = ''] = await connection.send(commandOf('RAFTSNAPSHOT'), 1);
  if (answer.startsWith('-')) throw new Error(`RAFTSNAPSHOT answered ${answer}`);
  const [status = '{}'] = await connection.send(commandOf('RAFT', 'STATUS'), 1);
  connection.close();
  /** @type {{ snapshots: readonly { sizeBytes: number }[] }} */
  const { snapshots } = JSON.parse(status);
  return snapshots[0]?.sizeBytes ?? Number.NaN;
}

/**
 * Writes keys that are there until `end`; how long the slowest turn took, in ms.
 *
 * @param {number} port
 * @param {Promise<unknown>} end
 */
async function writeUntil(port, end) {
  const connection = await connectTo(port);
  let isOver = false;
  end.then(
    () => (isOver = true),
    () => (isOver = true),
  );
  let slowestMs = 0;
  let number = 0;
  while (!isOver) {
    let bytes = '';
    for (let at = 0; at < WRITES_PER_TURN; at += 1) {
      // A large odd step meets every key, and no two in a row that lie together.
      number = (number + 611_953) % KEYS;
      bytes += commandOf('SET', ...pairOf(number));
    }
    const start = performance.now();
    await connection.send(bytes, WRITES_PER_TURN);
    slowestMs = Math.max(slowestMs, performance.now() - start);
  }
  connection.close();
  return slowestMs;
}
