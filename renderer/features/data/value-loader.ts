import type { HostApi } from '../../../main/contract/host-api.ts';
import {
  type KeyFacts,
  type KeyReader,
  type KeySource,
  VALUE_PIECE_MAX,
} from '../../../main/contract/keys.ts';
import { decodeBase64 } from './bytes.ts';

/** Bytes that are read without being asked for. */
export const PREVIEW_BYTES = 64 * 1024;

/** What is known of a key's value. */
export interface LoadedValue {
  readonly facts: KeyFacts;
  /** From the value's start on; fewer than `facts.sizeBytes` until all has been loaded. */
  readonly bytes: Uint8Array;
  readonly reader: KeyReader;
  /** The entries that the first and the last piece were read at. */
  readonly fromIndex: number;
  readonly toIndex: number;
}

export type ValueState =
  | { readonly state: 'reading' }
  | { readonly state: 'failed'; readonly message: string }
  /** `loading` is how many bytes have come of the rest; the value is shown anew when all are there. */
  | {
      readonly state: 'shown';
      readonly value: LoadedValue;
      readonly loading: number | null;
    };

type Api = Pick<HostApi, 'readValue'>;

/** The first 64 KiB of a value, and all that is said of it. */
export async function loadPreview(api: Api, source: KeySource, key: string): Promise<ValueState> {
  const result = await api.readValue({ ...source, key, offset: 0, limit: PREVIEW_BYTES });
  if (!result.ok) return { state: 'failed', message: result.error.message };
  const { facts, bytes, nodeId, appliedIndex, term } = result.value;
  const value: LoadedValue = {
    facts,
    bytes: decodeBase64(bytes),
    reader: { nodeId, appliedIndex, term },
    fromIndex: appliedIndex,
    toIndex: appliedIndex,
  };
  return { state: 'shown', value, loading: null };
}

/**
 * The rest of a value, piece by piece. Between two pieces the value may change; the entries they were
 * read at say whether it can have.
 *
 * @param isWanted asked before each piece; no more is read once it is false
 */
export async function loadRest(
  api: Api,
  source: KeySource,
  value: LoadedValue,
  progress: (loadedBytes: number) => void,
  isWanted: () => boolean,
): Promise<ValueState> {
  const { key, sizeBytes } = value.facts;
  // Once, at its full size: growing it with each piece would copy it a hundred times.
  const whole = new Uint8Array(sizeBytes);
  whole.set(value.bytes.subarray(0, sizeBytes));
  let { toIndex } = value;
  for (let offset = value.bytes.length; isWanted() && offset < sizeBytes;) {
    const limit = Math.min(VALUE_PIECE_MAX, sizeBytes - offset);
    const result = await api.readValue({ ...source, key, offset, limit });
    if (!result.ok) return { state: 'failed', message: result.error.message };
    const piece = decodeBase64(result.value.bytes);
    if (piece.length !== limit) {
      return { state: 'failed', message: 'The value became shorter while it was read.' };
    }
    whole.set(piece, offset);
    toIndex = result.value.appliedIndex;
    offset += limit;
    progress(offset);
  }
  return { state: 'shown', value: { ...value, bytes: whole, toIndex }, loading: null };
}
