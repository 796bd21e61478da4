import { setImmediate as nextTurn } from 'node:timers/promises';

import type { OutputLine } from '../../contract/model.ts';
import { FileFault, RecordingFileReader } from './file-format.ts';
import { type AboutFile, readRecord, type ReadRecord } from './file-records.ts';
import { RecordingStore, type RestoredRecord } from './recording-store.ts';

/** Nothing of it goes: it is what was saved. */
const NO_LIMITS = { marks: Infinity, events: Infinity, frames: Infinity } as const;
/** As many as a cluster of nine prints and keeps. */
const LINES_MAX = 20_000;

/** A file becomes a recording on disk, piece by piece. What is wrong with it is thrown as a FileFault. */
export class RecordingImport {
  readonly #reader: RecordingFileReader;
  readonly #store: RecordingStore;
  #about: AboutFile | null = null;
  #hasPicture = false;
  readonly #lines: OutputLine[] = [];

  private constructor(store: RecordingStore, sizeBytes: number) {
    this.#store = store;
    this.#reader = new RecordingFileReader(sizeBytes);
  }

  /** @param folder empty, or not there yet */
  static async begin(folder: string, sizeBytes: number): Promise<RecordingImport> {
    return new RecordingImport(await openImported(folder), sizeBytes);
  }

  /** The next bytes of the file. */
  async take(bytes: Buffer): Promise<void> {
    const restored: RestoredRecord[] = [];
    for (const record of await this.#reader.take(bytes)) {
      const read = readRecord(record);
      if (read === null) throw new FileFault(`It holds ${record.kind} that make no sense.`);
      restored.push(...this.#restore(read));
      // A piece unpacks to megabytes: the nodes are heard between two of its records.
      await nextTurn();
    }
    if (restored.length > 0) await this.#store.restore(restored);
  }

  /** After the last bytes: what it is of, and what was printed. The files are let go of. */
  async finish(): Promise<{ readonly about: AboutFile; readonly output: readonly OutputLine[] }> {
    this.#reader.end();
    if (this.#about === null || !this.#hasPicture) {
      throw new FileFault('It holds no picture of a cluster.');
    }
    await this.#store.close();
    return { about: this.#about, output: this.#lines };
  }

  /** Lets go of the files, whatever has come. */
  close(): Promise<void> {
    return this.#store.close();
  }

  #restore(read: ReadRecord): readonly RestoredRecord[] {
    if ((read.kind === 'about') !== (this.#about === null)) {
      throw new FileFault('It does not begin with what it is of.');
    }
    const { value } = read;
    switch (read.kind) {
      case 'about':
        this.#about = checkedAbout(read.value);
        return [];
      case 'output':
        if (this.#lines.length + read.value.length > LINES_MAX) {
          throw new FileFault('It holds more output than nodes keep.');
        }
        this.#lines.push(...read.value);
        return [];
      case 'session':
        return [{ key: { kind: 'session', atMs: read.value.fromMs }, value }];
      case 'bookmark':
        return [{ key: { kind: 'bookmark', id: read.value.id }, value }];
      case 'samples':
      case 'metrics': {
        const [first] = read.value;
        return first === undefined ? [] : [{ key: { kind: read.kind, atMs: first.timeMs }, value }];
      }
      case 'marks':
      case 'events': {
        if (read.value.length === 0) return [];
        const about = { kind: read.kind, ...spanOf(read.value), whole: false };
        return [{ key: { kind: 'chunk', about }, value }];
      }
      case 'frames': {
        const { whole, changes } = read.value;
        const times = [...(whole === null ? [] : [whole.timeMs]), ...changes.map(([at]) => at)];
        if (times.length === 0) return [];
        this.#hasPicture ||= whole !== null;
        const span = spanOf(times.map((timeMs) => ({ timeMs })));
        const about = { kind: 'frames' as const, ...span, whole: whole !== null };
        return [{ key: { kind: 'chunk', about }, value }];
      }
    }
  }
}

/** Opens a recording that was made of a file. */
export function openImported(folder: string): Promise<RecordingStore> {
  return RecordingStore.open(folder, NO_LIMITS);
}

function checkedAbout(about: AboutFile): AboutFile {
  if (about.toMs < about.fromMs) throw new FileFault('It ends before it begins.');
  return about;
}

function spanOf(items: readonly { readonly timeMs: number }[]): {
  readonly fromMs: number;
  readonly toMs: number;
} {
  let [fromMs, toMs] = [Infinity, -Infinity];
  for (const { timeMs } of items) {
    fromMs = Math.min(fromMs, timeMs);
    toMs = Math.max(toMs, timeMs);
  }
  return { fromMs, toMs };
}
