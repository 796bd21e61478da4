import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { until } from './raftdeck-process.ts';

const SCRIPT = join(import.meta.dirname, 'redis-py.py');
/** The script gives up by itself earlier, and then says why. */
const LIMIT_MS = 60_000;

/** Where and as whom the clients of redis-py connect. */
export interface RedisPyOptions {
  /** The single client takes the first, the cluster client any. */
  readonly nodes: readonly string[];
  /** Path of the authority's certificate; without it the clients speak in the clear. */
  readonly ca?: string;
  readonly username?: string;
  readonly password?: string;
}

/** A Python process that runs a single and a cluster client of redis-py, which have been exercised. */
export interface RedisPy {
  /** Resolves when both clients work again, whatever has happened to the nodes. */
  goOn(): Promise<void>;
  /** Ends the process; its code is 0 when nothing was wrong. */
  end(): Promise<number | null>;
  kill(): void;
}

/** Starts the process; resolves when both clients have set, got and pipelined. */
export async function startRedisPy(python: string, options: RedisPyOptions): Promise<RedisPy> {
  const child = spawn(python, [SCRIPT, JSON.stringify(options)]);
  let printed = '';
  let trace = '';
  let hasClosed = false;
  // Its last words come before this, not before its exit.
  child.once('close', () => (hasClosed = true));
  child.stdout.on('data', (chunk) => (printed += String(chunk)));
  child.stderr.on('data', (chunk) => (trace += String(chunk)));
  const said = (text: string): Promise<boolean> =>
    until(
      `redis-py says: ${text}`,
      LIMIT_MS,
      () => {
        if (printed.includes(text)) return true;
        if (hasClosed) throw new Error(`redis-py ended: ${trace.slice(-2000)}`);
        return false;
      },
      () => trace.slice(-2000),
    );
  try {
    await said('ready\n');
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  return {
    goOn: async () => {
      printed = '';
      child.stdin.write('\n');
      await said('went on\n');
    },
    end: async () => {
      const closed = hasClosed ? Promise.resolve() : once(child, 'close');
      child.stdin.end();
      await closed;
      return child.exitCode;
    },
    kill: () => child.kill('SIGKILL'),
  };
}
