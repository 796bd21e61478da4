import type { Result } from './errors.ts';
import type { NodeRef } from './host-api.ts';
import type { RecordingStretch } from './recording-file.ts';

/** Where files are fetched from, on the page's own origin: this and a token, once. */
export const DOWNLOAD_PATH = '/download/';

/** What can be saved as a file. */
export type DownloadSource =
  | { readonly type: 'snapshot'; readonly nodeId: string; readonly snapshotId: string }
  /** A key's whole value, read on the leader in one command. */
  | { readonly type: 'value'; readonly key: string }
  /** A stretch of the recording, or all of it. */
  | { readonly type: 'recording'; readonly stretch: RecordingStretch };

/** A file that waits to be fetched. */
export interface DownloadOffer {
  /** The path on the page's origin; it works once, within a minute. */
  readonly path: string;
  readonly fileName: string;
}

/** What a cluster is to be made of. */
export interface RestoreRequest extends NodeRef {
  readonly snapshotId: string;
  /** Of the new cluster; the host chooses one when it is left out. */
  readonly name?: string;
  /** 1, 3, 5, 7 or 9 voters. */
  readonly nodes: number;
}

/** Which state is to replace that of the cluster it was taken in. */
export interface ReplaceRequest extends NodeRef {
  readonly snapshotId: string;
  /** The cluster's name, typed by whoever wants it. */
  readonly confirmName: string;
}

/** The calls about snapshots. */
export interface SnapshotCalls {
  prepareDownload(request: {
    readonly clusterId: string;
    readonly source: DownloadSource;
  }): Promise<Result<DownloadOffer>>;
  /**
   * Makes a new cluster with the state of a snapshot; the cluster it comes from goes on untouched.
   * Returns as soon as the new one is known; its progress is pushed in `operation`.
   */
  restoreToNewCluster(request: RestoreRequest): Promise<Result<{ readonly clusterId: string }>>;
  /**
   * Replaces the state of the running cluster by that of a snapshot (RAFT SNAPSHOT RESTORE); the state
   * before is kept as a file. E_CONFIRM without the name. Progress is pushed in `operation`.
   */
  replaceState(request: ReplaceRequest): Promise<Result<null>>;
}
