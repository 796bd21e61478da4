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
  /** Ends the host at once, as a crash would; its nodes go on. */
  kill(): Promise<void>;
  /** Waits until the host has ended as its window asked it to. */
  ended(): Promise<void>;
  /** Starts a host again in the same home; its link. */
  again(): Promise<string>;
  /** Ends the host and its nodes, and removes the home. */
  stop(): Promise<void>;
}

/** Starts the product as a user of a machine without Electron would. */
export async function serveApp(): Promise<ServedApp> {
  const home = await mkdtemp(join(tmpdir(), 'raftdeck-e2e-'));
  const first = await serve(home);
  let { child } = first;
  return {
    link: first.link,
    home,
    kill: () => end(child, 'SIGKILL'),
    ended: () => exitOf(child),
    again: async () => {
      const next = await serve(home);
      child = next.child;
      return next.link;
    },
    stop: async () => {
      // Nodes that a host has left behind are found, and ended, by the next one.
      const isGone = child.signalCode === 'SIGKILL' || child.exitCode !== null;
      await end(isGone ? (await serve(home)).child : child, 'SIGTERM');
      await rm(home, { recursive: true, force: true });
    },
  };
}

async function serve(home: string): Promise<{ child: ChildProcess; link: string }> {
  const child = spawn(
    process.execPath,
    [BIN, 'serve', '--port', '0', '--home', home, '--stop-nodes'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  return { child, link: await linkOf(child) };
}

async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  const ended = exitOf(child);
  child.kill(signal);
  await ended;
}

async function exitOf(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await new Promise((resolve) => child.once('exit', resolve));
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

/**
 * What redis-cli prints for a command, without a click anywhere. It follows MOVED by itself; what was not
 * done because nobody led just then is asked again, as the answer says.
 */
export async function redisCli(port: number, ...args: readonly string[]): Promise<string> {
  const untilMs = Date.now() + 20_000;
  for (;;) {
    const { stdout } = await run('redis-cli', ['-c', '-p', String(port), ...args]);
    const isUndone = /^(?:CLUSTERDOWN|TRYAGAIN|LOADING) /u.test(stdout);
    if (!isUndone || Date.now() > untilMs) return stdout.trim();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Bytes of a folder's files on disk; a file that goes while it is counted counts as nothing. */
export async function diskBytes(folder: string): Promise<number> {
  const counted = run('du', ['-s', '--block-size=1', folder]);
  const { stdout } = await counted.catch((error: unknown) => error as { readonly stdout: string });
  return Number(stdout.split('\t')[0]);
}
