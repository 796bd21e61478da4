import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { ClusterView, EventView, OutputLine } from '../../../main/contract/model.ts';
import { computeHealth } from '../../../main/host/health.ts';
import { writeRecordingFile } from '../../../main/host/recording/file-format.ts';
import type { AboutFile } from '../../../main/host/recording/file-records.ts';
import { Recorder } from '../../../main/host/recording/recorder.ts';
import { RecordingReader } from '../../../main/host/recording/recording-reader.ts';
import { recordingLimits } from '../../../main/host/recording/recording-store.ts';
import { savedRecords } from '../../../main/host/recording/save-recording.ts';
import { leaderStatusOf, nodeOf, statusOf } from '../status-fixture.ts';

/** What a recorder is told begins here; not at a time of the fixtures, for sessions have real ones. */
export const START_MS = Date.now();

/** A recorder in a folder of its own, and who reads what it writes. */
export function openRecorder(): {
  readonly folder: string;
  readonly recorder: Recorder;
  readonly reader: RecordingReader;
} {
  const folder = mkdtempSync(join(tmpdir(), 'raftdeck-saved-'));
  const recorder = new Recorder({
    folder: join(folder, 'original'),
    heard: () => new Map(),
    log: () => undefined,
    limits: recordingLimits(224),
  });
  return { folder, recorder, reader: new RecordingReader('c1', recorder) };
}

/** Three nodes as they were at `timeMs`. */
export function pictureOf(
  timeMs: number,
  now: { readonly leaderId: string; readonly term: number; readonly commitIndex: number },
): ClusterView {
  const { leaderId, term, commitIndex } = now;
  const nodes = ['1', '2', '3'].map((id) => {
    const said = {
      timeMs,
      term,
      commitIndex,
      lastIndex: commitIndex,
      leaderId,
      votedFor: leaderId,
    };
    const isLeader = id === leaderId;
    const status = isLeader ? leaderStatusOf(id, ['1', '2', '3'], said) : statusOf(id, said);
    return nodeOf(status, { heardAtMs: timeMs });
  });
  const health = computeHealth({
    nodes,
    nowMs: timeMs,
    starting: false,
    leaderChangedAtMs: START_MS,
    lagMs: () => null,
  });
  const about = { id: 'c1', name: 'lab', createdAtMs: 0, machine: 'kv', directory: '/nowhere' };
  const connectCommand = 'redis-cli -c -p 7481';
  return { ...about, health, nodes, operation: null, connectCommand, timeMs };
}

/** A traced event, or one that the host saw. */
export function eventOf(
  sequence: number,
  nodeId: string,
  timeMs: number,
  type: string,
  fields: Record<string, unknown> = {},
): EventView {
  const nodeSequence = type.startsWith('process') ? null : sequence;
  return { sequence, clusterId: 'c1', nodeId, nodeSequence, timeMs, type, fields };
}

export const ABOUT: AboutFile = {
  version: '0.1.0',
  clusterName: 'lab',
  host: 'elsewhere',
  savedAtMs: START_MS,
  fromMs: START_MS,
  toMs: START_MS + 60_000,
  nodes: 3,
};

/** What was recorded, as the bytes of a file. */
export async function fileOf(
  recorder: Recorder,
  about: Partial<AboutFile> = {},
  output: readonly OutputLine[] = [],
): Promise<Buffer> {
  await recorder.flush();
  const store = await recorder.store();
  if (store === null) throw new Error('the recorder has no store');
  const pieces: Uint8Array[] = [];
  await writeRecordingFile(savedRecords({ ...ABOUT, ...about }, store, output), async (bytes) => {
    pieces.push(bytes);
  });
  return Buffer.concat(pieces);
}
