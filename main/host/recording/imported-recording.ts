import { join } from 'node:path';

import type { ClusterView, OutputLine } from '../../contract/model.ts';
import type { OpenedRecording } from '../../contract/recording-file.ts';
import { causeOf } from '../failure.ts';
import { MetricsHistory } from './metrics-history.ts';
import { openImported } from './recording-import.ts';
import { RecordingReader, type RecordingSource } from './recording-reader.ts';
import type { RecordingStore } from './recording-store.ts';

/** What is kept of an opened recording beside what was recorded. */
export interface SavedOpened {
  readonly opened: OpenedRecording;
  readonly output: readonly OutputLine[];
}

/** What was written by this app when the recording was opened; null for anything else. */
export function readSaved(json: string): SavedOpened | null {
  try {
    const saved = JSON.parse(json) as Partial<SavedOpened> | null;
    if (typeof saved?.opened?.id !== 'string' || !Array.isArray(saved.output)) return null;
    return { opened: saved.opened, output: saved.output };
  } catch {
    return null;
  }
}

/** A recording that was opened from a file: read, never written, but for bookmarks. */
export class ImportedRecording implements RecordingSource {
  readonly folder: string;
  readonly opened: OpenedRecording;
  readonly output: readonly OutputLine[];
  readonly reader: RecordingReader;
  readonly metrics = new MetricsHistory();
  readonly #log: (line: string) => void;
  #problem: string | null = null;
  #opening: Promise<RecordingStore | null> | null = null;
  #last: Promise<ClusterView | null> | null = null;

  constructor(folder: string, { opened, output }: SavedOpened, log: (line: string) => void) {
    this.folder = folder;
    this.opened = opened;
    this.output = output;
    this.#log = log;
    const { fromMs, toMs } = opened;
    this.reader = new RecordingReader(opened.id, this, { fromMs, toMs });
  }

  get problem(): string | null {
    return this.#problem;
  }

  /** Nothing is recorded any more. */
  async flush(): Promise<void> {
    await this.#opening;
  }

  store(): Promise<RecordingStore | null> {
    this.#opening ??= openImported(join(this.folder, 'recording')).catch((error: unknown) => {
      const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
      this.#problem = `The recording in ${this.folder} cannot be opened: ${causeOf(cause)}.`;
      this.#log(this.#problem);
      return null;
    });
    return this.#opening;
  }

  /** The cluster at the end of the recording; null when it cannot be read. */
  last(): Promise<ClusterView | null> {
    this.#last ??= this.reader.moment(this.opened.toMs).then(
      (moment) => moment?.view ?? null,
      () => null,
    );
    return this.#last;
  }

  /** Lets go of the files. */
  async release(): Promise<void> {
    await (await this.#opening)?.close();
    this.#opening = Promise.resolve(null);
  }
}
