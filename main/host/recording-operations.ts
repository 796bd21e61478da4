import { hostname } from 'node:os';

import type { CallRequest } from '../contract/check.ts';
import type { Result } from '../contract/errors.ts';
import type { HostApi, NodeRef } from '../contract/host-api.ts';
import type { MetricsView } from '../contract/metrics.ts';
import type { OutputLine } from '../contract/model.ts';
import type { BookmarkView, MomentView, RecordingView } from '../contract/recording.ts';
import { RECORDING_EXTENSION, type RecordingStretch } from '../contract/recording-file.ts';
import type { ClusterRegistry } from './cluster-registry.ts';
import type { ByteSink } from './downloads.ts';
import { causeOf, DONE, failure } from './failure.ts';
import type { ManagedCluster } from './managed-cluster.ts';
import type { ManagedNode } from './managed-node.ts';
import { pastOutput } from './output-batch.ts';
import { writeRecordingFile } from './recording/file-format.ts';
import type { OpenedRecordings } from './recording/opened-recordings.ts';
import type { RecordingReader } from './recording/recording-reader.ts';
import { savedRecords } from './recording/save-recording.ts';

/** A recording, whatever it is of. */
interface FoundRecording {
  readonly name: string;
  readonly reader: RecordingReader;
}

/** The calls that read a recording: of a cluster, or opened from a file. */
export class RecordingCalls {
  readonly #clusters: ClusterRegistry;
  readonly #opened: OpenedRecordings;

  constructor(clusters: ClusterRegistry, opened: OpenedRecordings) {
    this.#clusters = clusters;
    this.#opened = opened;
  }

  read(request: CallRequest<'readRecording'>): Promise<Result<RecordingView>> {
    return this.#with(request.clusterId, async ({ reader }) => {
      return { ok: true, value: await reader.read(request.fromMs, request.toMs) };
    });
  }

  metrics(request: CallRequest<'readMetrics'>): Promise<Result<MetricsView>> {
    return this.#with(request.clusterId, async ({ reader }) => {
      return { ok: true, value: await reader.metrics(request.fromMs, request.toMs) };
    });
  }

  moment(request: CallRequest<'readMoment'>): Promise<Result<MomentView>> {
    return this.#with(request.clusterId, async ({ name, reader }) => {
      const moment = await reader.moment(request.atMs);
      if (moment !== null) return { ok: true, value: moment };
      return failure('E_NOT_FOUND', `Nothing was recorded of ${name} up to that time.`);
    });
  }

  step(request: CallRequest<'findStep'>): ReturnType<HostApi['findStep']> {
    return this.#with(request.clusterId, async ({ reader }) => {
      const { atMs, direction, kind } = request;
      return { ok: true, value: await reader.step(atMs, direction, kind) };
    });
  }

  addBookmark(request: CallRequest<'addBookmark'>): Promise<Result<BookmarkView>> {
    return this.#with(request.clusterId, ({ reader }) =>
      reader.addBookmark(request.atMs, request.label),
    );
  }

  removeBookmark(request: CallRequest<'removeBookmark'>): Promise<Result<null>> {
    return this.#with(request.clusterId, ({ reader }) => reader.removeBookmark(request.bookmarkId));
  }

  /** What a node printed: what is kept of it, or what was saved. */
  async nodeOutput(request: NodeRef): Promise<Result<readonly OutputLine[]>> {
    const opened = this.#opened.find(request.clusterId);
    if (opened === undefined) {
      const output = async (node: ManagedNode): Promise<Result<readonly OutputLine[]>> => {
        return { ok: true, value: node.output() };
      };
      return this.#clusters.withNode(request, output);
    }
    const lines = opened.output.filter(({ nodeId }) => nodeId === request.nodeId);
    return { ok: true, value: lines };
  }

  /** What a new listener to a topic of an opened recording gets; false when there is none of that id. */
  present(
    topic: 'cluster' | 'events' | 'output',
    recordingId: string,
    listener: (payload: unknown) => void,
  ): boolean {
    const recording = this.#opened.find(recordingId);
    if (recording === undefined) return false;
    if (topic === 'output') listener({ clusterId: recordingId, lines: recording.output });
    if (topic === 'cluster') {
      void recording.last().then((view) => {
        if (view !== null) listener(view);
      });
    }
    return true;
  }

  async #with<T>(
    clusterId: string,
    work: (recording: FoundRecording) => Promise<Result<T>>,
  ): Promise<Result<T>> {
    const opened = this.#opened.find(clusterId);
    if (opened !== undefined)
      return work({ name: opened.opened.clusterName, reader: opened.reader });
    return this.#clusters.withCluster(clusterId, ({ name, recording }) =>
      work({ name, reader: recording.reader }),
    );
  }
}

/** A stretch of a cluster's recording as a file on its way. */
export interface RecordingToSave {
  readonly fileName: string;
  readonly send: (sink: ByteSink) => Promise<Result<null>>;
}

/**
 * Prepares a stretch of a cluster's recording for saving; E_NOT_FOUND when nothing was recorded then.
 *
 * @param version of this app, for the file
 */
export async function recordingToSave(
  cluster: ManagedCluster,
  { fromMs, toMs }: RecordingStretch,
  version: string,
): Promise<Result<RecordingToSave>> {
  const { name, recording } = cluster;
  const nowMs = Date.now();
  const store = await recording.reader.flushed();
  const startMs = store?.indexes.frames.first?.fromMs;
  const endMs = store?.sessions.at(-1)?.toMs;
  const from = Math.max(fromMs ?? 0, startMs ?? Infinity);
  const to = Math.min(toMs ?? nowMs, endMs ?? -Infinity);
  if (store === null || from > to) {
    return failure('E_NOT_FOUND', `Nothing was recorded of ${name} in that time.`);
  }
  const about = {
    version,
    clusterName: name,
    host: hostname(),
    savedAtMs: nowMs,
    fromMs: from,
    toMs: to,
    nodes: cluster.members().length,
  };
  const at = new Date(to).toISOString().slice(0, 19).replaceAll(':', '-');
  const send = async (sink: ByteSink): Promise<Result<null>> => {
    try {
      await writeRecordingFile(savedRecords(about, store, pastOutput(cluster.nodes())), sink);
      return DONE;
    } catch (error) {
      return failure('E_IO', `The recording could not be read to its end: ${causeOf(error)}.`);
    }
  };
  return { ok: true, value: { fileName: `${name}-${at}Z${RECORDING_EXTENSION}`, send } };
}
