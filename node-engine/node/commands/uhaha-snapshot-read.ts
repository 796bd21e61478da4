import { join } from 'node:path';

import { SYNTAX_ERROR } from '../../machine/command-errors.ts';
import { errorReply } from '../../resp/value.ts';
import type { Reply } from '../../resp/value.ts';
import { gzipRange } from '../stored-gzip.ts';
import { LATER } from './command.ts';
import type { Call } from './command.ts';

/** Most bytes in one reply; more are read with RANGE. */
const READ_BYTES_MAX = 16 * 1024 * 1024;

/** RAFT SNAPSHOT READ as Uhaha has it: the bytes of a gzip file, here with our snapshot inside. */
export function readAsGzip(call: Call, texts: readonly string[]): Reply | typeof LATER {
  const [id = '', word, offsetText = '', limitText = ''] = texts;
  if (word !== undefined && (word.toUpperCase() !== 'RANGE' || texts.length !== 4)) {
    return SYNTAX_ERROR;
  }
  const { snapshots, settings } = call.node;
  const found = snapshots.list().find((snapshot) => snapshot.id === id);
  if (found === undefined) {
    const name = id.replace(/[^\w.-]/g, '?').slice(0, 64);
    const path = join(settings.directory, 'snapshots', name);
    return errorReply(`ERR open ${path}: no such file or directory`);
  }
  const offset = word === undefined ? 0 : wholeNumber(offsetText);
  const limit = word === undefined ? READ_BYTES_MAX : wholeNumber(limitText);
  if (offset === null || limit === null || limit === 0) return SYNTAX_ERROR;
  if (word === undefined && found.sizeBytes > READ_BYTES_MAX) {
    return errorReply('ERR the snapshot is too large for one reply; read it with RANGE');
  }
  const source = {
    size: found.sizeBytes,
    read: (from: number, bytesMax: number) =>
      new Promise<Uint8Array>((resolve, reject) => {
        snapshots.readFile({ id, offset: from, bytesMax }, (error, bytes) => {
          if (bytes !== null) resolve(bytes.data);
          else reject(error ?? new Error('nothing was read'));
        });
      }),
  };
  const most = word === undefined ? 2 * READ_BYTES_MAX : Math.min(limit, READ_BYTES_MAX);
  gzipRange(source, offset, most).then(
    (bytes) => {
      call.reply(bytes.length === 0 ? null : bytes);
    },
    (error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      call.reply(errorReply(`ERR snapshot ${id}: ${message}`));
    },
  );
  return LATER;
}

function wholeNumber(text: string): number | null {
  return /^\d{1,15}$/u.test(text) ? Number(text) : null;
}
