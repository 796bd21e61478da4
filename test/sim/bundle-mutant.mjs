// Known bugs, and bundles of the simulator with one of them in it.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { bundleSimulator, root } from './bundle.mjs';
import { patchPlugin } from './patch-plugin.mjs';

/** @typedef {import('./patch-plugin.mjs').Mutant} Mutant */

/**
 * @param {string} outDir where the list is bundled, relative to the root
 * @returns {Promise<Mutant[]>}
 */
export async function loadMutants(outDir) {
  const folder = await bundleSimulator({
    outDir,
    input: { mutants: join(root, 'test/sim/mutants/all-mutants.ts') },
  });
  const list = await import(pathToFileURL(join(folder, 'mutants.mjs')).href);
  return list.MUTANTS;
}

/**
 * @param {Mutant} mutant
 * @param {string} outDir relative to the root
 * @returns {Promise<string>} the folder the bundle is in
 */
export function bundleMutant(mutant, outDir) {
  return bundleSimulator({ outDir, plugins: [patchPlugin(root, mutant)] });
}

/**
 * @param {string[]} ids
 * @param {Mutant[]} mutants
 * @returns {string} what to say of ids that nothing has
 */
export function unknownMutants(ids, mutants) {
  const known = mutants.map(({ id }) => id).join(' ');
  return `no mutant is called ${ids.join(' or ')}; there are: ${known}`;
}
