/*
 * What the entries of a restore say. A state is far larger than an entry may be, so it comes as many:
 * one that announces it, its bytes in pieces, and one that puts it in force. All carry the restore's
 * id: a piece of one that was given up must not end in another.
 *
 *   u8 what it is   8 bytes id   the rest: JSON of `RestoreAnnounced`, or the machine's bytes, or nothing
 */

const BEGIN = 1;
const BYTES = 2;
const COMMIT = 3;
const CANCEL = 4;

const ID_BYTES = 8;
const DATA_AT = 1 + ID_BYTES;

/** What is known of a state before it comes. */
export interface RestoreAnnounced {
  /** What people call it: a snapshot's id or a file's name. */
  readonly name: string;
  /** Whose state it is. */
  readonly machine: string;
  readonly sizeBytes: number;
  /** Of the machine's bytes, in hex. */
  readonly sha256: string;
}

/** One entry of a restore. `id` is 16 hex digits. */
export type RestoreEntry =
  | { readonly type: 'begin'; readonly id: string; readonly announced: RestoreAnnounced }
  | { readonly type: 'bytes'; readonly id: string; readonly data: Uint8Array }
  | { readonly type: 'commit'; readonly id: string }
  | { readonly type: 'cancel'; readonly id: string };

/** The bytes of an entry's run. */
export function encodeRestoreEntry(entry: RestoreEntry): Uint8Array {
  switch (entry.type) {
    case 'begin':
      return joined(BEGIN, entry.id, Buffer.from(JSON.stringify(entry.announced)));
    case 'bytes':
      return joined(BYTES, entry.id, entry.data);
    case 'commit':
      return joined(COMMIT, entry.id, null);
    case 'cancel':
      return joined(CANCEL, entry.id, null);
  }
}

/**
 * The entry in a run's bytes; its data are a view of them.
 *
 * @throws Error when they are none that this version knows: then the node must not go on
 */
export function decodeRestoreEntry(bytes: Uint8Array): RestoreEntry {
  const id = Buffer.from(bytes.subarray(1, DATA_AT)).toString('hex');
  const data = bytes.subarray(DATA_AT);
  if (bytes.length < DATA_AT) throw new Error('an entry of a restore is cut short');
  switch (bytes[0]) {
    case BEGIN:
      return { type: 'begin', id, announced: decodeAnnounced(data) };
    case BYTES:
      return { type: 'bytes', id, data };
    case COMMIT:
      return { type: 'commit', id };
    case CANCEL:
      return { type: 'cancel', id };
    default:
      throw new Error('a restore has an entry that only a newer version knows');
  }
}

function joined(kind: number, id: string, data: Uint8Array | null): Uint8Array {
  const bytes = new Uint8Array(DATA_AT + (data?.length ?? 0));
  bytes[0] = kind;
  bytes.set(Buffer.from(id, 'hex'), 1);
  if (data !== null) bytes.set(data, DATA_AT);
  return bytes;
}

function decodeAnnounced(json: Uint8Array): RestoreAnnounced {
  const { name, machine, sizeBytes, sha256 } = JSON.parse(
    Buffer.from(json).toString('utf8'),
  ) as Partial<Record<keyof RestoreAnnounced, unknown>>;
  if (typeof name !== 'string' || typeof machine !== 'string' || typeof sha256 !== 'string') {
    throw new Error('a restore is announced in a way that only a newer version knows');
  }
  return { name, machine, sizeBytes: Number(sizeBytes), sha256 };
}
