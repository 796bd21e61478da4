/**
 * Does the same so many times, and tells how much of the machine others used in the worst round.
 *
 * @template T
 * @param {import('./types.d.ts').PartOptions} options
 * @param {() => readonly number[]} pids that are ours
 * @param {(round: number) => Promise<T>} work
 * @returns {Promise<{ values: T[], othersCores: number }>}
 */
export async function inRounds({ rounds, otherLoad }, pids, work) {
  const values = [];
  let othersCores = 0;
  for (let round = 0; round < rounds; round += 1) {
    const load = await otherLoad(pids, () => work(round));
    values.push(load.value);
    othersCores = Math.max(othersCores, load.othersCores);
  }
  return { values, othersCores };
}
