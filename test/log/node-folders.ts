import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { backendNamed } from '../../node-engine/log/backends.ts';
import { openDiskLog, type DiskLogOptions } from '../../node-engine/log/disk-log.ts';
import type { DiskBackendName, OpenedLog } from '../../node-engine/log/log-store.ts';
import { offsetOfCommand } from './runs.ts';
import { close } from './store-promises.ts';

/** Folders of nodes, removed at the end of a test together with what was opened in them. */
export class NodeFolders {
  readonly #folders: string[] = [];
  readonly #logs: OpenedLog[] = [];
  readonly #backend: DiskBackendName;

  constructor(backend: DiskBackendName = 'leveldb') {
    this.#backend = backend;
  }

  async make(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'raftdeck-node-'));
    this.#folders.push(folder);
    return folder;
  }

  /** A copy as a crash would leave it: nothing is closed or flushed first. */
  async copy(folder: string): Promise<string> {
    const copy = await this.make();
    await cp(folder, copy, { recursive: true });
    return copy;
  }

  async open(directory: string, options: Partial<DiskLogOptions> = {}): Promise<OpenedLog> {
    const log = await openDiskLog(backendNamed(this.#backend), {
      directory,
      identity: { clusterId: '', nodeId: '1' },
      durability: 'high',
      snapshots: () => Promise.resolve([]),
      offsetOfCommand,
      ...options,
    });
    this.#logs.push(log);
    return log;
  }

  /** Closes what is open; a store that failed says so once more, which nobody needs to hear. */
  async closeAll(): Promise<void> {
    for (const { store } of this.#logs.splice(0)) await close(store).catch(() => undefined);
  }

  async removeAll(): Promise<void> {
    await this.closeAll();
    for (const folder of this.#folders.splice(0)) await rm(folder, { recursive: true });
  }
}
