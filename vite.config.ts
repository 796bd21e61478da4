import react from '@vitejs/plugin-react';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig, type EnvironmentOptions } from 'vite';

/*
 * What `vite build --app` makes, one environment each:
 *
 *   out/renderer/   the window's page, for Electron and for web mode
 *   out/node/       raftdeck.js, the one command line (a node is `raftdeck node`); machine-loader.js, the
 *                   hooks with which it loads a user's machine; history-checker.js, the thread that
 *                   checks what a load has done; framework.js and testing.js, what `import 'raftdeck'`
 *                   and `import 'raftdeck/testing'` give. They share chunks, so a machine loaded by
 *                   the command line sees the same framework
 *   out/main/       Electron's main process
 *   out/preload/    the preload script: one CommonJS file, because a sandboxed preload cannot be more
 */

const root = import.meta.dirname;

/* Stay outside the bundles: native code, what the platform provides, and what the user brings. */
const external = ['electron', 'level', 'classic-level', 'lmdb', /^node:/];

/* Everything is loaded from this machine's disk: the usual limit is for the way over a network. */
const CHUNK_KB_MAX = 2_000;

interface NodeEnvironment {
  readonly outDir: string;
  readonly entries: Readonly<Record<string, string>>;
  readonly format: 'es' | 'cjs';
}

function nodeEnvironment({ outDir, entries, format }: NodeEnvironment): EnvironmentOptions {
  const extension = format === 'cjs' ? 'cjs' : 'js';
  return {
    consumer: 'server',
    resolve: { noExternal: true, external: ['electron', 'level', 'classic-level', 'lmdb'] },
    build: {
      outDir,
      target: 'node20',
      minify: false,
      sourcemap: true,
      emptyOutDir: true,
      copyPublicDir: false,
      chunkSizeWarningLimit: CHUNK_KB_MAX,
      rolldownOptions: {
        input: Object.fromEntries(
          Object.entries(entries).map(([name, path]) => [name, join(root, path)]),
        ),
        external,
        output: {
          format,
          entryFileNames: `[name].${extension}`,
          chunkFileNames: 'chunks/[name]-[hash].js',
          ...(format === 'cjs' ? { codeSplitting: false } : {}),
        },
      },
    },
  };
}

const environments: Readonly<Record<string, NodeEnvironment>> = {
  node: {
    outDir: join(root, 'out/node'),
    entries: {
      raftdeck: 'main/cli/cli.ts',
      'machine-loader': 'main/cli/node/machine-loader.ts',
      'history-checker': 'main/host/load/history-checker.ts',
      framework: 'node-engine/framework.ts',
      testing: 'node-engine/testing.ts',
    },
    format: 'es',
  },
  main: {
    outDir: join(root, 'out/main'),
    entries: { main: 'main/electron/main.ts' },
    format: 'es',
  },
  preload: {
    outDir: join(root, 'out/preload'),
    entries: { preload: 'main/electron/preload.ts' },
    format: 'cjs',
  },
};

export default defineConfig(({ mode }) => ({
  root: join(root, 'renderer'),
  base: './',
  plugins: [react()],
  environments: {
    client: {
      build: {
        // `--mode fake` builds the page that tests look at, with a scripted host in it.
        outDir: join(root, mode === 'fake' ? 'out/renderer-fake' : 'out/renderer'),
        target: 'chrome130',
        sourcemap: true,
        emptyOutDir: true,
        chunkSizeWarningLimit: CHUNK_KB_MAX,
        // The page's content security policy has no data: for scripts, styles or fonts.
        assetsInlineLimit: 0,
        modulePreload: { polyfill: false },
      },
    },
    ...Object.fromEntries(
      Object.entries(environments).map(([name, environment]) => [
        name,
        nodeEnvironment(environment),
      ]),
    ),
  },
  builder: {
    async buildApp(builder) {
      const wanted = ['client', ...Object.keys(environments)];
      await Promise.all(
        Object.values(builder.environments)
          .filter(({ name }) => wanted.includes(name))
          .map((environment) => builder.build(environment)),
      );
      // `npx raftdeck` links to this file once and runs it as it is from then on.
      chmodSync(join(root, 'out/node/raftdeck.js'), 0o755);
    },
  },
}));
