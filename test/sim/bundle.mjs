// Bundles the simulator, with the core, the driver and the store step in it, into plain JavaScript.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

const SIMULATOR = {
  main: join(root, 'test/sim/main.ts'),
  worker: join(root, 'test/sim/worker.ts'),
};

/**
 * @param {object} options
 * @param {string} options.outDir relative to the root
 * @param {import('vite').Plugin[]} [options.plugins]
 * @param {Record<string, string>} [options.input] entries by name; the simulator itself by default
 * @returns {Promise<string>} the folder the bundle is in
 */
export async function bundleSimulator({ outDir, plugins = [], input = SIMULATOR }) {
  const folder = join(root, outDir);
  await build({
    configFile: false,
    root,
    logLevel: 'error',
    plugins,
    ssr: { noExternal: true },
    build: {
      ssr: true,
      outDir: folder,
      target: 'node20',
      minify: false,
      sourcemap: true,
      emptyOutDir: true,
      copyPublicDir: false,
      rolldownOptions: {
        input,
        output: { entryFileNames: '[name].mjs', chunkFileNames: 'chunks/[name]-[hash].mjs' },
      },
    },
  });
  return folder;
}
