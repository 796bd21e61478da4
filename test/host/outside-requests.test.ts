import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

import type { OutsidePush } from '../../main/contract/outside.ts';
import { type OpenedRecording, RECORDING_FILE_MAX } from '../../main/contract/recording-file.ts';
import { failure } from '../../main/host/failure.ts';
import { OutsideRequests } from '../../main/host/outside-requests.ts';

let folder: string;
let pushes: OutsidePush[];
let lines: string[];
let sent: Buffer[];
let ended: string[];
/** What a piece is answered with. */
let refusal: string | null;
let requests: OutsideRequests;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'raftdeck-outside-'));
  pushes = [];
  lines = [];
  sent = [];
  ended = [];
  refusal = null;
  const opened = {
    begin: async ({ fileName }: { readonly fileName: string }) => {
      ended.push(`begin ${fileName}`);
      return { ok: true, value: { uploadId: 'rec-1' } } as const;
    },
    send: async ({ base64 }: { readonly base64: string }) => {
      if (refusal !== null) return failure('E_ARGS', refusal);
      sent.push(Buffer.from(base64, 'base64'));
      return { ok: true, value: null } as const;
    },
    finish: async () => {
      ended.push('finish');
      return { ok: true, value: { id: 'rec-1' } as OpenedRecording } as const;
    },
    cancel: async () => {
      ended.push('cancel');
      return { ok: true, value: null } as const;
    },
  };
  requests = new OutsideRequests({
    opened,
    publish: (push) => pushes.push(push),
    log: (line) => lines.push(line),
  });
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function waitingId(): string {
  const { request } = requests.present;
  if (request === null) throw new Error('nothing waits');
  return request.requestId;
}

test('a link waits for its answer, and is gone with it', async () => {
  expect(requests.present).toEqual({ request: null });
  requests.offerLink('raftdeck://cluster/c1/logs');
  const target = { screen: 'logs', clusterId: 'c1', nodeId: null, atMs: null };
  expect(requests.present.request?.ask).toEqual({ kind: 'show', target });
  const requestId = waitingId();
  expect(await requests.answer({ requestId, accept: true })).toEqual({ ok: true, value: null });
  expect(pushes.map(({ request }) => request?.requestId ?? null)).toEqual([requestId, null]);
  expect(await requests.answer({ requestId, accept: true })).toMatchObject({
    ok: false,
    error: { code: 'E_NOT_FOUND' },
  });
  expect(ended).toEqual([]);
});

test('what waits is not replaced under the user’s hand; a mere notice is', () => {
  requests.offerLink('raftdeck://kill/c1');
  expect(requests.present.request?.ask).toMatchObject({ kind: 'refused', what: 'link' });
  requests.offerLink('raftdeck://settings');
  requests.offerLink('raftdeck://clusters');
  expect(requests.present.request?.ask).toMatchObject({ target: { screen: 'settings' } });
  expect(lines).toEqual([
    'A link or a file was not opened: the one before it waits for an answer.',
  ]);
});

test('a recording is opened when that was answered, and never before', async () => {
  const path = join(folder, 'lab.raftdeck-recording');
  const bytes = Buffer.alloc(1_300_000, 'recorded ');
  writeFileSync(path, bytes);
  await requests.offerFile(path);
  expect(requests.present.request?.ask).toEqual({
    kind: 'recording',
    fileName: 'lab.raftdeck-recording',
    sizeBytes: bytes.length,
  });
  expect(ended).toEqual([]);
  const opening = requests.answer({ requestId: waitingId(), accept: true });
  // Pressed twice.
  const again = await requests.answer({ requestId: waitingId(), accept: true });
  expect(again).toMatchObject({ ok: false, error: { code: 'E_NOT_FOUND' } });
  expect(await opening).toMatchObject({ ok: true, value: { id: 'rec-1' } });
  expect(Buffer.concat(sent).equals(bytes)).toBe(true);
  expect(ended).toEqual(['begin lab.raftdeck-recording', 'finish']);
  expect(requests.present).toEqual({ request: null });
});

test('a name that turns its text round is shown without what does so', async () => {
  const path = join(folder, 'a\u202egnp.raftdeck-recording');
  writeFileSync(path, 'bytes');
  await requests.offerFile(path);
  expect(requests.present.request?.ask).toMatchObject({
    fileName: 'a\ufffdgnp.raftdeck-recording',
  });
});

test('a recording that is not wanted is not read', async () => {
  const path = join(folder, 'lab.raftdeck-recording');
  writeFileSync(path, 'bytes');
  await requests.offerFile(path);
  await requests.answer({ requestId: waitingId(), accept: false });
  expect([ended, requests.present.request]).toEqual([[], null]);
});

test('a file that is no recording is told from one, and what is wrong inside is the answer', async () => {
  const path = join(folder, 'lab.raftdeck-recording');
  writeFileSync(path, 'bytes');
  refusal = 'This is not a recording.';
  await requests.offerFile(path);
  const answer = await requests.answer({ requestId: waitingId(), accept: true });
  expect(answer).toEqual({ ok: false, error: { code: 'E_ARGS', message: refusal } });
  expect(requests.present.request).toBeNull();
  await requests.offerFile(path);
  rmSync(path);
  expect(await requests.answer({ requestId: waitingId(), accept: true })).toMatchObject({
    ok: false,
    error: { code: 'E_IO', message: expect.stringContaining('cannot be read') as string },
  });
});

test('what cannot be opened at all is said without a question', async () => {
  const folderPath = join(folder, 'folder.raftdeck-recording');
  mkdirSync(folderPath);
  const huge = join(folder, 'huge.raftdeck-recording');
  writeFileSync(huge, '');
  // Without a block on the disk.
  truncateSync(huge, RECORDING_FILE_MAX + 1);
  const whys: unknown[] = [];
  for (const path of [
    join(folder, 'passwd'),
    join(folder, 'gone.raftdeck-recording'),
    folderPath,
    huge,
  ]) {
    await requests.offerFile(path);
    whys.push(requests.present.request?.ask);
  }
  const why = (text: unknown): unknown => ({ kind: 'refused', what: 'file', why: text });
  expect(whys).toEqual([
    why('Its name does not end in .raftdeck-recording.'),
    why(expect.stringMatching(/^It cannot be read: .*\.$/)),
    why('It is not a file.'),
    why('It is larger than any recording.'),
  ]);
});
