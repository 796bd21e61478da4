import { expect, test } from 'vitest';

import { importsOf, violation } from './imports.ts';
import { readFiles, type SourceFile } from './source-files.ts';

const SOURCE = ['.ts', '.tsx'];

function violationsOf(file: SourceFile): readonly string[] {
  return importsOf(file).flatMap((site) => violation(file, site) ?? []);
}

test.each(['node-engine', 'main', 'renderer', 'test'])(
  'the imports of %s point only where test/tidy/import-rules.ts allows',
  (folder) => {
    expect(readFiles(folder, SOURCE).flatMap(violationsOf)).toEqual([]);
  },
);

test('imports that cross a boundary are reported, and those that may cross are not', () => {
  const planted: readonly (readonly [path: string, text: string, reported: boolean])[] = [
    ['node-engine/raft/raft.ts', `import { x } from './types.ts';`, false],
    ['node-engine/raft/raft.ts', `import { open } from 'node:fs';`, true],
    ['node-engine/raft/raft.ts', `import type { Log } from '../log/log-store.ts';`, true],
    ['node-engine/log/leveldb.ts', `import { lastIndexOf } from '../raft/types.ts';`, false],
    ['node-engine/log/leveldb.ts', `import type { Node } from '../node/node.ts';`, true],
    ['node-engine/node/node.ts', `export { kv } from '../machines/kv/machine.ts';`, true],
    ['node-engine/node/node.ts', `const kv = await import('../machines/kv/machine.ts');`, true],
    [
      'main/host/host.ts',
      `import type { NodeStatus } from '../../node-engine/node/status.ts';`,
      false,
    ],
    [
      'main/host/host.ts',
      `import { type NodeStatus } from '../../node-engine/node/status.ts';`,
      false,
    ],
    ['main/host/host.ts', `import { NodeStatus } from '../../node-engine/node/status.ts';`, true],
    ['main/host/host.ts', `import { app } from 'electron';`, true],
    ['main/host/host.ts', `let n: import('../../node-engine/node/node.ts').Node;`, true],
    ['renderer/state/nodes.ts', `import { createStore } from 'zustand/vanilla';`, false],
    ['renderer/state/nodes.ts', `import { useStore } from 'zustand';`, true],
    ['renderer/new-folder/x.tsx', `import { host } from '../../main/host/host.ts';`, true],
    ['elsewhere/x.ts', `import { a } from './b.ts';`, true],
  ];
  const wrong = planted.filter(
    ([path, text, reported]) => violationsOf({ path, text }).length > 0 !== reported,
  );
  expect(wrong).toEqual([]);
});
