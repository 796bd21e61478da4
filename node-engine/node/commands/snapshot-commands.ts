import { createHash } from 'node:crypto';

import { OK, errorReply } from '../../resp/value.ts';
import type { Reply } from '../../resp/value.ts';
import type { SnapshotStore } from '../../snapshot/snapshot-store.ts';
import { LATER } from './command.ts';
import type { Call } from './command.ts';
import { takeSnapshot } from './peer-commands.ts';
import type { Subcommand } from './spec.ts';

/** Most bytes in one reply of RAFT SNAPSHOT READ; more are read with RANGE. */
const READ_BYTES_MAX = 16 * 1024 * 1024;
/** Read at once to hash a file. */
const HASH_BYTES = 1024 * 1024;

const NO_SUCH = errorReply('ERR no such snapshot on this node');

function snapshotRow(snapshot: {
  readonly id: string;
  readonly sizeBytes: number;
  readonly madeAtMs: number;
  readonly lastIncludedIndex: number;
  readonly lastIncludedTerm: number;
}): Reply {
  return {
    type: 'map',
    entries: [
      ['id', snapshot.id],
      ['size', String(snapshot.sizeBytes)],
      ['timestamp', String(BigInt(snapshot.madeAtMs) * 1_000_000n)],
      ['index', String(snapshot.lastIncludedIndex)],
      ['term', String(snapshot.lastIncludedTerm)],
    ],
  };
}

function verify(call: Call, texts: readonly string[]): Reply | typeof LATER {
  const [id = ''] = texts;
  if (call.node.snapshots.path(id) === null) return NO_SUCH;
  call.node.snapshots.verify(id, (error) => {
    call.reply(error === null ? OK : errorReply(`ERR snapshot ${id}: ${error.message}`));
  });
  return LATER;
}

/** The path; with SHA256 also the hash of the whole file, as `sha256sum` gives it. */
function file(call: Call, texts: readonly string[]): Reply | typeof LATER {
  const [id = '', word] = texts;
  if (word !== undefined && word.toUpperCase() !== 'SHA256') return errorReply('ERR syntax error');
  const { snapshots } = call.node;
  // Only ids of the list have a path: nothing that was typed ever becomes part of one.
  const path = snapshots.path(id);
  if (path === null) return NO_SUCH;
  if (word === undefined) return path;
  hashOf(snapshots, id).then(
    (hash) => {
      call.reply([path, hash]);
    },
    (error: unknown) => {
      call.reply(failed(id, error));
    },
  );
  return LATER;
}

function read(call: Call, texts: readonly string[]): Reply | typeof LATER {
  const [id = '', word, offsetText = '', limitText = ''] = texts;
  const { snapshots } = call.node;
  const found = snapshots.list().find((snapshot) => snapshot.id === id);
  if (found === undefined) return NO_SUCH;
  if (word !== undefined && (word.toUpperCase() !== 'RANGE' || texts.length !== 4)) {
    return errorReply('ERR syntax error');
  }
  if (word === undefined && found.sizeBytes > READ_BYTES_MAX) {
    return errorReply(
      `ERR the snapshot has ${String(found.sizeBytes)} bytes and a reply at most ` +
        `${String(READ_BYTES_MAX)}. Read it with RANGE offset limit.`,
    );
  }
  const offset = word === undefined ? 0 : wholeNumber(offsetText);
  const limit = word === undefined ? READ_BYTES_MAX : wholeNumber(limitText);
  if (offset === null || limit === null || limit === 0) return errorReply('ERR syntax error');
  readBytes(snapshots, id, offset, Math.min(limit, READ_BYTES_MAX)).then(
    (data) => {
      call.reply(data.length === 0 ? null : data);
    },
    (error: unknown) => {
      call.reply(failed(id, error));
    },
  );
  return LATER;
}

async function hashOf(snapshots: SnapshotStore, id: string): Promise<string> {
  const hash = createHash('sha256');
  for (let offset = 0; ;) {
    const data = await readBytes(snapshots, id, offset, HASH_BYTES);
    if (data.length === 0) return hash.digest('hex');
    hash.update(data);
    offset += data.length;
  }
}

function readBytes(
  snapshots: SnapshotStore,
  id: string,
  offset: number,
  bytesMax: number,
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    snapshots.readFile({ id, offset, bytesMax }, (error, bytes) => {
      if (bytes !== null) resolve(bytes.data);
      else reject(error ?? new Error('nothing was read'));
    });
  });
}

function wholeNumber(text: string): number | null {
  return /^\d{1,15}$/u.test(text) ? Number(text) : null;
}

function failed(id: string, error: unknown): Reply {
  const message = error instanceof Error ? error.message : String(error);
  return errorReply(`ERR snapshot ${id}: ${message}`);
}

/** RAFT SNAPSHOT …. */
export const SNAPSHOT_SUBCOMMANDS: readonly Subcommand[] = [
  {
    words: 'SNAPSHOT NOW',
    argumentsMin: 0,
    argumentsMax: 0,
    summary: "Makes a snapshot of this node's machine.",
    usage: 'RAFT SNAPSHOT NOW',
    administrative: true,
    run: (call) =>
      takeSnapshot(call, (id) => {
        const made = call.node.snapshots.list().find((snapshot) => snapshot.id === id);
        return made === undefined ? null : snapshotRow(made);
      }),
  },
  {
    words: 'SNAPSHOT LIST',
    argumentsMin: 0,
    argumentsMax: 0,
    summary: "Returns this node's snapshots, newest first.",
    usage: 'RAFT SNAPSHOT LIST',
    run: (call) => call.node.snapshots.list().map(snapshotRow),
  },
  {
    words: 'SNAPSHOT FILE',
    argumentsMin: 1,
    argumentsMax: 2,
    summary: 'Returns the path of a snapshot; with SHA256 also the hash of the file.',
    usage: 'RAFT SNAPSHOT FILE id [SHA256]',
    run: file,
  },
  {
    words: 'SNAPSHOT READ',
    argumentsMin: 1,
    argumentsMax: 4,
    summary:
      'Returns the bytes of a snapshot file, up to 16 MiB at once; nil behind its end. ' +
      '`raftdeck restore` takes them.',
    usage: 'RAFT SNAPSHOT READ id [RANGE offset limit]',
    run: read,
  },
  {
    words: 'SNAPSHOT VERIFY',
    argumentsMin: 1,
    argumentsMax: 1,
    summary: 'Reads a snapshot and checks every checksum.',
    usage: 'RAFT SNAPSHOT VERIFY id',
    run: verify,
  },
];
