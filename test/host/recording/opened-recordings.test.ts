import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';

import type { HostError, Result } from '../../../main/contract/errors.ts';
import { type OpenedRecording, RECORDING_FILE_MAX } from '../../../main/contract/recording-file.ts';
import { type FileRecord, writeRecordingFile } from '../../../main/host/recording/file-format.ts';
import { OpenedRecordings } from '../../../main/host/recording/opened-recordings.ts';
import { ABOUT, eventOf, fileOf, openRecorder, pictureOf, START_MS } from './saved-fixture.ts';

let home: string;
let opened: OpenedRecordings;
let published: readonly OpenedRecording[];
let lines: string[];
/** A small recording, whole. */
let file: Buffer;
let records: readonly FileRecord[];

beforeAll(async () => {
  const { folder, recorder } = openRecorder();
  for (let at = 0; at < 8; at += 1) {
    const timeMs = START_MS + at * 500;
    recorder.view(pictureOf(timeMs, { leaderId: '1', term: 3, commitIndex: at }));
    recorder.events([eventOf(at, '2', timeMs + 1, 'role', { role: 'leader', term: at })]);
  }
  file = await fileOf(recorder);
  await recorder.close();
  rmSync(folder, { recursive: true, force: true });
  const picture = pictureOf(START_MS, { leaderId: '1', term: 3, commitIndex: 7 });
  records = [
    { kind: 'about', json: JSON.stringify(ABOUT) },
    { kind: 'frames', json: JSON.stringify({ whole: picture, changes: [] }) },
  ];
});

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'raftdeck-opened-'));
  lines = [];
  published = [];
  await again();
});

afterEach(async () => {
  await opened.release();
  rmSync(home, { recursive: true, force: true });
});

afterAll(() => {
  records = [];
});

/** The host ends and another one begins on the same home. */
async function again(): Promise<void> {
  opened = new OpenedRecordings({
    home,
    log: (line) => lines.push(line),
    publish: (list) => {
      published = list;
    },
  });
  await opened.load();
}

/** Sends these bytes as a page does; whatever refuses them is the answer. */
async function open(bytes: Buffer, pieceBytes = 100_000): Promise<Result<OpenedRecording>> {
  const fileName = 'lab.raftdeck-recording';
  const begun = await opened.begin({ fileName, sizeBytes: bytes.length });
  if (!begun.ok) return begun;
  const { uploadId } = begun.value;
  for (let offset = 0; offset < bytes.length; offset += pieceBytes) {
    const base64 = bytes.subarray(offset, offset + pieceBytes).toString('base64');
    const sent = await opened.send({ uploadId, offset, base64 });
    if (!sent.ok) return sent;
  }
  return opened.finish({ uploadId });
}

function errorOf(result: Result<unknown>): HostError {
  if (result.ok) throw new Error('it was opened');
  return result.error;
}

function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

/** Nothing is open, and nothing of what was tried is left on the disk. */
function expectNothingLeft(): void {
  expect(opened.list()).toEqual([]);
  expect(readdirSync(join(home, 'recordings'))).toEqual([]);
}

/** A file of these records, with every checksum right. */
async function fileWith(of: readonly FileRecord[]): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  async function* all(): AsyncGenerator<FileRecord> {
    yield* of;
  }
  await writeRecordingFile(all(), async (bytes) => {
    pieces.push(bytes);
  });
  return Buffer.concat(pieces);
}

test('a file is opened, found again by the next host, and closing it removes the copy', async () => {
  const recording = valueOf(await open(file, 7));
  expect(recording).toMatchObject({ clusterName: 'lab', host: 'elsewhere', nodes: 3 });
  expect(published).toEqual([recording]);
  const last = await opened.find(recording.id)?.last();
  expect(last).toMatchObject({ id: recording.id, name: 'lab', connectCommand: null });
  await opened.release();
  await again();
  expect(opened.list()).toEqual([recording]);
  const reader = opened.find(recording.id)?.reader;
  expect((await reader?.read(START_MS, START_MS + 10_000))?.marks).toHaveLength(8);
  expect(await opened.close(recording.id)).toEqual({ ok: true, value: null });
  expect(published).toEqual([]);
  expectNothingLeft();
  expect(errorOf(await opened.close(recording.id)).code).toBe('E_NOT_FOUND');
});

test('the same file many times is so many recordings, the last first, for the next host too', async () => {
  const ids: string[] = [];
  for (let time = 0; time < 6; time += 1) ids.unshift(valueOf(await open(file)).id);
  expect(new Set(ids).size).toBe(6);
  expect(opened.list().map(({ id }) => id)).toEqual(ids);
  await opened.release();
  await again();
  expect(opened.list().map(({ id }) => id)).toEqual(ids);
});

test('a file that is cut short anywhere is refused, and nothing of it is left', async () => {
  const step = Math.max(1, Math.floor(file.length / 12));
  for (let length = 0; length < file.length; length += step) {
    const { code, message } = errorOf(await open(file.subarray(0, length)));
    expect([code, length, message]).toEqual([
      'E_ARGS',
      length,
      'lab.raftdeck-recording was not opened. It is cut short: its end is missing.',
    ]);
  }
  expectNothingLeft();
});

test('a bit that was flipped anywhere is found, and nothing of it is left', async () => {
  const step = Math.max(1, Math.floor(file.length / 24));
  for (let at = 0; at < file.length; at += step) {
    const damaged = Buffer.from(file);
    damaged.writeUInt8(damaged.readUInt8(at) ^ (1 << (at % 8)), at);
    const { code, message } = errorOf(await open(damaged));
    expect(code).toBe('E_ARGS');
    expect(message, `byte ${String(at)}`).toMatch(/not a recording|has format|damaged|cut short/);
  }
  expectNothingLeft();
});

test('what is no recording, and one of a later format, are refused at the first bytes', async () => {
  for (const other of ['RAFTSNAP and the rest', '{"json":true}', '\0'.repeat(5_000), 'RAFT']) {
    const { message } = errorOf(await open(Buffer.from(other)));
    expect(message).toMatch(/^lab\.raftdeck-recording was not opened\. It is (not|cut)/);
  }
  const later = Buffer.from(file);
  later.writeUInt16BE(2, 8);
  expect(errorOf(await open(later)).message).toContain('format 2, and this version reads format 1');
  const more = Buffer.concat([file, Buffer.from('more')]);
  expect(errorOf(await open(more)).message).toContain('something behind the end');
  expectNothingLeft();
});

test('ten gigabytes are refused before a byte of them is sent', async () => {
  const sizeBytes = 10 * 1024 ** 3;
  const { code, message } = errorOf(await opened.begin({ fileName: 'huge', sizeBytes }));
  expect([code, message]).toEqual([
    'E_ARGS',
    'huge was not opened. A recording has 2 GiB at most; this has more.',
  ]);
  expect(sizeBytes).toBeGreaterThan(RECORDING_FILE_MAX);
});

test('a file that unpacks to far more than it is, and a record without end, are refused', async () => {
  const empty = { kind: 'output', json: `[${' '.repeat(1024 * 1024)}]` } as const;
  const bomb = await fileWith([...records, ...Array.from({ length: 100 }, () => empty)]);
  expect(bomb.length).toBeLessThan(512 * 1024);
  expect(errorOf(await open(bomb)).message).toContain('would unpack to far more');
  const endless = { kind: 'output', json: `[${' '.repeat(33 * 1024 * 1024)}]` } as const;
  expect(errorOf(await open(await fileWith([...records, endless]))).message).toContain('damaged');
  expectNothingLeft();
});

const event = eventOf(1, '2', START_MS, 'role');

const deep = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;

test.each<readonly [string, string, () => string]>([
  ['marks', 'cut short', () => '{"cut":'],
  ['marks', 'without their fields', () => '[{"sequence":1}]'],
  ['marks', 'of a time that is none', () => JSON.stringify([{ ...event, timeMs: 1e17 }])],
  ['marks', 'of a node that is a path', () => JSON.stringify([{ ...event, nodeId: '../2' }])],
  ['marks', 'too deep', () => JSON.stringify([event]).replace('{}', `{"deep":${deep(9)}}`)],
  ['events', 'far too deep', () => deep(50_000)],
  ['frames', 'without a picture', () => '{"whole":{"id":"c1"},"changes":[]}'],
  ['frames', 'with a change that is none', () => `{"whole":null,"changes":[[1,["?",1]]]}`],
  ['samples', 'of no time', () => '[{"timeMs":"now"}]'],
  ['metrics', 'without figures', () => '[{"timeMs":1}]'],
  ['session', 'without an end', () => '{"fromMs":1}'],
  ['bookmark', 'without a name', () => '{"id":"","timeMs":1,"label":""}'],
  ['output', 'on paper', () => '[{"nodeId":"2","timeMs":1,"stream":"paper","text":""}]'],
  ['about', 'a second time', () => JSON.stringify(ABOUT)],
])('%s %s are refused, whatever the checksums say', async (kind, _, json) => {
  const odd = { kind, json: json() } as FileRecord;
  expect(errorOf(await open(await fileWith([...records, odd]))).code).toBe('E_ARGS');
  expectNothingLeft();
});

test('a file without a picture, or that ends before it begins, is refused', async () => {
  expect(errorOf(await open(await fileWith(records.slice(0, 1)))).message).toContain('no picture');
  expect(errorOf(await open(await fileWith(records.slice(1)))).code).toBe('E_ARGS');
  const backwards = { kind: 'about', json: JSON.stringify({ ...ABOUT, toMs: 1 }) } as const;
  expect(errorOf(await open(await fileWith([backwards]))).message).toContain('before it begins');
  expectNothingLeft();
});

test('changes that make no picture of a picture are not shown; the rest of the recording is', async () => {
  const changes = [
    [START_MS + 1_000, ['~', { nodes: ['=', 'none'] }, []]],
    [START_MS + 2_000, ['=', (JSON.parse(records[1]?.json ?? '') as { whole: unknown }).whole]],
  ];
  const odd = { kind: 'frames', json: JSON.stringify({ whole: null, changes }) } as const;
  const { id } = valueOf(await open(await fileWith([...records, odd])));
  const reader = opened.find(id)?.reader;
  expect(await reader?.moment(START_MS + 1_500)).toBeNull();
  expect((await reader?.read(START_MS + 1_500, START_MS + 1_600))?.before).toEqual([]);
  expect((await reader?.moment(START_MS + 2_500))?.view.nodes).toHaveLength(3);
});

test('a piece out of order, or after the end, ends the upload; so does giving it up', async () => {
  const begin = async (): Promise<string> =>
    valueOf(await opened.begin({ fileName: 'lab', sizeBytes: file.length })).uploadId;
  const base64 = file.subarray(0, 9).toString('base64');
  const moved = await begin();
  const out = await opened.send({ uploadId: moved, offset: 9, base64 });
  expect(errorOf(out).message).toContain('changed while it was read');
  expect(errorOf(await opened.send({ uploadId: moved, offset: 0, base64 })).code).toBe(
    'E_NOT_FOUND',
  );
  const givenUp = await begin();
  valueOf(await opened.send({ uploadId: givenUp, offset: 0, base64 }));
  valueOf(await opened.cancel({ uploadId: givenUp }));
  expect(errorOf(await opened.finish({ uploadId: givenUp })).code).toBe('E_NOT_FOUND');
  expectNothingLeft();
});

test('so many are read at once, and no more; what a crash left half done is gone with the next start', async () => {
  const begun = await Promise.all(
    [1, 2, 3, 4, 5].map((at) => opened.begin({ fileName: `f${String(at)}`, sizeBytes: 100 })),
  );
  expect(begun.map(({ ok }) => ok)).toEqual([true, true, true, true, false]);
  expect(readdirSync(join(home, 'recordings'))).toHaveLength(4);
  await opened.release();
  expectNothingLeft();
  // A host that was killed has let go of nothing.
  mkdirSync(join(home, 'recordings', '.unfinished-rec-1a2b3c4d', 'recording'), { recursive: true });
  mkdirSync(join(home, 'recordings', 'rec-00000000'));
  await again();
  expect(opened.list()).toEqual([]);
  expect(readdirSync(join(home, 'recordings'))).toEqual(['rec-00000000']);
  expect(lines).toEqual([expect.stringContaining('cannot be read and is not shown')]);
});
