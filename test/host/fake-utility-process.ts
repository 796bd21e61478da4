import { fork, type ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import type * as Electron from 'electron';

import type { UtilityFork } from '../../main/electron/utility-spawner.ts';

/** Makes Node say that it is Electron's: some things are done otherwise there (no program to start). */
const AS_ELECTRON = `data:text/javascript,${encodeURIComponent(
  "Object.defineProperty(process, 'versions', { value: { ...process.versions, electron: '45.3.4' } });",
)}`;

const REJECTIONS = '--unhandled-rejections=warn-with-error-code';

/**
 * Stands in for Electron's `utilityProcess`, in what its documentation promises: no pid before
 * 'spawn', pipes only where asked for, an exit code and never a signal, SIGTERM from `kill`. And in what
 * is harder than with plain Node: a promise that is rejected unseen is only warned of, and as soon as the
 * end was told, nobody listens to the pipes any more.
 */
export const fakeUtilityProcess: UtilityFork = {
  fork: (modulePath, args = [], options = {}) => {
    const child = fork(modulePath, args, {
      cwd: options.cwd,
      execArgv: [...['--import', AS_ELECTRON], REJECTIONS, ...(options.execArgv ?? [])],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    // The IPC channel is fork's own; it must not keep either side alive.
    child.channel?.unref();
    return new FakeUtilityProcess(child) as unknown as Electron.UtilityProcess;
  },
};

class FakeUtilityProcess extends EventEmitter {
  stdout: PassThrough | null = new PassThrough();
  stderr: PassThrough | null = new PassThrough();
  pid: number | undefined = undefined;
  readonly #child: ChildProcess;

  constructor(child: ChildProcess) {
    super();
    this.#child = child;
    child.stdout?.pipe(this.stdout ?? new PassThrough());
    child.stderr?.pipe(this.stderr ?? new PassThrough());
    child.once('spawn', () => {
      this.pid = child.pid;
      this.emit('spawn');
    });
    // waitpid's status, as Electron hands it on: the signal's number when a signal ended it.
    // It comes when the process ends; the pipes may still hold its last words then.
    child.once('exit', (code) => {
      this.#end(code ?? 9);
    });
    child.once('error', () => this.#end(1));
  }

  #end(code: number): void {
    this.pid = undefined;
    this.emit('exit', code);
    for (const pipe of [this.stdout, this.stderr]) pipe?.removeAllListeners();
    this.stdout = null;
    this.stderr = null;
  }

  kill(): boolean {
    return this.#child.kill('SIGTERM');
  }
}
