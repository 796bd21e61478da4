import type { Result } from '../../../main/contract/errors.ts';
import type { ClusterView } from '../../../main/contract/model.ts';
import type { RecordingView } from '../../../main/contract/recording.ts';
import type { AppState } from '../../state/app-state.ts';
import { type Trouble, troublesOf } from './troubles.ts';

/** What a report tells. */
export interface ReportStory {
  /** The cluster as it was at the end. */
  readonly view: ClusterView;
  readonly recording: RecordingView;
  /** What was amiss in that time, and why. */
  readonly troubles: readonly Trouble[];
}

/** The stretch of the recording, the cluster at its end, and what was found to be wrong in between. */
export async function readReport(
  app: Pick<AppState, 'api'>,
  clusterId: string,
  fromMs: number,
  toMs: number,
): Promise<Result<ReportStory>> {
  const [recording, moment] = await Promise.all([
    app.api.readRecording({ clusterId, fromMs, toMs }),
    app.api.readMoment({ clusterId, atMs: toMs }),
  ]);
  if (!recording.ok) return recording;
  if (!moment.ok) return moment;
  // A young cluster has no five minutes: the time before it was there is no part of the story.
  const beginMs = Math.max(fromMs, recording.value.startMs ?? fromMs);
  const told = { ...recording.value, fromMs: Math.min(beginMs, toMs) };
  const troubles = await troublesOf(told.samples, moment.value, async (atMs) => {
    const past = await app.api.readMoment({ clusterId, atMs });
    return past.ok ? past.value : null;
  });
  return { ok: true, value: { view: moment.value.view, recording: told, troubles } };
}

/** A name that every file system takes. */
export function reportFileName(clusterName: string, atMs: number): string {
  const plain = clusterName.replace(/[^\p{L}\p{N}._-]+/gu, '-').replace(/^[-.]+|[-.]+$/g, '');
  const at = new Date(atMs).toISOString().slice(0, 19).replaceAll(':', '-');
  return `${plain.slice(0, 60) || 'cluster'}-${at}Z`;
}

/** Gives the browser a file to keep; nothing leaves the machine. */
export function saveFile(name: string, type: string, content: string): void {
  const url = URL.createObjectURL(new Blob([content], { type: `${type};charset=utf-8` }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser has taken it by then, or never will.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
