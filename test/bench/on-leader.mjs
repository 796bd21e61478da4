import { untilWhole } from './node-status.mjs';

const TRIES_MAX = 3;

/**
 * Does something with the leader of a cluster. Where another node leads at the end of work that
 * failed, it is done again: on a machine that is too busy to let a leader be heard, leaders change.
 *
 * @template T
 * @param {{ nodes: readonly import('./types.d.ts').BenchNode[] }} cluster
 * @param {(text: string) => void} note
 * @param {(port: number) => Promise<T>} work
 */
export async function onLeader({ nodes }, note, work) {
  for (let tries = 1; ; tries += 1) {
    const leader = await untilWhole(nodes);
    try {
      return await work(Number(leader.clientAddress.split(':').at(-1)));
    } catch (error) {
      const next = await untilWhole(nodes);
      if (next.id === leader.id || tries === TRIES_MAX) throw error;
      note(`node ${next.id} leads instead of ${leader.id}: a round was taken again`);
    }
  }
}
