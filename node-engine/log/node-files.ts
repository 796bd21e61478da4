import type { MetaSlot } from './log-medium.ts';
import type { Done, StorageError, StoreIdentity } from './log-store.ts';
import { MetaFile } from './meta-file.ts';
import { ioError, removeFile, writeIdentity, type NodePaths } from './node-directory.ts';

/** What stands beside the log in a node's directory, the same for every store on disk. */
export class NodeFiles {
  readonly #paths: NodePaths;
  readonly #metaFiles: Readonly<Record<MetaSlot, MetaFile>>;

  constructor(paths: NodePaths) {
    this.#paths = paths;
    this.#metaFiles = { a: new MetaFile(paths.metaA), b: new MetaFile(paths.metaB) };
  }

  /** See `LogMedium.writeMeta`. */
  writeMeta(slot: MetaSlot, page: Uint8Array, isSynced: boolean, done: Done): void {
    this.#metaFiles[slot].write(page, isSynced, done);
  }

  /** See `LogMedium.readMeta`. */
  readMeta(
    slot: MetaSlot,
    done: (error: StorageError | null, page: Uint8Array | null) => void,
  ): void {
    this.#metaFiles[slot].read(done);
  }

  /** See `LogMedium.writeIdentity`. */
  writeIdentity(identity: StoreIdentity, done: Done): void {
    writeIdentity(this.#paths.identity, identity).then(
      () => done(null),
      (error: unknown) => done(ioError(`cannot write ${this.#paths.identity}`, error)),
    );
  }

  /** Also says that nobody holds the directory any more; the lock is the log's to release. */
  async close(): Promise<void> {
    await this.#metaFiles.a.close();
    await this.#metaFiles.b.close();
    await removeFile(this.#paths.lock);
  }
}
