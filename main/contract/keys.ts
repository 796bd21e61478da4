import type { Result } from './errors.ts';

/*
 * Keys and values are bytes, not text: on this boundary each is base64.
 */

/** Most bytes of a value that one call carries, in either direction. */
export const VALUE_PIECE_MAX = 512 * 1024;
/** Most keys that one page asks SCAN to look at. */
export const KEYS_PAGE_MAX = 5_000;
/** Most keys that are described at once. */
export const KEYS_DESCRIBED_MAX = 200;
/** Bytes at the start of a value that come with its description. */
export const VALUE_START_BYTES = 64;

/** Who is asked: a node at low consistency (its own state, perhaps stale), or the leader when null. */
export interface KeySource {
  readonly clusterId: string;
  readonly nodeId: string | null;
}

/** Who answered, and how far its state had come by then. */
export interface KeyReader {
  readonly nodeId: string;
  readonly appliedIndex: number;
  readonly term: number;
}

/** Some of the keys, as SCAN gives them: in no order, and one that is written meanwhile perhaps not. */
export interface KeyPage extends KeyReader {
  readonly keys: readonly string[];
  /** Where to go on; '0' at the end. */
  readonly cursor: string;
  /** All keys that the node has (DBSIZE), whatever the pattern. */
  readonly total: number;
}

/** A key at the moment it was asked for. */
export interface KeyFacts {
  readonly key: string;
  /** False when it is gone: expired, deleted. */
  readonly exists: boolean;
  /** As TYPE says: 'string'. */
  readonly type: string;
  readonly sizeBytes: number;
  /** Unix ms; null when it does not expire. */
  readonly expiresAtMs: number | null;
  /** The first bytes of the value. */
  readonly start: string;
}

/** A piece of a value. */
export interface ValuePiece extends KeyReader {
  readonly facts: KeyFacts;
  readonly offset: number;
  readonly bytes: string;
}

/** What one member holds under a key. */
export type KeyCopy =
  | {
      readonly nodeId: string;
      readonly state: 'read';
      readonly exists: boolean;
      readonly sizeBytes: number;
      /** SHA-256 of the value, hexadecimal; null without the key. */
      readonly sha256: string | null;
      readonly expiresAtMs: number | null;
      /** The applied index before and after it was read: the value is that of an entry in between. */
      readonly fromIndex: number;
      readonly toIndex: number;
    }
  | { readonly nodeId: string; readonly state: 'failed'; readonly message: string };

/** What is to be done to a key. Each is one command to the leader, one entry of the log. */
export type KeyChangeRequest =
  /** SET … NX: only while there is no such key. */
  | { readonly type: 'create'; readonly value: string; readonly ttlMs: number | null }
  /** SET … XX KEEPTTL: only while there is such a key. */
  | { readonly type: 'set'; readonly value: string }
  | { readonly type: 'expire'; readonly ttlMs: number }
  | { readonly type: 'persist' }
  | { readonly type: 'delete' };

/** What came of it. */
export interface KeyChange extends KeyReader {
  /** False when the key was not as the change needs it; nothing was changed then. */
  readonly done: boolean;
  /** What the change replaced or removed; null when there was nothing, or it is too long to be carried. */
  readonly before: string | null;
  readonly elapsedMs: number;
}

/** The calls about keys and values. They fail with E_STATE for a machine that has no keys. */
export interface KeyCalls {
  /** SCAN from `cursor` on ('0' begins), among `count` keys those that match the glob `match`. */
  scanKeys(
    request: KeySource & {
      readonly cursor: string;
      /** A glob as SCAN takes it, base64; null for all. */
      readonly match: string | null;
      readonly count: number;
    },
  ): Promise<Result<KeyPage>>;
  describeKeys(
    request: KeySource & { readonly keys: readonly string[] },
  ): Promise<Result<readonly KeyFacts[]>>;
  /** GETRANGE: `limit` bytes from `offset` on. */
  readValue(
    request: KeySource & { readonly key: string; readonly offset: number; readonly limit: number },
  ): Promise<Result<ValuePiece>>;
  /** Reads the key on every member at low consistency, all at once. */
  compareKey(request: {
    readonly clusterId: string;
    readonly key: string;
  }): Promise<Result<readonly KeyCopy[]>>;
  changeKey(request: {
    readonly clusterId: string;
    readonly key: string;
    readonly change: KeyChangeRequest;
  }): Promise<Result<KeyChange>>;
}
