import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  constants,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

import { NodeStartError } from './node-options.ts';
import { SECRET_BYTES_MAX, SECRET_BYTES_MIN } from './option-rules.ts';
import { readPrivateFileIfPresent } from './private-file.ts';

const LOCAL_SECRET_BYTES = 32;
/** Read and write for the owner alone. */
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;
/** Windows has neither the flag nor these permission bits. */
const NO_FOLLOW = process.platform === 'win32' ? 0 : constants.O_NOFOLLOW;

/** Where the nodes that this user runs on this machine have their secret. */
export function localSecretPath(home: string): string {
  return join(home, 'local.secret');
}

/**
 * The secret that this user's nodes on this machine share. Made at the first use, by exactly one of
 * the processes that ask at the same time; the others read what that one made.
 *
 * @throws NodeStartError when it cannot be read or made, or when others may read it
 */
export function localSecret(home: string): Uint8Array {
  const path = localSecretPath(home);
  try {
    mkdirSync(home, { recursive: true, mode: FOLDER_MODE });
    const present = readIfPresent(path);
    if (present !== null) return present;
    makeSecret(path);
    return readSecretFile(path);
  } catch (error) {
    if (error instanceof NodeStartError) throw error;
    throw refusal(`cannot make the secret ${path}: ${reasonOf(error)}`, error);
  }
}

/**
 * A cluster's secret from a file: the whole content without white space around it.
 *
 * @throws NodeStartError when it cannot be read, is too short, or may be read by others
 */
export function readSecretFile(path: string): Uint8Array {
  const secret = readIfPresent(path);
  if (secret === null) throw refusal(`the secret file ${path} does not exist`);
  return secret;
}

function readIfPresent(path: string): Uint8Array | null {
  const text = readPrivateFileIfPresent(path, { what: 'secret file', bytesMax: SECRET_BYTES_MAX });
  if (text === null) return null;
  const secret = Buffer.from(text.trim(), 'latin1');
  if (secret.length < SECRET_BYTES_MIN) {
    throw refusal(
      `the secret file ${path} holds ${secret.length} bytes; at least ${SECRET_BYTES_MIN} are needed`,
    );
  }
  return secret;
}

/** Another process sees the file whole or not at all: it gets its name once it is complete. */
function makeSecret(path: string): void {
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | NO_FOLLOW;
  const file = openSync(temporary, flags, FILE_MODE);
  try {
    writeSync(file, `${randomBytes(LOCAL_SECRET_BYTES).toString('hex')}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  try {
    // The umask may have taken more than others' permissions; our own are needed.
    chmodSync(temporary, FILE_MODE);
    linkSync(temporary, path);
  } catch (error) {
    // Another process was first: its secret is the one.
    if (!isCode(error, 'EEXIST')) throw error;
  } finally {
    unlinkSync(temporary);
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

function refusal(message: string, cause?: unknown): NodeStartError {
  return new NodeStartError('OPTIONS', message, { cause });
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
