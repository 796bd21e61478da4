import { compare } from './wire.mjs';

/**
 * Three nodes with LevelDB beside redis-server without persistence, at each durability.
 *
 * @param {import('./types.d.ts').PartOptions} options
 */
export async function measure(options) {
  const rows = [];
  for (const durability of ['high', 'low']) {
    const flags = ['--durability', durability];
    rows.push(...(await compare(options, { nodes: 3, flags, label: `3 nodes, ${durability}` })));
  }
  return rows;
}
