import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ROOT } from '../tidy/source-files.ts';

/** What happens at the chosen operation; see crash-shim.c. */
export type CrashMode = 'kill' | 'torn' | 'after' | 'EIO' | 'ENOSPC';

const STATE_BYTES = 512;
const NAME_OFFSET = 16;

/**
 * Compiles the shim into a new temporary folder; returns the library.
 *
 * @param compiler path of gcc or another C compiler
 */
export function buildShim(compiler: string): string {
  const library = join(mkdtempSync(join(tmpdir(), 'raftdeck-shim-')), 'crash-shim.so');
  const source = join(ROOT, 'test', 'crash', 'crash-shim.c');
  const options = ['-shared', '-fPIC', '-O2', '-Wall', '-Werror'];
  execFileSync(compiler, [...options, '-o', library, source, '-ldl'], { stdio: 'inherit' });
  return library;
}

/** What the shim and its test tell each other. */
export class ShimState {
  readonly path: string;

  /** Makes the file the shim writes to. */
  constructor(path: string) {
    this.path = path;
    const file = openSync(path, 'w');
    writeSync(file, Buffer.alloc(STATE_BYTES));
    closeSync(file);
  }

  /** Operations so far. */
  get count(): number {
    return Number(readFileSync(this.path).readBigUInt64LE(0));
  }

  /** The operation at which it happened, such as `fdatasync log/000003.log`; null when none was. */
  get reached(): string | null {
    const bytes = readFileSync(this.path);
    if (bytes.readBigUInt64LE(8) === 0n) return null;
    return bytes.subarray(NAME_OFFSET, bytes.indexOf(0, NAME_OFFSET)).toString('utf8');
  }
}

/** The environment of a node that is to meet the shim. */
export function shimEnvironment(shim: {
  readonly library: string;
  readonly state: ShimState;
  readonly directory: string;
  readonly at: number;
  readonly mode: CrashMode;
}): Readonly<Record<string, string>> {
  return {
    LD_PRELOAD: shim.library,
    CRASH_STATE: shim.state.path,
    CRASH_DIRECTORY: shim.directory,
    CRASH_AT: String(shim.at),
    CRASH_MODE: shim.mode,
  };
}
