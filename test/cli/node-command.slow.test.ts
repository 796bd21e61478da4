import { afterEach, beforeEach, expect, test } from 'vitest';
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { ask, leaderOf, TestFolder, textOf } from '../cluster/local-cluster.ts';
import { RAFTDECK, runRaftdeck, until } from '../cluster/raftdeck-process.ts';
import { ROOT } from '../tidy/source-files.ts';

const PORT = 24_500;

let folder: TestFolder;

beforeEach(() => {
  folder = new TestFolder();
});

afterEach(async () => {
  await folder.dispose();
});

test('help goes to standard output and ends with 0', async () => {
  for (const args of [['--help'], ['node', '-h'], ['help', 'node'], ['up', '--help']]) {
    const { code, stdout, stderr } = await runRaftdeck(args);
    expect([code, stderr, /^Usage: raftdeck/.test(stdout)]).toEqual([0, '', true]);
  }
  expect((await runRaftdeck(['node', '-h'])).stdout).toMatch(/^ {2}-j, --join HOST:PORT/m);
});

test('the version is that of package.json', async () => {
  for (const args of [['--version'], ['-v'], ['node', '--version']]) {
    const { code, stdout } = await runRaftdeck(args);
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/^raftdeck version \d+\.\d+\.\d+\n$/),
    ]);
  }
});

test.skipIf(process.platform === 'win32')('the program can be run as it is, as npx does', () => {
  expect(execFileSync(RAFTDECK, ['--version'], { encoding: 'utf8' })).toMatch(/^raftdeck version/);
});

test('SIGTERM and SIGINT end a node with 0; its log says what happened, with its role', async () => {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    const node = folder.startNode('1', PORT);
    await leaderOf([`127.0.0.1:${PORT}`]);
    node.signal(signal);
    expect(await node.ended).toEqual({ code: 0, signal: null });
    const day = String.raw`\d\d \w{3} \d{4} \d\d:\d\d:\d\d\.\d{3}`;
    expect(node.stderr).toMatch(new RegExp(`^\\d+:S ${day} \\* starting raftdeck version`, 'm'));
    expect(node.stderr).toMatch(new RegExp(`^\\d+:L ${day} \\* ${signal}: shutting down$`, 'm'));
    expect(node.stdout).toBe('');
  }
});

test('SHUTDOWN ends a node with 0', async () => {
  const node = folder.startNode('1', PORT + 2);
  await leaderOf([`127.0.0.1:${PORT + 2}`]);
  await ask(`127.0.0.1:${PORT + 2}`, 'SHUTDOWN').catch(() => null);
  expect(await node.ended).toEqual({ code: 0, signal: null });
});

test('the log can be JSON, and quiet', async () => {
  const json = folder.startNode('1', PORT + 3, '--log-format', 'json');
  await leaderOf([`127.0.0.1:${PORT + 3}`]);
  await json.stop();
  const lines = json.stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as object);
  expect(lines[0]).toEqual({
    time: expect.stringMatching(/^\d{4}-.*Z$/) as string,
    pid: json.pid,
    role: 'starting',
    level: 'notice',
    text: expect.stringMatching(/^starting raftdeck version/) as string,
  });
  const quiet = folder.startNode('1', PORT + 3, '-l', 'quiet');
  await leaderOf([`127.0.0.1:${PORT + 3}`]);
  await quiet.stop();
  expect(quiet.stderr).toBe('');
});

test('a log that nobody reads any more does not end the node', async () => {
  const node = folder.startNode('1', PORT + 4, '-l', 'debug');
  const address = `127.0.0.1:${PORT + 4}`;
  await leaderOf([address]);
  node.child.stderr?.destroy();
  for (let number = 0; number < 20; number += 1) {
    expect(textOf(await ask(address, 'RAFTSNAPSHOT'))).toMatch(/OK|Nothing new/);
    expect(textOf(await ask(address, 'SET', 'n', String(number)))).toBe('OK');
  }
  expect(node.ending).toBeNull();
});

const MACHINE = `
import { defineMachine } from 'raftdeck';
import { step } from './step.js';

export default defineMachine({
  name: 'ticket',
  version: '1.0.0',
  initial: () => ({ last: 0 }),
  commands: {
    TICKET: { kind: 'write', arity: 1, summary: 'Next.', run: ({ state }) => (state.last += step) },
  },
  snapshot: 'json',
});
`;

test('a machine is loaded from a JavaScript module', async () => {
  const module = join(folder.path, 'ticket.mjs');
  writeFileSync(module, MACHINE.replace('./step.js', './step.mjs'));
  writeFileSync(join(folder.path, 'step.mjs'), 'export const step = 1;');
  folder.startNode('1', PORT + 5, '--machine', module);
  const address = `127.0.0.1:${PORT + 5}`;
  await leaderOf([address]);
  expect(textOf(await ask(address, 'TICKET'))).toBe('1');
  expect(textOf(await ask(address, 'TICKET'))).toBe('2');
  expect(textOf(await ask(address, 'SET', 'a', 'b'))).toMatch(/^-ERR unknown command 'SET'/);
});

test('a machine is loaded from TypeScript where its folder has typescript', async () => {
  const project = join(folder.path, 'project');
  mkdirSync(join(project, 'node_modules'), { recursive: true });
  symlinkSync(
    join(ROOT, 'node_modules', 'typescript'),
    join(project, 'node_modules', 'typescript'),
  );
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(project, 'ticket.ts'), `type Unused = string;\n${MACHINE}`);
  writeFileSync(join(project, 'step.ts'), 'export const step: number = 10;');
  folder.startNode('1', PORT + 6, '--machine', join(project, 'ticket.ts'));
  const address = `127.0.0.1:${PORT + 6}`;
  await leaderOf([address]);
  expect(textOf(await ask(address, 'TICKET'))).toBe('10');
});

test('a machine that tests itself before it is run finds raftdeck/testing', async () => {
  const module = join(folder.path, 'tested.mjs');
  const machine = MACHINE.replace('export default', 'export const machine =').replace(
    "import { step } from './step.js';",
    'const step = 3;',
  );
  const trial = "testMachine(machine, { seeds: 1, command: () => ['TICKET'] })";
  writeFileSync(
    module,
    `import { testMachine } from 'raftdeck/testing';\n${machine}\nawait ${trial};\n`,
  );
  const address = `127.0.0.1:${PORT + 8}`;
  folder.startNode('1', PORT + 8, '--machine', module);
  await leaderOf([address]);
  expect(textOf(await ask(address, 'TICKET'))).toBe('3');
});

test.each([
  ['ticket.ts', MACHINE, 2, /has no 'typescript' package; compile it first \(npx tsc/],
  ['none.js', null, 2, /none\.js does not exist/],
  ['other.mjs', 'export const x = 1;', 2, /exports no machine: .* \(it exports x\)/],
  ['throws.mjs', 'throw new Error("my fault");', 1, /throws\.mjs failed: my fault/],
  ['syntax.mjs', 'export {', 1, /syntax\.mjs failed: /],
])('a machine module %s that cannot be used is refused', async (name, text, code, reason) => {
  const module = join(folder.path, name);
  if (text !== null) writeFileSync(module, text);
  const args = ['node', '-a', `127.0.0.1:${PORT + 7}`, '-d', join(folder.path, 'data')];
  const ending = await runRaftdeck([...args, '--machine', module], {
    env: { RAFTDECK_HOME: folder.home },
  });
  expect([ending.code, ending.stderr]).toEqual([code, expect.stringMatching(reason)]);
});

test('nodes that start together in an empty home share one secret', async () => {
  const ports = [PORT + 10, PORT + 11, PORT + 12];
  const [first = 0, ...others] = ports;
  folder.startNode('1', first);
  for (const [offset, port] of others.entries()) {
    folder.startNode(String(offset + 2), port, '-j', `127.0.0.1:${first}`);
  }
  await until('three voters', 30_000, async () => {
    const leader = await leaderOf([`127.0.0.1:${first}`]);
    return leader.members.filter(({ voter }) => voter).length === 3;
  });
});
