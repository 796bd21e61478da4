import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(import.meta.dirname, '..', '..');
const BIN = join(ROOT, 'out', 'node', 'raftdeck.js');
const run = promisify(execFile);

/** `raftdeck serve` as a process of its own, in a home of its own. */
export interface ServedApp {
  /** A link that lets one browser in, once. */
  readonly link: string;
  readonly home: string;
  /** Ends the host and its nodes, and removes the home. */
  stop(): Promise<void>;
}

/** Starts the product as a user of a machine without Electron would. */
export async function serveApp(): Promise<ServedApp> {
  const home = await mkdtemp(join(tmpdir(), 'raftdeck-e2e-'));
  const child = spawn(
    process.execPath,
    [BIN, 'serve', '--port', '0', '--home', home, '--stop-nodes'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const link = await linkOf(child);
  return {
    link,
    home,
    stop: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
      await rm(home, { recursive: true, force: true });
    },
  };
}

function linkOf(child: ChildProcess): Promise<string> {
  let output = '';
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      const link = /http:\/\/\S+token=\S+/u.exec(output)?.[0];
      if (link !== undefined) resolve(link);
    });
    child.once('exit', (code) => {
      reject(new Error(`serve ended with ${String(code)}: ${output}`));
    });
  });
}

/** What redis-cli prints for a command, without a click anywhere. */
export async function redisCli(port: number, ...args: readonly string[]): Promise<string> {
  const { stdout } = await run('redis-cli', ['-c', '-p', String(port), ...args]);
  return stdout.trim();
}

/** Bytes of a folder's files on disk. */
export async function diskBytes(folder: string): Promise<number> {
  const { stdout } = await run('du', ['-s', '--block-size=1', folder]);
  return Number(stdout.split('\t')[0]);
}
