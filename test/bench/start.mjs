import { performance } from 'node:perf_hooks';
import { join } from 'node:path';
import { commandOf, connectTo } from './client.mjs';
import { freePorts, scratchFolder, startCluster, startProgram } from './programs.mjs';
import { atMost } from './verdict.mjs';

/**
 * From spawn to listening, for a node with an empty directory; and from `up` to the first write of three.
 *
 * @param {import('./types.d.ts').PartOptions} options
 * @returns {Promise<import('./types.d.ts').Measurement[]>}
 */
export async function measure({ rounds, otherLoad }) {
  /** @type {number[]} */
  const listening = [];
  /** @type {number[]} */
  const formed = [];
  let othersCores = 0;
  for (let round = 0; round < rounds; round += 1) {
    /** @type {number[]} */
    const pids = [];
    const load = await otherLoad(
      () => pids,
      async () => {
        listening.push(await startNode(pids));
        formed.push(await formThree(pids));
      },
    );
    othersCores = Math.max(othersCores, load.othersCores);
  }
  return [
    {
      name: 'spawn to listening',
      unit: 'ms',
      samples: listening,
      goal: atMost(150, 80),
      othersCores,
    },
    {
      name: 'up: three nodes formed and writable',
      unit: 'ms',
      samples: formed,
      goal: atMost(600, 400),
      othersCores,
    },
  ];
}

/** @param {number[]} pids */
async function startNode(pids) {
  const { folder, remove } = scratchFolder();
  const port = await freePorts(1);
  const directory = join(folder, 'node');
  const address = `127.0.0.1:${String(port)}`;
  const args = ['out/node/raftdeck.js', 'node', '-a', address, '-d', directory, '--home', folder];
  const start = performance.now();
  const program = await startProgram(process.execPath, args, /listens at/u);
  const elapsed = performance.now() - start;
  pids.push(program.pid);
  await program.stop();
  remove();
  return elapsed;
}

/** @param {number[]} pids */
async function formThree(pids) {
  const start = performance.now();
  const cluster = await startCluster(3);
  const connection = await connectTo(cluster.leaderPort);
  const [reply] = await connection.send(commandOf('SET', 'first', '1'), 1);
  if (reply !== '+OK') throw new Error(`the first write was answered ${String(reply)}`);
  const elapsed = performance.now() - start;
  connection.close();
  pids.push(...cluster.pids);
  await cluster.stop();
  return elapsed;
}
