/**
 * The bytes from `start` up to `end` of some memory. A view says the same and costs 30 ns to make, so
 * on the way of every command one range object is filled again and again.
 */
export interface ByteRange {
  bytes: Uint8Array;
  start: number;
  end: number;
}

/** Makes an empty range, to be filled. */
export function makeRange(): ByteRange {
  return { bytes: NOTHING, start: 0, end: 0 };
}

/** Makes `range` stand for all of `bytes`. */
export function fillRange(range: ByteRange, bytes: Uint8Array): ByteRange {
  range.bytes = bytes;
  range.start = 0;
  range.end = bytes.length;
  return range;
}

const NOTHING = new Uint8Array(0);
