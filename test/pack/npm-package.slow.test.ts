import { expect, test } from 'vitest';
import { execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { ROOT } from '../tidy/source-files.ts';
import { ask, statusOf, textOf } from '../cluster/local-cluster.ts';
import { until } from '../cluster/raftdeck-process.ts';

interface Packed {
  readonly files: readonly { readonly path: string; readonly mode: number }[];
}

interface Manifest {
  readonly bin: { readonly raftdeck: string };
  readonly exports: Readonly<Record<string, string | { types: string; default: string }>>;
}

const run = promisify(execFile);

/** A bound on hanging, not on speed. */
const LIMIT_MS = 60_000;
/** What an answer begins with after which nobody knows whether it was done. */
const UNKNOWN = '-UNKNOWN';

test('the npm package holds what its manifest names, and nothing of the sources or tests', async () => {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest;

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

/** Makes a folder in which `raftdeck` is what `npm pack` packs, beside links to packages of ours. */
async function installPacked(folder: string, packages: readonly string[]): Promise<void> {
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, 'raftdeck'), { recursive: true });
  const pack = ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder];
  const { stdout } = await run('npm', pack, { cwd: ROOT });
  const unpack = ['-xzf', join(folder, stdout.trim()), '--strip-components=1'];
  await run('tar', [...unpack, '-C', join(modules, 'raftdeck')]);
  for (const name of packages) {
    symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
  }
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
}

/* A program as a user of the framework would write it; the last line must be found to be wrong. */
const PROGRAM = `
import { defineMachine, openNode } from 'raftdeck';
import { testMachine } from 'raftdeck/testing';

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
const compared: number = testMachine(ticket, { nodes: 5, command: ({ pick }) => pick([['TICKET']]) }).compared;
const wrong: never = node;
`;

test.for([
  { module: 'nodenext', moduleResolution: 'nodenext' },
  { module: 'esnext', moduleResolution: 'bundler' },
])(
  'a program type-checks against the packed framework with moduleResolution $moduleResolution',
  async (options) => {
    const folder = mkdtempSync(join(tmpdir(), 'raftdeck-npm-'));
    try {
      await installPacked(folder, ['@types', 'undici-types']);
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

/* A machine's own test, with nothing but what was packed. */
const OWN_TEST = `
import { defineMachine } from 'raftdeck';
import { testMachine } from 'raftdeck/testing';

const dice = (roll) =>
  defineMachine({
    name: 'dice',
    version: '1.0.0',
    initial: () => ({ sum: 0 }),
    commands: { ROLL: { kind: 'write', arity: 1, run: ({ state, random }) => (state.sum += roll(random)) } },
    snapshot: 'json',
  });

console.log(testMachine(dice((random) => Math.floor(random() * 6)), { seeds: 3 }).compared > 0);
try {
  testMachine(dice(() => Math.floor(Math.random() * 6)), { seeds: 3 });
} catch (error) {
  console.log(error.name, error.command);
}
`;

test('the packed raftdeck/testing passes a sound machine and names the command of an unsound one', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'raftdeck-npm-'));
  try {
    await installPacked(folder, ['level']);
    writeFileSync(join(folder, 'own-test.js'), OWN_TEST);
    const { stdout } = await run(process.execPath, ['own-test.js'], { cwd: folder });
    expect(stdout).toBe('true\nMachineTestError ROLL\n');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

/* The same machine on three nodes in one process; it says where they are and closes them when told. */
const THREE_NODES = `
import { defineMachine, openNode } from 'raftdeck';

const ticket = defineMachine({
  name: 'ticket',
  version: '1.0.0',
  initial: () => ({ last: 0 }),
  commands: {
    TICKET: { kind: 'write', arity: 1, summary: 'Returns the next ticket.', run: ({ state }) => ++state.last },
    LAST: { kind: 'read', arity: 1, summary: 'Returns the last ticket.', run: ({ state }) => state.last },
  },
  snapshot: 'json',
});

// The first one goes on leading, however long this process has to wait for a turn.
const timing = { electionTimeoutMs: 10_000, heartbeatMs: 80 };
const open = (id, more) =>
  openNode({ machine: ticket, id, address: '127.0.0.1:0', directory: 'data/' + id, ...timing, ...more });
const first = await open('1', {});
const others = [await open('2', { join: first.address }), await open('3', { join: first.address })];
const nodes = [first, ...others];
console.log(JSON.stringify(nodes.map(({ address }) => address)));
process.stdin.resume().on('end', async () => {
  for (const node of nodes) await node.close();
  console.log('closed');
});
`;

test('the ticket machine runs on three nodes from the packed framework, and every ticket is given once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'raftdeck-npm-'));
  try {
    await installPacked(folder, ['level']);
    writeFileSync(join(folder, 'program.js'), THREE_NODES);
    const env = { ...process.env, RAFTDECK_HOME: join(folder, 'home') };
    const program = spawn(process.execPath, ['program.js'], { cwd: folder, env });
    let output = '';
    program.stdout.on('data', (chunk) => (output += String(chunk)));
    program.stderr.on('data', (chunk) => (output += String(chunk)));
    // With all that it has printed: its end may be known before its last words are.
    const ended = new Promise<number | null>((resolve) => program.once('close', resolve));
    try {
      const line = await until(
        'three addresses',
        LIMIT_MS,
        () => /^\[.*\]$/m.exec(output)?.[0] ?? null,
        () => output,
      );
      const addresses = JSON.parse(line) as readonly string[];
      const [first = ''] = addresses;
      // Each of them is asked for tickets, and must know by then who gives them.
      await until('three voters that know who leads', LIMIT_MS, async () => {
        const statuses = await Promise.all(addresses.map(statusOf));
        return statuses.every((status) => {
          const voters = status?.members.filter(({ voter }) => voter).length;
          return voters === 3 && status?.health === 'ok' && status.leaderClientAddress !== null;
        });
      });
      const answers = await Promise.all(
        Array.from({ length: 300 }, (_, at) => answerFrom(addresses[at % 3] ?? '', 'TICKET')),
      );
      const given = answers.filter((answer) => answer !== UNKNOWN);
      expect(given.filter((answer) => !/^\d+$/.test(answer))).toEqual([]);
      const last = Number(await answerFrom(first, 'LAST'));
      const tickets = new Set(given.map(Number));
      expect(tickets.size).toBe(given.length);
      expect([Math.min(...tickets) >= 1, Math.max(...tickets) <= last]).toEqual([true, true]);
      // A ticket that nobody holds was given to somebody who was told that nobody knows.
      expect(last - given.length).toBeLessThanOrEqual(answers.length - given.length);
    } finally {
      program.stdin.end();
      const limit = setTimeout(() => program.kill('SIGKILL'), LIMIT_MS);
      await ended;
      clearTimeout(limit);
    }
    expect(await ended).toBe(0);
    expect(output.trim().split('\n').at(-1)).toBe('closed');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

/**
 * Asks a node, and another one where it says who leads. A leader that a busy machine keeps waiting loses
 * its place: what says that nothing was done is asked again, and what nobody knows stays unknown.
 */
async function answerFrom(address: string, command: string): Promise<string> {
  const giveUpAtMs = Date.now() + LIMIT_MS;
  for (let to = address; ;) {
    const answer = textOf(await ask(to, command));
    if (answer.startsWith(UNKNOWN)) return UNKNOWN;
    const isNotDone = /^-(MOVED|CLUSTERDOWN|TRYAGAIN|LOADING) /.test(answer);
    if (!isNotDone || Date.now() > giveUpAtMs) return answer;
    to = /^-MOVED \d+ (\S+)$/.exec(answer)?.[1] ?? address;
  }
}
