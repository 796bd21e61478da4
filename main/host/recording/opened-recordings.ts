import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { CallRequest } from '../../contract/check.ts';
import type { Result } from '../../contract/errors.ts';
import { type OpenedRecording, RECORDING_FILE_MAX } from '../../contract/recording-file.ts';
import { causeOf, DONE, failure } from '../failure.ts';
import { FileFault } from './file-format.ts';
import type { AboutFile } from './file-records.ts';
import { ImportedRecording, readSaved } from './imported-recording.ts';
import { RecordingImport } from './recording-import.ts';

/** Opened at once; each is a copy on this disk. */
const OPENED_MAX = 20;
/** On their way at once. */
const UPLOADS_MAX = 4;
/** An upload of which nothing has come for so long was given up by whoever began it. */
const UPLOAD_IDLE_MS = 60_000;
/** The folder of what is not whole yet begins so: nobody takes it for a recording. */
const UNFINISHED = '.unfinished-';

interface Upload {
  readonly fileName: string;
  readonly sizeBytes: number;
  readonly folder: string;
  readonly work: RecordingImport;
  readonly timer: NodeJS.Timeout;
  receivedBytes: number;
  /** Whether a piece is being read: the next one has to wait for its answer. */
  busy: boolean;
}

/** The recordings that were opened from files: copies in `<home>/recordings`, until they are closed. */
export class OpenedRecordings {
  readonly #home: string;
  readonly #log: (line: string) => void;
  readonly #publish: (list: readonly OpenedRecording[]) => void;
  readonly #opened = new Map<string, ImportedRecording>();
  readonly #uploads = new Map<string, Upload>();
  /** Uploads of which the folder is being made. */
  #beginning = 0;

  constructor(options: {
    /** Of the app. */
    readonly home: string;
    readonly log: (line: string) => void;
    readonly publish: (list: readonly OpenedRecording[]) => void;
  }) {
    this.#home = join(options.home, 'recordings');
    this.#log = options.log;
    this.#publish = options.publish;
  }

  /** Finds again what was open before; what was not whole is removed. */
  async load(): Promise<void> {
    for (const name of await this.#namesByAge()) {
      const folder = join(this.#home, name);
      if (name.startsWith(UNFINISHED)) {
        await rm(folder, { recursive: true, force: true });
        continue;
      }
      const saved = await readFile(join(folder, 'opened.json'), 'utf8').then(readSaved, () => null);
      if (saved === null || saved.opened.id !== name) {
        this.#log(`The opened recording in ${folder} cannot be read and is not shown.`);
      } else this.#opened.set(name, new ImportedRecording(folder, saved, this.#log));
    }
  }

  /** The one that was opened last first. */
  list(): readonly OpenedRecording[] {
    return [...this.#opened.values()].map(({ opened }) => opened).reverse();
  }

  find(recordingId: string): ImportedRecording | undefined {
    return this.#opened.get(recordingId);
  }

  async begin({
    fileName,
    sizeBytes,
  }: CallRequest<'beginRecording'>): Promise<Result<{ readonly uploadId: string }>> {
    if (sizeBytes > RECORDING_FILE_MAX) {
      const most = RECORDING_FILE_MAX / 1024 ** 3;
      return refused('E_ARGS', fileName, `A recording has ${most} GiB at most; this has more.`);
    }
    const underWay = this.#uploads.size + this.#beginning;
    if (this.#opened.size + underWay >= OPENED_MAX) {
      return refused('E_STATE', fileName, `${OPENED_MAX} recordings are open. Close one first.`);
    }
    if (underWay >= UPLOADS_MAX) {
      return refused('E_STATE', fileName, `${UPLOADS_MAX} others are being read. Wait for one.`);
    }
    const uploadId = `rec-${randomBytes(4).toString('hex')}`;
    const folder = join(this.#home, `${UNFINISHED}${uploadId}`);
    let work: RecordingImport;
    this.#beginning += 1;
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      work = await RecordingImport.begin(join(folder, 'recording'), sizeBytes);
    } catch (error) {
      await rm(folder, { recursive: true, force: true }).catch(() => undefined);
      return refused('E_IO', fileName, `The folder ${folder} cannot be used: ${causeOf(error)}.`);
    } finally {
      this.#beginning -= 1;
    }
    const timer = setTimeout(() => void this.#drop(uploadId), UPLOAD_IDLE_MS).unref();
    const start = { receivedBytes: 0, busy: false };
    this.#uploads.set(uploadId, { fileName, sizeBytes, folder, work, timer, ...start });
    return { ok: true, value: { uploadId } };
  }

  async send({ uploadId, offset, base64 }: CallRequest<'sendRecording'>): Promise<Result<null>> {
    return this.#withUpload(uploadId, async (upload) => {
      const bytes = Buffer.from(base64, 'base64');
      const after = offset + bytes.length;
      if (offset !== upload.receivedBytes || after > upload.sizeBytes) {
        throw new FileFault('It was changed while it was read.');
      }
      upload.receivedBytes = after;
      await upload.work.take(bytes);
      return DONE;
    });
  }

  async finish({ uploadId }: CallRequest<'openRecording'>): Promise<Result<OpenedRecording>> {
    return this.#withUpload(uploadId, async ({ work, folder, fileName, sizeBytes, timer }) => {
      const { about, output } = await work.finish();
      const opened = { ...aboutOpened(about), id: uploadId, fileName, sizeBytes };
      const saved = { opened, output };
      await writeFile(join(folder, 'opened.json'), JSON.stringify(saved), { mode: 0o600 });
      // Whole from here on, and not a moment before.
      const place = join(this.#home, uploadId);
      await rename(folder, place);
      clearTimeout(timer);
      this.#uploads.delete(uploadId);
      this.#opened.set(uploadId, new ImportedRecording(place, saved, this.#log));
      this.#publish(this.list());
      return { ok: true, value: opened };
    });
  }

  async cancel({ uploadId }: CallRequest<'cancelRecording'>): Promise<Result<null>> {
    await this.#drop(uploadId);
    return DONE;
  }

  async close(recordingId: string): Promise<Result<null>> {
    const recording = this.#opened.get(recordingId);
    if (recording === undefined) {
      return failure('E_NOT_FOUND', 'There is no such recording. It may have been closed.');
    }
    this.#opened.delete(recordingId);
    await recording.release();
    this.#publish(this.list());
    // Out of sight in one step: half a recording is never left to be found again.
    const doomed = join(this.#home, `${UNFINISHED}${recordingId}`);
    try {
      await rename(recording.folder, doomed);
      await rm(doomed, { recursive: true, force: true });
    } catch (error) {
      return failure(
        'E_IO',
        `The recording is closed, but its copy in ${recording.folder} cannot be removed: ${causeOf(error)}.`,
      );
    }
    return DONE;
  }

  /** The host ends: uploads end too, what is opened stays. */
  async release(): Promise<void> {
    for (const uploadId of [...this.#uploads.keys()]) await this.#drop(uploadId);
    for (const recording of this.#opened.values()) await recording.release();
  }

  /** What lies in the folder, the oldest first. */
  async #namesByAge(): Promise<readonly string[]> {
    const names = await readdir(this.#home).catch(() => []);
    const aged = names.map(async (name) => {
      const madeAtMs = await stat(join(this.#home, name, 'opened.json')).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      );
      return { name, madeAtMs };
    });
    const found = await Promise.all(aged);
    return found.sort((left, right) => left.madeAtMs - right.madeAtMs).map(({ name }) => name);
  }

  async #withUpload<T>(
    uploadId: string,
    work: (upload: Upload) => Promise<Result<T>>,
  ): Promise<Result<T>> {
    const upload = this.#uploads.get(uploadId);
    if (upload === undefined || upload.busy) {
      const why = 'It was given up, or is being read. Nothing was opened. Open the file again.';
      return failure('E_NOT_FOUND', `There is no such file on its way. ${why}`);
    }
    upload.busy = true;
    upload.timer.refresh();
    try {
      return await work(upload);
    } catch (error) {
      await this.#drop(uploadId);
      if (error instanceof FileFault) return refused('E_ARGS', upload.fileName, error.message);
      // Most often: the disk is full.
      const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
      const words = `It cannot be copied to ${this.#home}: ${causeOf(cause)}.`;
      return refused('E_IO', upload.fileName, words);
    } finally {
      upload.busy = false;
      if (this.#uploads.has(uploadId)) upload.timer.refresh();
    }
  }

  async #drop(uploadId: string): Promise<void> {
    const upload = this.#uploads.get(uploadId);
    if (upload === undefined) return;
    this.#uploads.delete(uploadId);
    clearTimeout(upload.timer);
    await upload.work.close().catch(() => undefined);
    await rm(upload.folder, { recursive: true, force: true }).catch((error: unknown) =>
      this.#log(`${upload.folder} cannot be removed: ${causeOf(error)}.`),
    );
  }
}

/** What is known of a file, and nothing else that may stand in it. */
function aboutOpened(about: AboutFile): AboutFile {
  const { version, clusterName, host, savedAtMs, fromMs, toMs, nodes } = about;
  return { version, clusterName, host, savedAtMs, fromMs, toMs, nodes };
}

function refused(
  code: 'E_ARGS' | 'E_STATE' | 'E_IO',
  fileName: string,
  why: string,
): ReturnType<typeof failure> {
  return failure(code, `${fileName} was not opened. ${why}`);
}
