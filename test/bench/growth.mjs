import { measureConnections } from './growth/connections.mjs';
import { measureKeys } from './growth/keys.mjs';
import { measureLog } from './growth/log.mjs';
import { measureMembers } from './growth/members.mjs';
import { measureValues } from './growth/values.mjs';

/**
 * How cost grows with members, keys, connections, the size of values and the length of the log: the
 * figures of docs/cost.md.
 *
 * @param {import('./types.d.ts').PartOptions} options
 * @returns {Promise<import('./types.d.ts').Measurement[]>}
 */
export async function measure(options) {
  return [
    ...(await measureMembers(options)),
    ...(await measureKeys(options)),
    ...(await measureConnections(options)),
    ...(await measureValues(options)),
    ...(await measureLog(options)),
  ];
}
