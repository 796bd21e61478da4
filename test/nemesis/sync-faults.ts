import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { findTool } from '../require-tool.ts';
import { ROOT } from '../tidy/source-files.ts';
import { victim, type Fault, type FaultKind, type Scene } from './fault.ts';
import type { Surroundings } from './nemesis-cluster.ts';
import { restart, untilStorageFailed } from './storage-strike.ts';

/** fsync and fdatasync fail by a library that is loaded into the nodes. */
class FailingSync implements Fault {
  readonly #folder: string;
  readonly #library: string;

  constructor(folder: string) {
    this.#folder = folder;
    this.#library = join(folder, 'failing-sync.so');
    const source = join(ROOT, 'test', 'nemesis', 'failing-sync.c');
    execFileSync('gcc', ['-O2', '-shared', '-fPIC', '-o', this.#library, source, '-ldl']);
  }

  async surround(surroundings: Surroundings): Promise<Surroundings> {
    const env = { ...surroundings.env, NEMESIS_SYNC_FAILS: this.#armFile(surroundings.directory) };
    return { ...surroundings, env, preload: [...surroundings.preload, this.#library] };
  }

  async strike(scene: Scene): Promise<boolean> {
    const id = await victim(scene);
    const arm = this.#armFile(scene.cluster.member(id).surroundings.directory);
    writeFileSync(arm, '');
    const wasNoticed = await untilStorageFailed(scene, id);
    rmSync(arm, { force: true });
    // The disk is well again, and the node must still not trust what it wrote before.
    await new Promise((resolve) => setTimeout(resolve, scene.random.between(0, 800)));
    await restart(scene, id);
    return wasNoticed;
  }

  #armFile(directory: string): string {
    return join(this.#folder, `${directory.replaceAll('/', '_')}.sync-fails`);
  }
}

/** System calls of a running node fail, one in so many, by strace. */
class FailingCalls implements Fault {
  readonly #folder: string;
  readonly #strace: string;
  #tracer: ChildProcess | null = null;

  constructor(folder: string, strace: string) {
    this.#folder = folder;
    this.#strace = strace;
  }

  async strike(scene: Scene): Promise<boolean> {
    const { cluster, random } = scene;
    const id = await victim(scene);
    // Not `write`: sockets use it too.
    const calls = random.of(['fdatasync', 'pwrite64', 'fdatasync,pwrite64']);
    const error = random.of(['EIO', 'ENOSPC', 'EDQUOT']);
    const inject = `inject=${calls}:error=${error}:when=${random.between(1, 8)}+`;
    const output = join(this.#folder, 'strace.out');
    const args = ['-f', '-qq', '-o', output, '-e', inject, '-p', String(cluster.pid(id))];
    const tracer = spawn(this.#strace, args, { stdio: 'ignore' });
    this.#tracer = tracer;
    const ended = new Promise((resolve) => tracer.once('close', resolve));
    const wasNoticed = await untilStorageFailed(scene, id);
    await cluster.kill(id);
    // With nobody left to trace it ends by itself.
    await ended;
    cluster.launch(id);
    this.#tracer = null;
    return wasNoticed;
  }

  async dispose(): Promise<void> {
    this.#tracer?.kill('SIGKILL');
  }
}

function missing(tool: string): string | null {
  const found = findTool(tool);
  return 'missing' in found ? found.missing : null;
}

/** Errors of the calls by which a node makes its writes durable. */
export const SYNC_FAULTS: readonly FaultKind[] = [
  {
    name: 'fsync-error',
    tool: 'gcc',
    summary: 'fsync and fdatasync fail with EIO for a while (LD_PRELOAD)',
    obstacle: () => (process.platform === 'linux' ? missing('gcc') : 'LD_PRELOAD needs Linux'),
    create: async (folder) => new FailingSync(folder),
  },
  {
    name: 'syscall-error',
    tool: 'strace',
    summary: 'fdatasync or pwrite64 fail from the n-th on with EIO, ENOSPC or EDQUOT (strace)',
    obstacle: () => missing('strace'),
    create: async (folder) => {
      const tool = findTool('strace');
      return new FailingCalls(folder, 'path' in tool ? tool.path : 'strace');
    },
  },
];
