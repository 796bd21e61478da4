import { argumentError, oneOf, requestOf, type Check } from './argument.ts';
import { clusterName, id, time } from './field-checks.ts';
import type { HostApi } from './host-api.ts';

type RecordingCall =
  'readRecording' | 'readMetrics' | 'readMoment' | 'findStep' | 'addBookmark' | 'removeBookmark';
type Request<C extends RecordingCall> = Parameters<HostApi[C]>[0];

/** Longest stretch of a recording that is read at once. */
const SPAN_MAX_MS = 24 * 60 * 60 * 1000;

const stretch = requestOf<Request<'readRecording'>>({ clusterId: id, fromMs: time, toMs: time });

const readRecording: Check<Request<'readRecording'>> = (value, field) => {
  const checked = stretch(value, field);
  if (!checked.ok) return checked;
  const spanMs = checked.value.toMs - checked.value.fromMs;
  if (spanMs >= 0 && spanMs <= SPAN_MAX_MS) return checked;
  return argumentError('toMs', 'must be after fromMs, by a day at most');
};

/** The checks of the calls about the flight recorder. */
export const RECORDING_CHECKS: { readonly [C in RecordingCall]: Check<Request<C>> } = {
  readRecording,
  readMetrics: readRecording,
  readMoment: requestOf<Request<'readMoment'>>({ clusterId: id, atMs: time }),
  findStep: requestOf<Request<'findStep'>>({
    clusterId: id,
    atMs: time,
    direction: oneOf(['next', 'previous']),
    kind: oneOf(['event', 'term', 'bookmark']),
  }),
  addBookmark: requestOf<Request<'addBookmark'>>({ clusterId: id, atMs: time, label: clusterName }),
  removeBookmark: requestOf<Request<'removeBookmark'>>({ clusterId: id, bookmarkId: id }),
};
