/*
 * Who may import whom: the table to edit when a folder appears or a boundary moves. A folder without a
 * row fails the test, so that every new folder is a decision.
 *
 * `folders`   folders it may import besides itself and what lies below it
 * `types`     files or folders it may import with `import type` only
 * `packages`  npm packages; `node:` stands for every module of Node
 *
 * A file belongs to the row with the longest matching folder (a row may also name a single file).
 */
export interface ImportRule {
  readonly folders?: readonly string[];
  readonly types?: readonly string[];
  readonly packages?: readonly string[];
}

/** Stands for any package in a row, and for any folder. */
export const ANYTHING = '*';

export const IMPORT_RULES: Readonly<Record<string, ImportRule>> = {
  // One node. Pure first: no clock, no I/O, no chance of its own.
  'node-engine/raft': {},
  'node-engine/resp': {},
  'node-engine/check': {},
  'node-engine/log': { folders: ['node-engine/raft'], packages: ['node:', 'level', 'lmdb'] },
  'node-engine/snapshot': {
    folders: ['node-engine/log', 'node-engine/raft'],
    packages: ['node:'],
  },
  'node-engine/server': { folders: ['node-engine/resp'], packages: ['node:'] },
  'node-engine/transport': {
    folders: [
      'node-engine/raft',
      'node-engine/resp',
      'node-engine/client/address.ts',
      'node-engine/client/guarded-parser.ts',
    ],
    packages: ['node:'],
  },
  'node-engine/client': { folders: ['node-engine/resp'], packages: ['node:', 'redis-parser'] },
  'node-engine/machine': { folders: ['node-engine/resp'] },
  'node-engine/machines': { folders: ['node-engine/machine', 'node-engine/resp'] },
  'node-engine/services': {
    folders: ['node-engine/machine', 'node-engine/resp', 'node-engine/server/sniffer.ts'],
    types: ['node-engine/node/status.ts'],
    packages: ['node:'],
  },
  'node-engine/node': {
    folders: [
      'node-engine/raft',
      'node-engine/log',
      'node-engine/snapshot',
      'node-engine/resp',
      'node-engine/server',
      'node-engine/transport',
      'node-engine/client',
      'node-engine/machine',
      'node-engine/services',
    ],
    packages: ['node:'],
  },
  'node-engine/sim': {
    folders: [
      'node-engine/raft',
      'node-engine/log',
      'node-engine/snapshot',
      'node-engine/node',
      'node-engine/machine',
      'node-engine/check',
      'node-engine/resp',
    ],
    packages: ['node:'],
  },
  // What `raftdeck/testing` is made of.
  'node-engine/trial': {
    folders: ['node-engine/sim', 'node-engine/machine', 'node-engine/resp', 'node-engine/node'],
  },
  // The public entries of the npm package: `raftdeck` and `raftdeck/testing`.
  'node-engine': { folders: ['node-engine'] },

  'main/contract': {},
  'main/host': {
    folders: ['main/contract', 'node-engine/client', 'node-engine/check'],
    types: ['node-engine/node/status.ts', 'node-engine/resp/value.ts'],
    packages: ['node:', 'level'],
  },
  'main/electron': { folders: ['main/host', 'main/contract'], packages: ['node:', 'electron'] },
  'main/web': { folders: ['main/host', 'main/contract'], packages: ['node:', 'ws'] },
  'main/cli': {
    folders: ['node-engine', 'main/host', 'main/web', 'main/contract', 'main/launcher'],
    packages: ['node:', 'yaml'],
  },
  'main/launcher': { packages: ['node:'] },

  'renderer/connection': { folders: ['main/contract'] },
  'renderer/state': {
    folders: ['renderer/connection', 'main/contract'],
    packages: ['zustand/vanilla', 'zustand/middleware'],
  },
  'renderer/canvas': { folders: ['main/contract'] },
  'renderer/ui': { packages: ['react', 'react-dom', '@tanstack/react-virtual'] },
  'renderer/features': {
    folders: [
      'renderer/connection',
      'renderer/state',
      'renderer/ui',
      'renderer/canvas',
      'main/contract',
    ],
    packages: ['react', 'react-dom', 'zustand', 'uplot', '@tanstack/react-virtual'],
  },
  renderer: { folders: ['renderer', 'main/contract'], packages: ['react', 'react-dom'] },

  test: { folders: [ANYTHING], packages: [ANYTHING] },
};
