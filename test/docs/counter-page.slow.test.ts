import { expect, test } from 'vitest';
import { execFile, spawn } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

import { statusOf } from '../cluster/local-cluster.ts';
import { RAFTDECK, until } from '../cluster/raftdeck-process.ts';
import { requireTool } from '../require-tool.ts';
import { ROOT } from '../tidy/source-files.ts';
import { blocksOf, commandsOf, type PageBlock } from './page-blocks.ts';

/* The page's ports are those a newcomer uses; a test keeps out of their way. */
const PORTS: Readonly<Record<string, string>> = { '7481': '7951', '7482': '7952', '7483': '7953' };
const MACHINE_LINES_MAX = 30;

const run = promisify(execFile);

/** A folder with the page's files, and a shell in it that knows `raftdeck` as an installed one would. */
function newcomersFolder(blocks: readonly PageBlock[]): { path: string; env: NodeJS.ProcessEnv } {
  const path = mkdtempSync(join(tmpdir(), 'raftdeck-page-'));
  const [machine, ownTest] = blocks.filter(({ language }) => language === 'js');
  writeFileSync(join(path, 'counter.mjs'), machine?.text ?? '');
  writeFileSync(join(path, 'counter.test.mjs'), ownTest?.text ?? '');
  mkdirSync(join(path, 'node_modules'));
  symlinkSync(ROOT, join(path, 'node_modules', 'raftdeck'));
  mkdirSync(join(path, 'bin'));
  const command = join(path, 'bin', 'raftdeck');
  writeFileSync(command, `#!/bin/sh\nexec "${process.execPath}" "${RAFTDECK}" "$@"\n`);
  chmodSync(command, 0o755);
  const env = {
    ...process.env,
    RAFTDECK_HOME: join(path, 'home'),
    PATH: [join(path, 'bin'), process.env['PATH'] ?? ''].join(delimiter),
  };
  return { path, env };
}

test('docs/examples/counter.md does what it says, from the first line to the last', async (context) => {
  requireTool('redis-cli', context);
  const text = readFileSync(join(ROOT, 'docs', 'examples', 'counter.md'), 'utf8');
  const page = text.replace(/748[123]/gu, (port) => PORTS[port] ?? port);
  const blocks = blocksOf(page);
  const machine = blocks.find(({ language }) => language === 'js');
  expect(machine?.text.trimEnd().split('\n').length).toBeLessThan(MACHINE_LINES_MAX);

  const { path, env } = newcomersFolder(blocks);
  const terminals = blocks
    .filter(({ language }) => language === 'sh')
    .flatMap((block) => block.text.trimEnd().split('\n'));
  expect(terminals).toHaveLength(3);
  const [ownTest, ...later] = blocks.filter(({ language }) => language === 'console');
  const type = async (block: PageBlock): Promise<void> => {
    for (const { command, output } of commandsOf(block)) {
      const printed = await run('sh', ['-c', command], { cwd: path, env, timeout: 60_000 }).then(
        ({ stdout }) => stdout,
        (error: unknown) => String(error),
      );
      // redis-cli ends an error with one more empty line.
      expect(printed.trimEnd(), command).toBe(output.trimEnd());
    }
  };
  if (ownTest !== undefined) await type(ownTest);
  const nodes = terminals.map((line) => {
    return spawn('sh', ['-c', `exec ${line}`], { cwd: path, env, stdio: 'ignore' });
  });
  const ended = nodes.map((node) => new Promise((resolve) => node.once('exit', resolve)));
  try {
    await until('three voters', 30_000, async () => {
      const members = (await statusOf('127.0.0.1:7951'))?.members ?? [];
      return members.filter(({ voter }) => voter).length === 3;
    });
    for (const block of later) await type(block);
    expect(nodes[0]?.signalCode).toBe('SIGKILL');
  } finally {
    for (const node of nodes) node.kill('SIGTERM');
    await Promise.all(ended);
    rmSync(path, { recursive: true, force: true });
  }
});
