import { afterEach, describe, expect, test } from 'vitest';

import type { DiskFaults, DiskOperation, DiskVerdict } from '../../node-engine/log/disk-faults.ts';
import type { DiskBackendName, Durability } from '../../node-engine/log/log-store.ts';
import { entriesOf } from './faulty-world.ts';
import { NodeFolders } from './node-folders.ts';
import { run } from './runs.ts';
import { close, read, write } from './store-promises.ts';

/**
 * The n-th write fails from now on: as on a full disk, where it is not made, or as by a sync that fails,
 * after it was made. Until `heal`, so does every one behind it.
 */
class FailingDisk implements DiskFaults {
  readonly #kind: 'full' | 'sync-error';
  #countdown: number;
  #isHealed = false;
  failures = 0;

  constructor(kind: 'full' | 'sync-error', countdown: number) {
    this.#kind = kind;
    this.#countdown = countdown;
  }

  heal(): void {
    this.#isHealed = true;
  }

  judge(operation: DiskOperation): DiskVerdict | null {
    if (this.#kind === 'sync-error' && operation === 'write') return null;
    this.#countdown -= 1;
    if (this.#isHealed || this.#countdown > 0) return null;
    this.failures += 1;
    const error = new Error(this.#kind === 'full' ? 'ENOSPC: no space left' : 'EIO: sync failed');
    const isRefused = this.#kind === 'full';
    return { delayMs: 0, refusal: isRefused ? error : null, failure: isRefused ? null : error };
  }

  held(): void {
    throw new Error('nothing is held back here');
  }
}

/** Injections per store; with both kinds and three stores more than 200. */
const INJECTIONS: Readonly<Record<DiskBackendName, number>> = {
  leveldb: 45,
  fastlog: 45,
  lmdb: 20,
};
const TERM = 1;

describe.each(['leveldb', 'fastlog', 'lmdb'] satisfies DiskBackendName[])('%s', (backend) => {
  const folders = new NodeFolders(backend);

  afterEach(() => folders.removeAll());

  /** Writes until one fails; the entries that were acknowledged, and that nothing follows. */
  async function writeUntilFailure(
    directory: string,
    options: { readonly faults: FailingDisk; readonly durability: Durability },
  ): Promise<number> {
    const { faults } = options;
    const { store, recovered } = await folders.open(directory, options);
    const hardState = { term: TERM, votedFor: '1', commitIndex: 0 };
    let last = recovered.lastIndex;
    let isFirst = true;
    for (;;) {
      // Small and large ones: the one goes with its page, the other before it.
      const count = last % 3 === 0 ? 700 : 1 + (last % 5);
      try {
        const append = [run(last + 1, count, TERM)];
        await write(store, isFirst ? { hardState, append } : { append });
      } catch (error) {
        expect(error).toMatchObject({ code: 'IO' });
        break;
      }
      isFirst = false;
      last += count;
    }
    // The disk is well again; the store must not trust what it stands on all the same.
    faults.heal();
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await expect(write(store, { append: [] })).rejects.toMatchObject({ code: 'CLOSED' });
    }
    return last;
  }

  test.each(['full', 'sync-error'] as const)(
    'a disk that is %s and then well again loses nothing that was acknowledged',
    async (kind) => {
      let failures = 0;
      for (let number = 1; number <= INJECTIONS[backend]; number += 1) {
        const faults = new FailingDisk(kind, 1 + (number % 11));
        const directory = await folders.make();
        const last = await writeUntilFailure(directory, { faults, durability: 'high' });
        failures += faults.failures > 0 ? 1 : 0;
        // As a kill leaves it, while the store that failed is open, or closed first.
        const folder = number % 2 === 0 ? await folders.copy(directory) : directory;
        await folders.closeAll();
        const { store, recovered, repair } = await folders.open(folder);
        expect(repair).toBeNull();
        expect(recovered.lastIndex).toBeGreaterThanOrEqual(last);
        const next = recovered.lastIndex + 1;
        // The write that failed may have been the one of the term.
        const hardState = { term: TERM, votedFor: '1', commitIndex: 0 };
        await write(store, { hardState, append: [run(next, 10, TERM)] });
        await close(store);
        const again = await folders.open(folder);
        const entries = entriesOf(await read(again.store, 1, Number.MAX_SAFE_INTEGER));
        expect(entries).toEqual(entriesOf([run(1, next + 9, TERM)]));
        await folders.removeAll();
      }
      expect(failures).toBe(INJECTIONS[backend]);
    },
    600_000,
  );
});
