import fc from 'fast-check';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import type { EventView } from '../../../main/contract/model.ts';
import type { AboutFile } from '../../../main/host/recording/file-records.ts';
import { ImportedRecording } from '../../../main/host/recording/imported-recording.ts';
import { RecordingImport } from '../../../main/host/recording/recording-import.ts';
import type { RecordingReader } from '../../../main/host/recording/recording-reader.ts';
import { ABOUT, eventOf, fileOf, openRecorder, pictureOf, START_MS } from './saved-fixture.ts';

/** Something that happens in a cluster, so long after what was before it. */
type Happening =
  | { readonly kind: 'picture'; readonly afterMs: number }
  | { readonly kind: 'event'; readonly afterMs: number; readonly at: number; readonly type: string }
  | { readonly kind: 'flush'; readonly afterMs: number };

const afterMs = fc.oneof(
  fc.integer({ min: 1, max: 900 }),
  fc.double({ min: 0.01, max: 20, noNaN: true }),
);
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('picture' as const), afterMs }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('event' as const),
      afterMs,
      at: fc.integer({ min: 1, max: 3 }),
      type: fc.constantFrom(
        'role',
        'vote-answered',
        'committed',
        'sent',
        'process-exited',
        'fault',
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('flush' as const), afterMs }) },
);

const FIELDS: Readonly<Record<string, Record<string, unknown>>> = {
  role: { role: 'leader', leaderId: '2', reason: 'won' },
  'vote-answered': { preVote: false, candidate: '2', granted: true, reason: 'granted' },
  committed: { commitIndex: 99 },
  sent: { to: '1', entries: 1 },
  'process-exited': { reason: 'SIGKILL', asked: 'kill' },
  fault: { id: 'f1', kind: 'link-drop', description: 'it was “dropped”', state: 'in force' },
};

/** Opens the bytes of a file as another machine would, in pieces of the given sizes. */
async function opened(
  folder: string,
  file: Buffer,
  about: AboutFile,
  pieces: readonly number[],
): Promise<ImportedRecording> {
  const place = join(folder, 'copy');
  const work = await RecordingImport.begin(join(place, 'recording'), file.length);
  let start = 0;
  for (let at = 0; start < file.length; at += 1) {
    const size = pieces[at % pieces.length] ?? file.length;
    await work.take(file.subarray(start, start + size));
    start += size;
  }
  const { output } = await work.finish();
  const kept = { ...about, id: 'c1', fileName: 'lab.raftdeck-recording', sizeBytes: file.length };
  return new ImportedRecording(place, { opened: kept, output }, () => undefined);
}

/** Everything that a reader answers about the stretch, but for the line that reaches the cluster. */
async function answers(reader: RecordingReader, times: readonly number[]): Promise<unknown[]> {
  const all: unknown[] = [];
  for (const atMs of times) {
    const moment = await reader.moment(atMs);
    const { view, ...rest } = moment ?? { view: null };
    all.push({ atMs, view: view === null ? null : { ...view, connectCommand: null }, ...rest });
    for (const kind of ['event', 'term', 'bookmark'] as const) {
      all.push(await reader.step(atMs, 'next', kind), await reader.step(atMs, 'previous', kind));
    }
    const { outline, endMs, gaps, ...lanes } = await reader.read(atMs, atMs + 5_000);
    all.push(lanes, await reader.metrics(atMs - 3_000, atMs + 5_000));
  }
  return all;
}

test('what is saved and opened elsewhere answers as the original: moments, steps, lanes, figures', async () => {
  const script = fc.array(happening, { minLength: 1, maxLength: 60 });
  const pieces = fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(script, pieces, fc.gen(), async (happenings, sizes, gen) => {
      const { folder, recorder, reader } = openRecorder();
      let timeMs = START_MS;
      const now = { leaderId: '1', term: 3, commitIndex: 100 };
      recorder.view(pictureOf(timeMs, now));
      for (const [sequence, one] of happenings.entries()) {
        timeMs += one.afterMs;
        if (one.kind === 'flush') await recorder.flush();
        else if (one.kind === 'picture') {
          recorder.view(pictureOf(Math.floor(timeMs), { ...now, commitIndex: 100 + sequence }));
        } else {
          const node = String(one.at);
          const fields = { ...FIELDS[one.type], term: 3 + sequence };
          recorder.events([eventOf(sequence + 1, node, timeMs, one.type, fields)]);
        }
      }
      await reader.addBookmark(START_MS + (timeMs - START_MS) / 2, 'the middle');
      const about = { ...ABOUT, toMs: Math.ceil(timeMs) };
      const copy = await opened(folder, await fileOf(recorder, about), about, sizes);
      try {
        const share = fc.double({ min: 0, max: 1, noNaN: true });
        const times = [
          START_MS,
          timeMs,
          ...[1, 2, 3].map(() => START_MS + (timeMs - START_MS) * gen(() => share)),
        ];
        expect(await answers(copy.reader, times)).toEqual(await answers(reader, times));
      } finally {
        await copy.release();
        await recorder.close();
        rmSync(folder, { recursive: true, force: true });
      }
    }),
    { numRuns: 10 },
  );
});

test('a stretch from the middle is as it was, with what its first moments look back on, and no more', async () => {
  const { folder, recorder, reader } = openRecorder();
  const events: EventView[] = [];
  for (let at = 0; at < 240; at += 1) {
    const timeMs = START_MS + at * 500;
    const leaderId = at < 130 ? '1' : '2';
    recorder.view(pictureOf(timeMs, { leaderId, term: 3, commitIndex: at }));
    events.push(eventOf(2 * at, '3', timeMs + 100, 'vote-requested', { term: at, to: '1' }));
    events.push(eventOf(2 * at + 1, '2', timeMs + 200, 'sent', { to: '1', entries: at }));
    if (at % 10 === 0) {
      recorder.events(events.splice(0));
      await recorder.flush();
    }
  }
  recorder.events(events);
  const about = { ...ABOUT, fromMs: START_MS + 60_250, toMs: START_MS + 90_250 };
  const output = [START_MS, START_MS + 70_000, START_MS + 91_000].map((timeMs) => {
    return { nodeId: '2', timeMs, stream: 'stderr', text: `it is ${String(timeMs)}` } as const;
  });
  const file = await fileOf(recorder, about, output);
  const copy = await opened(folder, file, about, [file.length]);
  const times = Array.from({ length: 12 }, (_, at) => about.fromMs + at * 2_500);
  const shown = async (of: RecordingReader): Promise<unknown[]> =>
    Promise.all(
      times.map(async (atMs) => {
        const moment = await of.moment(atMs);
        const view = moment === null ? null : { ...moment.view, connectCommand: null };
        const { before, marks, samples } = await of.read(atMs, atMs + 2_000);
        return {
          ...moment,
          view,
          before,
          marks,
          samples,
          step: await of.step(atMs, 'next', 'event'),
        };
      }),
    );
  expect(await shown(copy.reader)).toEqual(await shown(reader));
  expect(copy.output.map(({ timeMs }) => timeMs)).toEqual([START_MS + 70_000]);
  // Nothing before it and nothing behind it, whatever it took to show its first moments.
  expect(await copy.reader.moment(about.fromMs - 1)).toBeNull();
  expect(await copy.reader.step(about.fromMs + 10, 'previous', 'event')).toBeNull();
  expect(await copy.reader.step(about.toMs - 10, 'next', 'event')).toBeNull();
  const { before, marks, startMs } = await copy.reader.read(START_MS, START_MS + 120_000);
  // A stretch that reaches further back begins with what the nodes were when the recording begins.
  expect(before).toEqual((await reader.read(about.fromMs, about.toMs)).before);
  expect(before).not.toEqual([]);
  expect(startMs).toBe(about.fromMs);
  expect([marks[0]?.timeMs, marks.at(-1)?.timeMs]).toEqual([START_MS + 60_600, START_MS + 90_100]);
  // Half a minute of it, not the two minutes that were recorded.
  expect(file.length).toBeLessThan((await fileOf(recorder, { toMs: START_MS + 120_000 })).length);
  await copy.release();
  await recorder.close();
  rmSync(folder, { recursive: true, force: true });
});
