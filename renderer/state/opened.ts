import { createStore, type StoreApi } from 'zustand/vanilla';

import type { Result } from '../../main/contract/errors.ts';
import type { HostConnection } from '../../main/contract/host-api.ts';
import type { OpenedRecording } from '../../main/contract/recording-file.ts';
import { failed } from '../connection/calls.ts';
import type { ClockState } from './clock.ts';
import { isClusterScreen, type RouteState } from './route.ts';

/** Recordings that were opened from files, and which of them the window shows. */
export interface Opened {
  /** Null until the host has said which there are. */
  readonly list: readonly OpenedRecording[] | null;
  /** The one on the screen; null while that is a cluster, or nothing of the kind. */
  readonly shown: OpenedRecording | null;
}

/** A file on its way to the host. */
export interface Upload {
  readonly fileName: string;
  readonly sizeBytes: number;
  readonly sentBytes: number;
}

/** As much of a browser's `File` as is needed to send it. */
export interface SentFile {
  readonly name: string;
  readonly size: number;
  readonly slice: (start: number, end: number) => { arrayBuffer(): Promise<ArrayBuffer> };
}

export interface OpenedState {
  readonly store: StoreApi<Opened>;
  readonly upload: StoreApi<{ readonly upload: Upload | null }>;
  /** Sends a file to the host and opens it; null when it was given up. One at a time. */
  readonly open: (file: SentFile) => Promise<Result<OpenedRecording> | null>;
  /** Gives up the file that is on its way. */
  readonly cancel: () => void;
}

/** A piece is one message with room to spare, once three bytes have become four. */
const PIECE_BYTES = 384 * 1024;
/** More arguments than this are too many for one call. */
const CODES_MAX = 0x8000;

interface OpenedParts {
  readonly connection: Pick<HostConnection, 'api' | 'subscribe'>;
  readonly route: RouteState;
  readonly clock: ClockState;
}

/** While a recording is shown the clock stands at its end: nothing in it comes after that. */
export function createOpenedState({ connection, route, clock }: OpenedParts): OpenedState {
  const { api } = connection;
  const store = createStore<Opened>()(() => ({ list: null, shown: null }));
  const upload = createStore<{ readonly upload: Upload | null }>()(() => ({ upload: null }));
  let cancelled = false;

  function follow(list: readonly OpenedRecording[] | null): void {
    const { clusterId, screen } = route.store.getState();
    const found = list?.find(({ id }) => id === clusterId);
    const shown = found !== undefined && isClusterScreen(screen) ? found : null;
    const before = store.getState();
    clock.stand(shown === null ? null : { fromMs: shown.fromMs, toMs: shown.toMs });
    if (before.list !== list || before.shown?.id !== shown?.id) store.setState({ list, shown });
  }
  connection.subscribe({ topic: 'recordings' }, follow);
  route.store.subscribe(() => follow(store.getState().list));

  async function send(file: SentFile): Promise<Result<OpenedRecording> | null> {
    const { name: fileName, size: sizeBytes } = file;
    const begun = await api.beginRecording({ fileName, sizeBytes });
    if (!begun.ok) return begun;
    const { uploadId } = begun.value;
    for (let offset = 0; offset < sizeBytes; offset += PIECE_BYTES) {
      if (cancelled) {
        await api.cancelRecording({ uploadId });
        return null;
      }
      const piece = await file
        .slice(offset, Math.min(offset + PIECE_BYTES, sizeBytes))
        .arrayBuffer()
        .catch(() => null);
      if (piece === null) {
        await api.cancelRecording({ uploadId });
        return failed('E_IO', `${fileName} was not opened. It cannot be read any more.`);
      }
      const base64 = base64Of(new Uint8Array(piece));
      const sent = await api.sendRecording({ uploadId, offset, base64 });
      if (!sent.ok) return sent;
      upload.setState({ upload: { fileName, sizeBytes, sentBytes: offset + piece.byteLength } });
    }
    return api.openRecording({ uploadId });
  }

  return {
    store,
    upload,
    async open(file) {
      if (upload.getState().upload !== null) {
        return failed('E_STATE', `${file.name} was not opened. Another file is being read.`);
      }
      cancelled = false;
      upload.setState({ upload: { fileName: file.name, sizeBytes: file.size, sentBytes: 0 } });
      try {
        return await send(file);
      } finally {
        upload.setState({ upload: null });
      }
    },
    cancel() {
      cancelled = true;
    },
  };
}

function base64Of(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += CODES_MAX) {
    text += String.fromCharCode(...bytes.subarray(at, at + CODES_MAX));
  }
  return btoa(text);
}
