import { writeFile } from 'node:fs/promises';

import { FILE_MODE, readWhole, removeFile } from '../node-directory.ts';

/** A process that has used the log for this long was not ended by it. */
const STEADY_MS = 10_000;

interface Mark {
  /** The log was being read; else it was open, and LevelDB at work in the background. */
  readonly isOpening: boolean;
  /** Processes before this one that ended soon after they had begun to open the log, in a row. */
  readonly ends: number;
}

/**
 * The file OPENING of a node's directory: there from the moment its log is opened until it has been in
 * use for a while, or was closed. LevelDB checks its tables with assertions, so that a damaged one can
 * end the process, and the next one the same way. What this file says lets the next one know.
 *
 * It is a hint, and never synced: without it a log is opened as if nothing had ever happened.
 */
export class OpeningMarker {
  /** What the process before left; null when it ended as it should, or lived long enough. */
  readonly before: Mark | null;
  readonly #path: string;
  #timer: NodeJS.Timeout | null = null;
  #last: Promise<void> = Promise.resolve();

  private constructor(path: string, before: Mark | null) {
    this.#path = path;
    this.before = before;
  }

  /** Reads what was left, and says that the log is being opened. */
  static async set(path: string): Promise<OpeningMarker> {
    const marker = new OpeningMarker(path, parse(await readWhole(path).catch(() => null)));
    await marker.#write({ isOpening: true, ends: marker.ends });
    return marker;
  }

  /** Processes in a row that ended soon after they had begun to open the log. */
  get ends(): number {
    return this.before === null ? 0 : this.before.ends + 1;
  }

  /** The log was read to its end: nothing in it ends its reader. */
  async wasRead(): Promise<void> {
    if (this.#timer !== null) return;
    this.#timer = setTimeout(() => void this.clear(), STEADY_MS).unref();
    await this.#write({ isOpening: false, ends: this.ends });
  }

  /** Puts back what was there: the log is another process's, or still is what ended those before. */
  async restore(): Promise<void> {
    if (this.before === null) await this.clear();
    else await this.#write(this.before);
  }

  async clear(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#inTurn(() => removeFile(this.#path));
  }

  #write(mark: Mark): Promise<void> {
    const text = JSON.stringify(mark);
    return this.#inTurn(() => writeFile(this.#path, text, { mode: FILE_MODE }));
  }

  /** In order, or a file could be written again after it was removed. */
  #inTurn(task: () => Promise<void>): Promise<void> {
    // A disk that is full has other ways to be noticed.
    this.#last = this.#last.then(task).catch(() => undefined);
    return this.#last;
  }
}

function parse(bytes: Uint8Array | null): Mark | null {
  if (bytes === null) return null;
  try {
    const { isOpening, ends } = JSON.parse(Buffer.from(bytes).toString('utf8')) as Partial<Mark>;
    return { isOpening: isOpening !== false, ends: Number.isSafeInteger(ends) ? Number(ends) : 0 };
  } catch {
    // Cut short by the end of the process that wrote it.
    return { isOpening: true, ends: 0 };
  }
}
