// Bundles the simulator, with the core, the driver and the store step in it, into plain JavaScript.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/**
 * @param {object} options
 * @param {string} options.outDir relative to the root
 * @param {import('vite').Plugin[]} [options.plugins]
 * @returns {Promise<string>} the folder the bundle is in
 */
export async function bundleSimulator({ outDir, plugins = [] }) {
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
        input: {
          main: join(root, 'test/sim/main.ts'),
          worker: join(root, 'test/sim/worker.ts'),
        },
        output: { entryFileNames: '[name].mjs', chunkFileNames: 'chunks/[name]-[hash].mjs' },
      },
    },
  });
  return folder;
}
