import { expect, test } from 'vitest';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { ROOT } from '../tidy/source-files.ts';
import { unwritten } from './unwritten.ts';

interface Packed {
  readonly files: readonly { readonly path: string; readonly mode: number }[];
}

interface Manifest {
  readonly bin: { readonly raftdeck: string };
  readonly exports: Readonly<Record<string, string | { types: string; default: string }>>;
}

test('the npm package holds what its manifest names, and nothing of the sources or tests', async (context) => {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest;
  const reason = unwritten([
    'main/cli/cli.ts',
    'node-engine/framework.ts',
    'node-engine/testing.ts',
    'renderer/index.html',
  ]);
  if (reason !== undefined) context.skip(reason);

  const command = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const { stdout } = await promisify(execFile)('npm', command, { cwd: ROOT });
  const [packed] = JSON.parse(stdout) as readonly Packed[];
  const paths = (packed?.files ?? []).map(({ path }) => path);

  const promised = Object.values(manifest.exports)
    .flatMap((target) => (typeof target === 'string' ? [target] : [target.types, target.default]))
    .map((path) => path.replace(/^\.\//, ''));
  const needed = [manifest.bin.raftdeck, 'out/renderer/index.html', 'LICENSE', ...promised];
  expect(needed.filter((path) => !paths.includes(path))).toEqual([]);

  const allowed =
    /^(out\/(node|renderer|types\/node-engine)\/|LICENSE$|README\.md$|package\.json$)/;
  const unwanted = paths.filter(
    (path) => !allowed.test(path) || /\.(map|tsbuildinfo)$|(?<!\.d)\.ts$/.test(path),
  );
  expect(unwanted).toEqual([]);
});
