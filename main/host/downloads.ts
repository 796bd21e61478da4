import { randomBytes } from 'node:crypto';

import type { CallRequest } from '../contract/check.ts';
import type { Result } from '../contract/errors.ts';
import { DOWNLOAD_PATH, type DownloadOffer } from '../contract/snapshots.ts';
import { noSuchNode } from './cluster-operations.ts';
import { DONE, failure } from './failure.ts';
import { wholeValue } from './key-operations.ts';
import type { ManagedCluster } from './managed-cluster.ts';
import { recordingToSave } from './recording-operations.ts';
import { noSuchSnapshot, readSnapshot } from './snapshot-reader.ts';

/** Takes the next bytes of a file; the next ones come when it has resolved. */
export type ByteSink = (bytes: Uint8Array) => Promise<void>;

/** A file on its way to whoever asked for it. */
export interface Download {
  readonly fileName: string;
  /** Null when it is only known at the end: then the file itself says whether it is whole. */
  readonly sizeBytes: number | null;
  /** Sends all of it, once; whatever cuts it short is the result. */
  readonly send: (sink: ByteSink) => Promise<Result<null>>;
}

/** How long an offer waits, and how many wait at once; the oldest gives way. */
const OFFER_MS = 60_000;
const OFFERS_MAX = 32;
const TOKEN_BYTES = 32;
const NAME_MAX = 120;

interface Offer {
  readonly atMs: number;
  readonly open: () => Promise<Result<Download>>;
}

/**
 * Files that a page may fetch: offered under a token that works once. What is fetched is read from the
 * cluster, never from a path that anybody could name.
 */
export class Downloads {
  readonly #nowMs: () => number;
  readonly #offers = new Map<string, Offer>();

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  /** Offers a file; E_NOT_FOUND when there is nothing to offer. */
  async offer(
    cluster: ManagedCluster,
    { source }: CallRequest<'prepareDownload'>,
    version: string,
  ): Promise<Result<DownloadOffer>> {
    if (source.type === 'recording') {
      const saved = await recordingToSave(cluster, source.stretch, version);
      if (!saved.ok) return saved;
      const { send } = saved.value;
      const fileName = safeName(saved.value.fileName);
      return this.#add(fileName, async () => ({
        ok: true,
        value: { fileName, sizeBytes: null, send },
      }));
    }
    if (source.type === 'value') {
      const name = Buffer.from(source.key, 'base64').toString('utf8');
      const fileName = `${safeName(name) || 'value'}.bin`;
      return this.#add(fileName, () => openValue(cluster, source.key, fileName));
    }
    const { nodeId, snapshotId } = source;
    const node = cluster.node(nodeId);
    if (node === undefined) return noSuchNode(cluster, nodeId);
    const listed = node.status?.snapshots.find(({ id }) => id === snapshotId);
    if (listed === undefined) return noSuchSnapshot(node, snapshotId);
    const fileName = `${safeName(cluster.name)}-${node.name}-${snapshotId}.snapshot`;
    return this.#add(fileName, async () => {
      const send = (sink: ByteSink): Promise<Result<null>> =>
        readSnapshot(cluster, node, snapshotId, sink);
      return { ok: true, value: { fileName, sizeBytes: listed.sizeBytes, send } };
    });
  }

  /** The file that was offered with this token, which is used up by that. */
  async open(token: string): Promise<Result<Download>> {
    this.#forget(OFFERS_MAX);
    const offer = this.#offers.get(token);
    this.#offers.delete(token);
    if (offer !== undefined) return offer.open();
    return failure('E_NOT_FOUND', 'This download was fetched already, or waited too long.');
  }

  #add(fileName: string, open: Offer['open']): Result<DownloadOffer> {
    this.#forget(OFFERS_MAX - 1);
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    this.#offers.set(token, { atMs: this.#nowMs(), open });
    return { ok: true, value: { path: `${DOWNLOAD_PATH}${token}`, fileName } };
  }

  /** Forgets what is too old, and of the rest all but the newest `kept`. */
  #forget(kept: number): void {
    for (const [token, { atMs }] of this.#offers) {
      const isOld = this.#nowMs() - atMs > OFFER_MS;
      if (isOld || this.#offers.size > kept) this.#offers.delete(token);
    }
  }
}

async function openValue(
  cluster: ManagedCluster,
  key: string,
  fileName: string,
): Promise<Result<Download>> {
  const value = await wholeValue(cluster, key);
  if (!value.ok) return value;
  const bytes = value.value;
  if (bytes === null) return failure('E_NOT_FOUND', 'The key is gone: it expired or was deleted.');
  const send = async (sink: ByteSink): Promise<Result<null>> => {
    await sink(bytes);
    return DONE;
  };
  return { ok: true, value: { fileName, sizeBytes: bytes.length, send } };
}

/** A name that every file system takes, whatever stood in it before. */
function safeName(name: string): string {
  return name
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[.-]+/, '')
    .slice(0, NAME_MAX);
}
