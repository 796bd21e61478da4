import { expect, test, type TestContext } from 'vitest';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
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

const run = promisify(execFile);

function needsProduct(context: TestContext): void {
  const reason = unwritten([
    'main/cli/cli.ts',
    'node-engine/framework.ts',
    'node-engine/testing.ts',
    'renderer/index.html',
  ]);
  if (reason !== undefined) context.skip(reason);
}

test('the npm package holds what its manifest names, and nothing of the sources or tests', async (context) => {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest;
  needsProduct(context);

  const command = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const { stdout } = await run('npm', command, { cwd: ROOT });
  const [packed] = JSON.parse(stdout) as readonly Packed[];
  const paths = (packed?.files ?? []).map(({ path }) => path);

  const promised = Object.values(manifest.exports)
    .flatMap((target) => (typeof target === 'string' ? [target] : [target.types, target.default]))
    .map((path) => path.replace(/^\.\//, ''));
  const needed = [manifest.bin.raftdeck, 'out/renderer/index.html', 'LICENSE', ...promised];
  expect(needed.filter((path) => !paths.includes(path))).toEqual([]);

  const allowed =
    /^(out\/(main|preload|node|renderer|types\/node-engine)\/|LICENSE$|README\.md$|package\.json$)/;
  const unwanted = paths.filter(
    (path) => !allowed.test(path) || /\.(map|tsbuildinfo)$|(?<!\.d)\.ts$/.test(path),
  );
  expect(unwanted).toEqual([]);
});

/* A program as a user of the framework would write it; the last line must be found to be wrong. */
const PROGRAM = `
import { defineMachine, openNode } from 'raftdeck';

export const ticket = defineMachine({
  name: 'ticket',
  version: '1.0.0',
  initial: () => ({ last: 0 }),
  commands: {
    TICKET: { kind: 'write', arity: 1, summary: 'Returns the next ticket.', run: ({ state }) => ++state.last },
  },
  snapshot: 'json',
});

const node = await openNode({ machine: ticket, id: '1', address: '127.0.0.1:7481', directory: 'data' });
const wrong: never = node;
`;

test.for([
  { module: 'nodenext', moduleResolution: 'nodenext' },
  { module: 'esnext', moduleResolution: 'bundler' },
])(
  'a program type-checks against the packed framework with moduleResolution $moduleResolution',
  async (options, context) => {
    needsProduct(context);
    const folder = mkdtempSync(join(tmpdir(), 'raftdeck-npm-'));
    try {
      const modules = join(folder, 'node_modules');
      mkdirSync(join(modules, 'raftdeck'), { recursive: true });
      const pack = ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder];
      const { stdout } = await run('npm', pack, { cwd: ROOT });
      const unpack = ['-xzf', join(folder, stdout.trim()), '--strip-components=1'];
      await run('tar', [...unpack, '-C', join(modules, 'raftdeck')]);
      for (const name of ['@types', 'undici-types']) {
        symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
      }
      writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
      writeFileSync(join(folder, 'program.ts'), PROGRAM);
      const compilerOptions = { ...options, strict: true, target: 'es2022', noEmit: true };
      const tsconfig = { compilerOptions: { ...compilerOptions, types: ['node'] } };
      writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(tsconfig));

      const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
      const report = await run(process.execPath, [tsc, '-p', folder, '--pretty', 'false']).then(
        () => 'no error',
        (error: unknown) => (error as { stdout: string }).stdout,
      );
      // Anything but this one error means that declarations are missing or do not resolve.
      expect(
        report
          .trim()
          .split('\n')
          .filter((line) => line.includes('error TS')),
      ).toEqual([expect.stringMatching(/program\.ts\(\d+,7\): error TS2322: .*'never'/)]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
