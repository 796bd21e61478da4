// Applies a mutant's patches to a copy of the sources on their way into a bundle.
import { join } from 'node:path';

/**
 * @typedef {{ file: string, find: string, replace: string }} Patch
 * @typedef {{ id: string, title: string, patches: Patch[], isCheap?: boolean }} Mutant
 */

/**
 * @param {string} root
 * @param {Mutant} mutant
 * @returns {import('vite').Plugin}
 */
export function patchPlugin(root, mutant) {
  const waiting = new Set(mutant.patches);
  return {
    name: `mutant ${mutant.id}`,
    enforce: 'pre',
    transform(code, id) {
      let text = code;
      for (const patch of mutant.patches) {
        if (id.split('?')[0] !== join(root, patch.file)) continue;
        const parts = text.split(patch.find);
        if (parts.length !== 2) {
          const count = parts.length - 1;
          throw new Error(`${mutant.id}: found ${count} times in ${patch.file}: ${patch.find}`);
        }
        text = parts.join(patch.replace);
        waiting.delete(patch);
      }
      return text === code ? null : { code: text, map: null };
    },
    buildEnd(error) {
      if (error === undefined && waiting.size > 0) {
        throw new Error(`${mutant.id}: a patch was never applied`);
      }
    },
  };
}
