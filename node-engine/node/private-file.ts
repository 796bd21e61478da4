import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';

import { NodeStartError } from './node-options.ts';

const OTHERS_MASK = 0o077;
/** Windows has neither the flag nor these permission bits. */
const NO_FOLLOW = process.platform === 'win32' ? 0 : constants.O_NOFOLLOW;

/** What a file is for, in what is said about it, and how large it may be. */
export interface PrivateFile {
  readonly what: string;
  readonly bytesMax: number;
}

/**
 * The content of a file that nobody but its owner may read, one character per byte.
 *
 * @throws NodeStartError when it is not there, is no regular file, or others may read it
 */
export function readPrivateFile(path: string, file: PrivateFile): string {
  const text = readPrivateFileIfPresent(path, file);
  if (text === null) throw refusal(`the ${file.what} ${path} does not exist`);
  return text;
}

/** The same; null when there is no such file. */
export function readPrivateFileIfPresent(
  path: string,
  { what, bytesMax }: PrivateFile,
): string | null {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | NO_FOLLOW);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null;
    const reason = error instanceof Error ? error.message : String(error);
    const why = isCode(error, 'ELOOP') ? 'it is a symbolic link' : reason;
    throw refusal(`cannot read the ${what} ${path}: ${why}`, error);
  }
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) throw refusal(`the ${what} ${path} is not a regular file`);
    if (process.platform !== 'win32' && (stat.mode & OTHERS_MASK) !== 0) {
      const mode = (stat.mode & 0o777).toString(8);
      throw refusal(
        `the ${what} ${path} can be read or changed by others (mode ${mode}); ` +
          `run: chmod 600 '${path}'`,
      );
    }
    if (stat.size > bytesMax) {
      throw refusal(`the ${what} ${path} is larger than ${bytesMax} bytes`);
    }
    return readFileSync(file, 'latin1');
  } finally {
    closeSync(file);
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

function refusal(message: string, cause?: unknown): NodeStartError {
  return new NodeStartError('OPTIONS', message, { cause });
}
