import { argumentError, type Check, fieldsOf, integer, requestOf, text } from './argument.ts';
import type { Result } from './errors.ts';
import { id, time } from './field-checks.ts';

/*
 * A recording as a file: saved by one host, opened in another one that knows nothing of its cluster.
 */

/** How the name of such a file ends. */
export const RECORDING_EXTENSION = '.raftdeck-recording';

/** Largest file that is opened, bytes: what the largest recording comes to, with room to spare. */
export const RECORDING_FILE_MAX = 2 * 1024 * 1024 * 1024;

/** Most bytes of a file in one call; a message has 1 MiB, and base64 makes three bytes four. */
export const RECORDING_PIECE_MAX = 512 * 1024;

/** What a recording that was opened from a file says of itself. */
export interface OpenedRecording {
  /** Stands where the id of a cluster does; no cluster has it. */
  readonly id: string;
  /** The cluster's name when the recording was saved. */
  readonly clusterName: string;
  /** The machine where it was saved, and when, by that machine's clock. */
  readonly host: string;
  readonly savedAtMs: number;
  /** The version of the app that saved it. */
  readonly version: string;
  /** The stretch that it holds. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly nodes: number;
  /** The file's name when it was opened, and its size. */
  readonly fileName: string;
  readonly sizeBytes: number;
}

/** A stretch to save; from the beginning, or to the present, where null. */
export interface RecordingStretch {
  readonly fromMs: number | null;
  readonly toMs: number | null;
}

/** A file that is on its way to the host. */
export interface UploadRef {
  readonly uploadId: string;
}

/** The calls about recordings in files. What is opened is a copy; the file is never written to. */
export interface RecordingFileCalls {
  /** Begins to open a file; E_ARGS where its size alone rules it out. */
  beginRecording(request: {
    readonly fileName: string;
    readonly sizeBytes: number;
  }): Promise<Result<UploadRef>>;
  /**
   * The next bytes of the file, in order. What is wrong with them is the answer to them: the upload
   * ends then, and what was made of it is removed.
   */
  sendRecording(
    request: UploadRef & { readonly offset: number; readonly base64: string },
  ): Promise<Result<null>>;
  /** After the last bytes: the recording is there from now on, until `closeRecording`. */
  openRecording(request: UploadRef): Promise<Result<OpenedRecording>>;
  /** Gives an upload up and removes what was made of it. */
  cancelRecording(request: UploadRef): Promise<Result<null>>;
  /** Removes the copy that was made of the file. */
  closeRecording(request: { readonly recordingId: string }): Promise<Result<null>>;
}

/** Any name that a file can have, cut where no one looks any more. */
const fileName = text({ minLength: 1, maxLength: 255 });

const base64 = text({
  minLength: 1,
  maxLength: Math.ceil(RECORDING_PIECE_MAX / 3) * 4,
  pattern: /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
  rule: 'must be base64',
});

/** Whatever a file can be as large as: that it is too large is said in words of its own. */
const sizeBytes = integer({ min: 0, max: Number.MAX_SAFE_INTEGER });

type Request<C extends keyof RecordingFileCalls> = Parameters<RecordingFileCalls[C]>[0];

/** The checks of the calls about recordings in files. */
export const RECORDING_FILE_CHECKS: {
  readonly [C in keyof RecordingFileCalls]: Check<Request<C>>;
} = {
  beginRecording: requestOf<Request<'beginRecording'>>({ fileName, sizeBytes }),
  sendRecording: requestOf<Request<'sendRecording'>>({
    uploadId: id,
    offset: integer({ min: 0, max: RECORDING_FILE_MAX }),
    base64,
  }),
  openRecording: requestOf<Request<'openRecording'>>({ uploadId: id }),
  cancelRecording: requestOf<Request<'cancelRecording'>>({ uploadId: id }),
  closeRecording: requestOf<Request<'closeRecording'>>({ recordingId: id }),
};

const optionalTime: Check<number | null> = (value, field) =>
  value === null ? { ok: true, value } : time(value, field);

/** A stretch of which the end is not before the beginning. */
export const checkStretch: Check<RecordingStretch> = (value, field) => {
  const fields = fieldsOf(value, { required: ['fromMs', 'toMs'], optional: [] });
  if (!fields.ok) return fields;
  const fromMs = optionalTime(fields.value.get('fromMs'), `${field}.fromMs`);
  if (!fromMs.ok) return fromMs;
  const toMs = optionalTime(fields.value.get('toMs'), `${field}.toMs`);
  if (!toMs.ok) return toMs;
  const [from, to] = [fromMs.value, toMs.value];
  if (from !== null && to !== null && to < from) {
    return argumentError(`${field}.toMs`, 'must not be before fromMs');
  }
  return { ok: true, value: { fromMs: from, toMs: to } };
};
