import type { OutputLine } from '../../contract/model.ts';
import type { FileRecord } from './file-format.ts';
import { type AboutFile, readRecord } from './file-records.ts';
import type { RecordingStore } from './recording-store.ts';

/** What a moment looks back on: the figures of a minute, the campaigns of half of one. */
const LEAD_MS = 60_000;
/** So many lines are one record. */
const LINES_MAX = 200;

/** A stretch of a recording as the records of a file, in the order in which they are written. */
export async function* savedRecords(
  about: AboutFile,
  store: RecordingStore,
  output: readonly OutputLine[],
): AsyncGenerator<FileRecord> {
  const { fromMs, toMs } = about;
  yield { kind: 'about', json: JSON.stringify(about) };
  for await (const record of store.stretch(fromMs, toMs, LEAD_MS)) {
    const read = readRecord(record);
    // What the disk has damaged is passed over here as it is by whoever looks at the recording.
    if (read === null) continue;
    if (read.kind === 'session') {
      const session = clipped(read.value, about);
      if (session !== null) yield { kind: 'session', json: JSON.stringify(session) };
    } else if (read.kind === 'bookmark') {
      const { timeMs } = read.value;
      if (timeMs >= fromMs && timeMs <= toMs) yield record;
    } else yield record;
  }
  const lines = output.filter(({ timeMs }) => timeMs >= fromMs && timeMs <= toMs);
  for (let at = 0; at < lines.length; at += LINES_MAX) {
    yield { kind: 'output', json: JSON.stringify(lines.slice(at, at + LINES_MAX)) };
  }
}

/** As much of it as lies in the stretch; null when nothing does. */
function clipped(
  session: { readonly fromMs: number; readonly toMs: number },
  { fromMs, toMs }: AboutFile,
): { readonly fromMs: number; readonly toMs: number } | null {
  if (session.toMs < fromMs || session.fromMs > toMs) return null;
  return { fromMs: Math.max(session.fromMs, fromMs), toMs: Math.min(session.toMs, toMs) };
}
