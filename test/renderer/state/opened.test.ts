import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import type { Result } from '../../../main/contract/errors.ts';
import type { HostCall } from '../../../main/contract/host-api.ts';
import { RECORDING_PIECE_MAX } from '../../../main/contract/recording-file.ts';
import { bindApi } from '../../../renderer/connection/api.ts';
import { FakeHost } from '../../../renderer/connection/fake/fake.ts';
import { createFakeCluster } from '../../../renderer/connection/fake/fake-cluster.ts';
import { act } from '../../../renderer/features/act.ts';
import { momentReason, RECORDING_REASON } from '../../../renderer/features/app-context.tsx';
import { type AppState, createAppState } from '../../../renderer/state/app-state.ts';
import { createClockState } from '../../../renderer/state/clock.ts';
import {
  createOpenedState,
  type OpenedState,
  type SentFile,
} from '../../../renderer/state/opened.ts';
import { type AddressBar, createRouteState } from '../../../renderer/state/route.ts';

const NOW_MS = 1_800_000_000_000;
const RECORDING = 'rec-1a2b3c4d';

function addressOf(hash: string): AddressBar {
  const location = { hash };
  const write = (_data: null, _unused: string, url: string): void => {
    location.hash = url;
  };
  return {
    location,
    history: { replaceState: write, pushState: write },
    addEventListener: () => undefined,
  };
}

let host: FakeHost;
let app: AppState;

/** The window at this address, a day after the recording was made. */
async function open(hash: string): Promise<void> {
  const clusters = ['c1', RECORDING].map((id) =>
    createFakeCluster({ id, nodes: 3, nowMs: NOW_MS }),
  );
  host = new FakeHost(clusters, NOW_MS);
  host.recordings = host.recordings.map((one) => ({
    ...one,
    fromMs: NOW_MS - 600_000,
    toMs: NOW_MS - 1_000,
  }));
  app = createAppState(host, addressOf(hash), () => host.nowMs + 86_400_000);
  app.cluster.watch(app.route.store.getState().clusterId);
  await settle();
}

async function settle(): Promise<void> {
  await vi.advanceTimersByTimeAsync(0);
}

/** Goes there as the window does. */
async function show(clusterId: string | null): Promise<void> {
  const screen = clusterId === null ? ('clusters' as const) : ('overview' as const);
  app.route.go({ screen, clusterId, atMs: null });
  app.cluster.watch(clusterId);
  await settle();
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

const shownMs = () => app.cluster.store.getState().view?.timeMs;

test('a recording is shown at its end, and no moment outside of it is', async () => {
  await open('#/overview/c1');
  await show(RECORDING);
  expect([shownMs(), app.clock.hostNow()]).toEqual([NOW_MS - 1_000, NOW_MS - 1_000]);
  for (const [wanted, moment] of [
    [NOW_MS - 30_000, NOW_MS - 30_000],
    [NOW_MS + 5_000, NOW_MS - 1_000],
    [NOW_MS - 900_000, NOW_MS - 600_000],
    [null, NOW_MS - 1_000],
  ] as const) {
    app.time.go(wanted);
    await settle();
    expect(shownMs()).toBe(moment);
  }
});

test('a replay of a recording stops at its end', async () => {
  await open(`#/overview/${RECORDING}`);
  app.time.go(NOW_MS - 1_500);
  app.time.play('half');
  await vi.advanceTimersByTimeAsync(2_000);
  expect(app.time.store.getState()).toMatchObject({ atMs: NOW_MS - 1_000, pace: 'paused' });
});

test('nothing can be done to a recording, at its end as little as before it', async () => {
  await open(`#/overview/${RECORDING}?at=${String(NOW_MS - 60_000)}`);
  expect(shownMs()).toBe(NOW_MS - 60_000);
  expect(momentReason(app)).toBe(RECORDING_REASON);
  app.time.go(null);
  await settle();
  const before = host.calls.length;
  const call = (): Promise<Result<null>> => app.api.killNode({ clusterId: RECORDING, nodeId: '1' });
  await act(app, { key: 'k', what: 'Kill node-1', call });
  expect(host.calls).toHaveLength(before);
  expect(app.toasts.store.getState().toasts.at(-1)?.text).toBe(`Kill node-1: ${RECORDING_REASON}`);
});

test('the way back to a cluster is the way back to its present', async () => {
  await open(`#/overview/${RECORDING}`);
  await show('c1');
  expect(app.time.store.getState().atMs).toBeNull();
  expect(momentReason(app)).toBeNull();
  host.advance(200);
  expect(app.clock.hostNow()).toBe(host.nowMs);
  await show(RECORDING);
  expect(shownMs()).toBe(NOW_MS - 1_000);
  await show(null);
  expect(momentReason(app)).toBeNull();
});

test('a recording that another window has closed is not shown any more', async () => {
  await open(`#/overview/${RECORDING}`);
  await app.api.closeRecording({ recordingId: RECORDING });
  expect(app.opened.store.getState()).toEqual({ list: [], shown: null });
});

/** A host that only takes files, and what has come of each. */
function uploading(refuse: (name: HostCall, calls: number) => boolean = () => false): {
  readonly opened: OpenedState;
  readonly calls: { readonly name: HostCall; readonly request: Record<string, unknown> }[];
} {
  const calls: { name: HostCall; request: Record<string, unknown> }[] = [];
  const api = bindApi(async (name, request) => {
    calls.push({ name, request: request as Record<string, unknown> });
    if (refuse(name, calls.length)) {
      return { ok: false, error: { code: 'E_ARGS', message: 'It is damaged.' } };
    }
    return { ok: true, value: name === 'beginRecording' ? { uploadId: 'rec-9' } : { id: 'rec-9' } };
  });
  const parts = {
    connection: { api, subscribe: () => () => undefined },
    route: createRouteState(addressOf('')),
    clock: createClockState(() => NOW_MS),
  };
  return { opened: createOpenedState(parts), calls };
}

function fileOf(bytes: Uint8Array<ArrayBuffer>): SentFile {
  return {
    name: 'lab.raftdeck-recording',
    size: bytes.length,
    slice: (start, end) => ({ arrayBuffer: async () => bytes.slice(start, end).buffer }),
  };
}

const BYTES = Uint8Array.from({ length: 1_000_000 }, (_, at) => (at * 7 + at / 255) % 256);

test('a file is sent in pieces that are messages, and comes as it is', async () => {
  const { opened, calls } = uploading();
  const seen: number[] = [];
  opened.upload.subscribe(({ upload }) => upload !== null && seen.push(upload.sentBytes));
  expect(await opened.open(fileOf(BYTES))).toEqual({ ok: true, value: { id: 'rec-9' } });
  const pieces = calls
    .filter(({ name }) => name === 'sendRecording')
    .map(({ request }) => Buffer.from(String(request['base64']), 'base64'));
  expect(pieces.every(({ length }) => length <= RECORDING_PIECE_MAX)).toBe(true);
  expect(Buffer.concat(pieces).equals(BYTES)).toBe(true);
  expect(calls.map(({ name }) => name).at(-1)).toBe('openRecording');
  expect(seen).toEqual([0, 393_216, 786_432, 1_000_000]);
  expect(opened.upload.getState().upload).toBeNull();
});

test('what the host refuses ends the sending, and its words are the answer', async () => {
  const { opened, calls } = uploading((name, count) => name === 'sendRecording' && count > 2);
  const result = await opened.open(fileOf(BYTES));
  expect(result).toMatchObject({ ok: false, error: { message: 'It is damaged.' } });
  expect(calls.map(({ name }) => name)).toEqual([
    'beginRecording',
    'sendRecording',
    'sendRecording',
  ]);
});

test('a file that is given up, or cannot be read any more, is told to the host', async () => {
  const given = uploading();
  given.opened.upload.subscribe(({ upload }) => {
    if (upload !== null && upload.sentBytes > 0) given.opened.cancel();
  });
  expect(await given.opened.open(fileOf(BYTES))).toBeNull();
  expect(given.calls.map(({ name }) => name)).toEqual([
    'beginRecording',
    'sendRecording',
    'cancelRecording',
  ]);
  const gone = uploading();
  const unreadable = {
    ...fileOf(BYTES),
    slice: () => ({ arrayBuffer: () => Promise.reject(new Error('NotReadableError')) }),
  };
  expect(await gone.opened.open(unreadable)).toMatchObject({ ok: false, error: { code: 'E_IO' } });
  expect(gone.calls.map(({ name }) => name)).toEqual(['beginRecording', 'cancelRecording']);
  expect(await gone.opened.open(fileOf(BYTES.slice(0, 9)))).toMatchObject({ ok: true });
});
