import { RUN_COMMANDS, RUN_KIND_MASK } from './types.ts';
import type { LogIndex, Run, Term } from './types.ts';

/**
 * The header of a run, format 1. It precedes the run's bytes in a log record and in a peer's frame,
 * so that a run is stored exactly as it was replicated. Big-endian; frozen for good.
 *
 * ```text
 *  0  u32  checksum: CRC-32 (IEEE) of everything behind it, header and bytes
 *  4  u16  format: 1
 *  6  u16  flags
 *  8  u32  count
 * 12  u32  byte length of the run's bytes
 * 16  u64  firstIndex
 * 24  u64  originalFirstIndex
 * 32  u64  term
 * 40  i64  timeNs
 * 48  u64  seed
 * 56       the run's bytes
 * ```
 *
 * The checksum is computed by whoever stores or sends: this folder has no Node modules, and the
 * native CRC-32 is many times faster than one written here.
 */
export const RUN_FORMAT = 1;

/** Bytes of the header. */
export const RUN_HEADER_BYTES = 56;

/** The checksum is the first thing in the header and covers all that follows this many bytes. */
export const RUN_CHECKSUM_BYTES = 4;

const FLAGS_MAX = 0xffff;
const UINT32_MAX = 0xffff_ffff;
const TIME_NS_MAX = 2n ** 63n - 1n;
const SEED_MAX = 2n ** 64n - 1n;
const UINT32_SIZE = 2 ** 32;

/** A decoded header: the run without its bytes, and what is needed to find and check them. */
export interface RunHeader {
  readonly checksum: number;
  readonly byteLength: number;
  readonly firstIndex: LogIndex;
  readonly originalFirstIndex: LogIndex;
  readonly count: number;
  readonly term: Term;
  readonly timeNs: bigint;
  readonly seed: bigint;
  readonly flags: number;
}

/**
 * Why bytes are not a run header.
 *
 * - `short`: fewer bytes than a header.
 * - `newer-format`: written by a later version of this program.
 * - `invalid`: no version writes this.
 */
export type RunHeaderFault = 'short' | 'newer-format' | 'invalid';

/** A header, or why there is none. */
export type DecodedRunHeader =
  | { readonly ok: true; readonly header: RunHeader }
  | { readonly ok: false; readonly fault: RunHeaderFault };

/**
 * Writes the header of `run` at `offset`, all but the checksum, whose four bytes stay as they are.
 *
 * @throws RangeError when a field does not fit its place: a run that no peer could read back must
 *   not reach the disk.
 */
export function encodeRunHeader(run: Run, target: Uint8Array, offset: number): void {
  const byteLength = run.bytes.length;
  if (
    !areIndicesValid(run.firstIndex, run.originalFirstIndex, run.count, run.term) ||
    !Number.isInteger(run.flags) ||
    run.flags < 0 ||
    run.flags > FLAGS_MAX ||
    byteLength > UINT32_MAX ||
    run.timeNs > TIME_NS_MAX ||
    run.timeNs < -TIME_NS_MAX - 1n ||
    run.seed < 0n ||
    run.seed > SEED_MAX
  ) {
    throw new RangeError(`run at ${run.firstIndex} has a field outside its range`);
  }
  const view = new DataView(target.buffer, target.byteOffset + offset, RUN_HEADER_BYTES);
  view.setUint16(4, RUN_FORMAT);
  view.setUint16(6, run.flags);
  view.setUint32(8, run.count);
  view.setUint32(12, byteLength);
  writeSafeInteger(view, 16, run.firstIndex);
  writeSafeInteger(view, 24, run.originalFirstIndex);
  writeSafeInteger(view, 32, run.term);
  view.setBigInt64(40, run.timeNs);
  view.setBigUint64(48, run.seed);
}

/** Reads the header at `offset`. The checksum is returned, not verified. */
export function decodeRunHeader(source: Uint8Array, offset: number): DecodedRunHeader {
  if (source.length - offset < RUN_HEADER_BYTES) return { ok: false, fault: 'short' };
  const view = new DataView(source.buffer, source.byteOffset + offset, RUN_HEADER_BYTES);
  const format = view.getUint16(4);
  if (format > RUN_FORMAT) return { ok: false, fault: 'newer-format' };
  const header: RunHeader = {
    checksum: view.getUint32(0),
    flags: view.getUint16(6),
    count: view.getUint32(8),
    byteLength: view.getUint32(12),
    firstIndex: readInteger(view, 16),
    originalFirstIndex: readInteger(view, 24),
    term: readInteger(view, 32),
    timeNs: view.getBigInt64(40),
    seed: view.getBigUint64(48),
  };
  const isWhole =
    format === RUN_FORMAT &&
    areIndicesValid(header.firstIndex, header.originalFirstIndex, header.count, header.term) &&
    ((header.flags & RUN_KIND_MASK) === RUN_COMMANDS || header.count === 1);
  return isWhole ? { ok: true, header } : { ok: false, fault: 'invalid' };
}

/** The run of a decoded header and its bytes; `bytes` is kept, not copied. */
export function runOf(header: RunHeader, bytes: Uint8Array): Run {
  return {
    firstIndex: header.firstIndex,
    originalFirstIndex: header.originalFirstIndex,
    count: header.count,
    term: header.term,
    timeNs: header.timeNs,
    seed: header.seed,
    flags: header.flags,
    bytes,
  };
}

function areIndicesValid(
  firstIndex: LogIndex,
  originalFirstIndex: LogIndex,
  count: number,
  term: Term,
): boolean {
  return (
    Number.isSafeInteger(firstIndex) &&
    Number.isSafeInteger(originalFirstIndex) &&
    Number.isSafeInteger(term) &&
    Number.isInteger(count) &&
    originalFirstIndex >= 1 &&
    firstIndex >= originalFirstIndex &&
    term >= 0 &&
    count >= 1 &&
    count <= UINT32_MAX &&
    Number.isSafeInteger(firstIndex + (count - 1))
  );
}

function writeSafeInteger(view: DataView, offset: number, value: number): void {
  view.setUint32(offset, Math.floor(value / UINT32_SIZE));
  view.setUint32(offset + 4, value % UINT32_SIZE);
}

/** Above 2^53 the result is not exact, and never a safe integer: the caller's check sees it. */
function readInteger(view: DataView, offset: number): number {
  return view.getUint32(offset) * UINT32_SIZE + view.getUint32(offset + 4);
}
