import { readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { StorageError, type OpenedLog } from '../../node-engine/log/log-store.ts';
import { entriesOf, type LoggedEntry } from './faulty-world.ts';
import { NodeFolders } from './node-folders.ts';
import { run, singles } from './runs.ts';
import { close, read, write } from './store-promises.ts';

const RUNS = [...singles(1, 20, 1), run(21, 900, 1), run(921, 2, 2), run(923, 900, 2)];
const ENTRIES = entriesOf(RUNS);
const HARD_STATE = { term: 2, votedFor: '3', commitIndex: 0 };

/** Places in a file: its first bytes, then every so often, then its last. */
function places(length: number): number[] {
  const step = Math.max(1, Math.floor(length / 12));
  const offsets = [0, 1, 5, 8, length - 1];
  for (let offset = 13; offset < length; offset += step) offsets.push(offset);
  return offsets.filter((offset) => offset >= 0 && offset < length);
}

describe('LevelDB files of a node that was killed', () => {
  const folders = new NodeFolders();
  let killed = '';

  beforeAll(async () => {
    const directory = await folders.make();
    const first = await folders.open(directory);
    await write(first.store, { hardState: HARD_STATE });
    for (const one of RUNS.slice(0, 21)) await write(first.store, { append: [one] });
    // Opening again makes a table of the log file, so that there is one of each.
    await close(first.store);
    const second = await folders.open(directory);
    for (const one of RUNS.slice(21)) await write(second.store, { append: [one] });
    killed = await folders.copy(directory);
  });

  afterAll(() => folders.removeAll());

  async function entries({ store, recovered }: OpenedLog): Promise<LoggedEntry[]> {
    return entriesOf(await read(store, recovered.firstIndex, 1e6));
  }

  /** Everything, or a refusal; then what a repair makes of it. */
  async function expectNoticed(damage: (directory: string) => Promise<void>): Promise<string> {
    const directory = await folders.copy(killed);
    await damage(directory);
    const hadLog = (await readdir(directory)).includes('log');
    let outcome = 'unharmed';
    try {
      const log = await folders.open(directory);
      expect(log.recovered.hardState).toEqual(HARD_STATE);
      expect(await entries(log)).toEqual(ENTRIES);
      await close(log.store);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      expect(error.code).toBe('DAMAGED');
      outcome = error.code;
      const repaired = await folders.open(directory, { repair: 'from-leader' });
      expect(repaired.recovered.hardState).toEqual(HARD_STATE);
      expect(repaired.repair).toMatchObject({ untilIndex: 1822, untilTerm: 2 });
      const left = await entries(repaired);
      expect(left).toEqual(ENTRIES.slice(0, left.length));
      const missing = RUNS.filter((one) => one.firstIndex > left.length);
      await write(repaired.store, { append: missing });
      expect(repaired.store.isRepairing()).toBe(false);
      expect(await entries(repaired)).toEqual(ENTRIES);
      if (hadLog) {
        const names = await readdir(directory);
        expect(names.some((name) => name.startsWith('log.damaged-'))).toBe(true);
      }
      await close(repaired.store);
    }
    return outcome;
  }

  async function logFiles(): Promise<string[]> {
    return (await readdir(join(killed, 'log'))).filter((name) => /\.(log|ldb)$|^[CM]/.test(name));
  }

  test('hold a log file, a table and a manifest', async () => {
    const kinds = (await logFiles()).map((name) => name.replace(/\d+/, 'N')).sort();
    expect([...new Set(kinds)]).toEqual(['CURRENT', 'MANIFEST-N', 'N.ldb', 'N.log']);
  });

  test('undamaged, are recovered whole', async () => {
    expect(await expectNoticed(() => Promise.resolve())).toBe('unharmed');
  });

  test('with one flipped bit are noticed, and repaired', async () => {
    const outcomes: string[] = [];
    for (const name of await logFiles()) {
      const bytes = await readFile(join(killed, 'log', name));
      for (const offset of places(bytes.length)) {
        const flipped = Buffer.from(bytes);
        flipped[offset] = (flipped[offset] ?? 0) ^ (1 << (offset % 8));
        const outcome = await expectNoticed((directory) =>
          writeFile(join(directory, 'log', name), flipped),
        );
        outcomes.push(outcome);
      }
    }
    expect(outcomes.filter((outcome) => outcome === 'DAMAGED').length).toBeGreaterThan(20);
  });

  test('cut short are noticed, and repaired', async () => {
    for (const name of await logFiles()) {
      const { length } = await readFile(join(killed, 'log', name));
      for (const size of [0, 1, Math.floor(length / 2), length - 1]) {
        await expectNoticed((directory) => truncate(join(directory, 'log', name), size));
      }
    }
  });

  test('with a page of zeros are noticed, and repaired', async () => {
    for (const name of await logFiles()) {
      const bytes = await readFile(join(killed, 'log', name));
      const start = Math.floor(bytes.length / 3);
      bytes.fill(0, start, Math.min(start + 4096, bytes.length));
      await expectNoticed((directory) => writeFile(join(directory, 'log', name), bytes));
    }
  });

  test('missing are noticed, and repaired', async () => {
    for (const name of await logFiles()) {
      const outcome = await expectNoticed((directory) => rm(join(directory, 'log', name)));
      expect(outcome).toBe('DAMAGED');
    }
    const outcome = await expectNoticed((directory) =>
      rm(join(directory, 'log'), { recursive: true }),
    );
    expect(outcome).toBe('DAMAGED');
  });

  test('taken from an older copy of the directory are noticed, and repaired', async () => {
    const directory = await folders.copy(killed);
    const log = await folders.open(directory);
    await write(log.store, { append: [run(1823, 900, 2)] });
    await close(log.store);
    await rename(join(directory, 'log'), join(directory, 'newer'));
    const older = await folders.copy(killed);
    await rename(join(older, 'log'), join(directory, 'log'));
    await expect(folders.open(directory)).rejects.toMatchObject({
      code: 'DAMAGED',
      message: expect.stringContaining('entries 1823 to 2722: missing') as string,
    });
  });

  test('with both meta files gone never start as if they were new', async () => {
    const directory = await folders.copy(killed);
    await rm(join(directory, 'meta.a'));
    await rm(join(directory, 'meta.b'));
    const refusal = { code: 'DAMAGED', message: expect.stringContaining('new id') as string };
    await expect(folders.open(directory)).rejects.toMatchObject(refusal);
    await expect(folders.open(directory, { repair: 'from-leader' })).rejects.toMatchObject(refusal);
    await rm(join(directory, 'node.json'));
    await expect(folders.open(directory)).rejects.toMatchObject({
      code: 'DAMAGED',
      message: expect.stringContaining('has a log but neither meta.a nor meta.b') as string,
    });
  });

  test.each(['meta.a', 'meta.b', 'node.json'])('with a damaged %s lose nothing', async (name) => {
    for (const damage of [
      (path: string) => rm(path),
      (path: string) => writeFile(path, ''),
      (path: string) => writeFile(path, Buffer.alloc(5000, 7)),
    ]) {
      expect(await expectNoticed((directory) => damage(join(directory, name)))).toBe('unharmed');
    }
  });
});
