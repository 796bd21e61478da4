import { open, stat, type FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';

import type { CallRequest } from '../contract/check.ts';
import { parseDeepLink } from '../contract/deep-link.ts';
import type { Result } from '../contract/errors.ts';
import type { OutsideAsk, OutsidePush, OutsideRequest } from '../contract/outside.ts';
import {
  type OpenedRecording,
  RECORDING_EXTENSION,
  RECORDING_FILE_MAX,
  RECORDING_PIECE_MAX,
} from '../contract/recording-file.ts';
import { causeOf, failure } from './failure.ts';
import type { OpenedRecordings } from './recording/opened-recordings.ts';

/** What opens a recording. */
type Opening = Pick<OpenedRecordings, 'begin' | 'send' | 'finish' | 'cancel'>;

/** A request, and where its file is, if it is about one. */
interface Waiting {
  readonly request: OutsideRequest;
  readonly path: string | null;
}

/** Links and files that the system has handed to the app, one at a time, until the user has answered. */
export class OutsideRequests {
  readonly #opened: Opening;
  readonly #publish: (push: OutsidePush) => void;
  readonly #log: (line: string) => void;
  #waiting: Waiting | null = null;
  #nextId = 1;
  #isOpening = false;

  constructor(options: {
    readonly opened: Opening;
    readonly publish: (push: OutsidePush) => void;
    readonly log: (line: string) => void;
  }) {
    this.#opened = options.opened;
    this.#publish = options.publish;
    this.#log = options.log;
  }

  get present(): OutsidePush {
    return { request: this.#waiting?.request ?? null };
  }

  /** A link was clicked somewhere. */
  offerLink(text: string): void {
    const parsed = parseDeepLink(text);
    this.#offer(
      parsed.ok
        ? { kind: 'show', target: parsed.target }
        : { kind: 'refused', what: 'link', why: parsed.why },
      null,
    );
  }

  /** A file of ours was opened somewhere. */
  async offerFile(path: string): Promise<void> {
    const why = (text: string): OutsideAsk => ({ kind: 'refused', what: 'file', why: text });
    // What hides or turns round text has no business in a question.
    const fileName = basename(path)
      .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\u{fffd}')
      .slice(-255);
    if (!fileName.endsWith(RECORDING_EXTENSION)) {
      this.#offer(why(`Its name does not end in ${RECORDING_EXTENSION}.`), null);
      return;
    }
    let ask: OutsideAsk;
    try {
      const { size: sizeBytes, isFile } = await kindOf(path);
      if (!isFile) ask = why('It is not a file.');
      else if (sizeBytes > RECORDING_FILE_MAX) ask = why('It is larger than any recording.');
      else ask = { kind: 'recording', fileName, sizeBytes };
    } catch (error) {
      ask = why(`It cannot be read: ${causeOf(error)}.`);
    }
    this.#offer(ask, ask.kind === 'recording' ? path : null);
  }

  async answer({
    requestId,
    accept,
  }: CallRequest<'answerOutside'>): Promise<Result<OpenedRecording | null>> {
    const waiting = this.#waiting;
    if (waiting?.request.requestId !== requestId || this.#isOpening) {
      return failure('E_NOT_FOUND', 'This was answered already. Nothing was done.');
    }
    const { path, request } = waiting;
    if (!accept || path === null || request.ask.kind !== 'recording') {
      this.#settle();
      return { ok: true, value: null };
    }
    this.#isOpening = true;
    try {
      return await this.#openFile(path, request.ask.fileName);
    } finally {
      this.#isOpening = false;
      this.#settle();
    }
  }

  /** What waits already stays: nobody shall press a button under which the question has changed. */
  #offer(ask: OutsideAsk, path: string | null): void {
    if (this.#waiting !== null && this.#waiting.request.ask.kind !== 'refused') {
      this.#log('A link or a file was not opened: the one before it waits for an answer.');
      return;
    }
    const requestId = `outside-${this.#nextId}`;
    this.#nextId += 1;
    this.#waiting = { request: { requestId, ask }, path };
    this.#publish(this.present);
  }

  #settle(): void {
    this.#waiting = null;
    this.#publish(this.present);
  }

  async #openFile(path: string, fileName: string): Promise<Result<OpenedRecording>> {
    let file: FileHandle;
    try {
      file = await open(path, 'r');
    } catch (error) {
      return failure('E_IO', `${fileName} was not opened. It cannot be read: ${causeOf(error)}.`);
    }
    try {
      return await this.#copy(file, fileName);
    } finally {
      await file.close();
    }
  }

  /** The same way as a file that the page sends, so that what comes of it is checked the same. */
  async #copy(file: FileHandle, fileName: string): Promise<Result<OpenedRecording>> {
    const { size: sizeBytes } = await file.stat();
    const begun = await this.#opened.begin({ fileName, sizeBytes });
    if (!begun.ok) return begun;
    const { uploadId } = begun.value;
    const buffer = Buffer.alloc(RECORDING_PIECE_MAX);
    try {
      for (let offset = 0; offset < sizeBytes;) {
        const { bytesRead } = await file.read(buffer, 0, buffer.length, offset);
        if (bytesRead === 0) break;
        const base64 = buffer.toString('base64', 0, bytesRead);
        const sent = await this.#opened.send({ uploadId, offset, base64 });
        if (!sent.ok) return sent;
        offset += bytesRead;
      }
    } catch (error) {
      await this.#opened.cancel({ uploadId });
      return failure('E_IO', `${fileName} was not opened. It cannot be read: ${causeOf(error)}.`);
    }
    return this.#opened.finish({ uploadId });
  }
}

async function kindOf(path: string): Promise<{ readonly size: number; readonly isFile: boolean }> {
  const found = await stat(path);
  return { size: found.size, isFile: found.isFile() };
}
