/** What a chunk holds: rare events, frequent events, or pictures of the cluster. */
export type ChunkKind = 'marks' | 'events' | 'frames';

/** Where a chunk is and what it covers; all of it stands in its key, so that opening reads no values. */
export interface Chunk {
  readonly key: string;
  readonly kind: ChunkKind;
  /** Time of the earliest thing in it, Unix ms. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly bytes: number;
  /** Of pictures: it begins with a whole one. */
  readonly whole: boolean;
}

const LETTERS: Readonly<Record<ChunkKind, string>> = { marks: 'm', events: 'e', frames: 'f' };

/** Names a chunk. `number` grows with every chunk and keeps them in order of arrival. */
export function chunkOf(number: number, about: Omit<Chunk, 'key'>): Chunk {
  const { kind, fromMs, toMs, bytes, whole } = about;
  const parts = [Math.floor(fromMs), Math.ceil(toMs), bytes, whole ? 1 : 0];
  const key = `${LETTERS[kind]}!${String(number).padStart(12, '0')}!${parts.join('!')}`;
  return { ...about, fromMs: Math.floor(fromMs), toMs: Math.ceil(toMs), key };
}

/** The inverse; null for a key that is none. */
export function readChunkKey(
  key: string,
): { readonly chunk: Chunk; readonly number: number } | null {
  const match = /^([mef])!(\d{12})!(\d+)!(\d+)!(\d+)!([01])$/.exec(key);
  const kind = (Object.keys(LETTERS) as ChunkKind[]).find((name) => LETTERS[name] === match?.[1]);
  if (match === null || kind === undefined) return null;
  const [number = 0, fromMs = 0, toMs = 0, bytes = 0] = match.slice(2, 6).map(Number);
  return { chunk: { key, kind, fromMs, toMs, bytes, whole: match[6] === '1' }, number };
}

/**
 * The chunks of one kind, in order of arrival, held to a limit. Chunks overlap a little, because what
 * nodes tell comes at their own pace; `#latest` and `#earliest` only grow, so that a time is found by
 * halving. A recording has hundreds of thousands of chunks, and each step of a scrub asks several times.
 */
export class ChunkIndex {
  /** What `trim` holds it to. */
  limitBytes: number;
  #chunks: Chunk[] = [];
  /** By chunk, the latest end of it and of those before it. */
  #latest: number[] = [];
  /** By chunk, the earliest beginning of it and of those after it. */
  #earliest: number[] = [];
  #bytes = 0;

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get first(): Chunk | undefined {
    return this.#chunks[0];
  }

  get last(): Chunk | undefined {
    return this.#chunks.at(-1);
  }

  add(chunk: Chunk): void {
    const { fromMs, toMs, bytes } = chunk;
    this.#chunks.push(chunk);
    this.#latest.push(Math.max(toMs, this.#latest.at(-1) ?? -Infinity));
    for (let at = this.#earliest.length - 1; (this.#earliest[at] ?? fromMs) > fromMs; at -= 1) {
      this.#earliest[at] = fromMs;
    }
    this.#earliest.push(fromMs);
    this.#bytes += bytes;
  }

  /** Forgets the oldest chunks until the limit holds, and names them. The newest always stays. */
  trim(): readonly Chunk[] {
    let count = 0;
    let freed = 0;
    while (this.#bytes - freed > this.limitBytes && count < this.#chunks.length - 1) {
      freed += this.#chunks[count]?.bytes ?? 0;
      count += 1;
    }
    // Differences without the whole picture before them say nothing.
    while (count > 0 && this.#chunks[count]?.kind === 'frames' && !this.#chunks[count]?.whole) {
      freed += this.#chunks[count]?.bytes ?? 0;
      count += 1;
    }
    const gone = this.#chunks.slice(0, count);
    if (count > 0) {
      this.#chunks = this.#chunks.slice(count);
      this.#latest = this.#latest.slice(count);
      this.#earliest = this.#earliest.slice(count);
    }
    this.#bytes -= freed;
    return gone;
  }

  /** The chunks that hold something between the two times, in order of arrival. */
  between(fromMs: number, toMs: number): readonly Chunk[] {
    const start = firstOver(this.#latest, (latestMs) => latestMs >= fromMs);
    const end = firstOver(this.#earliest, (earliestMs) => earliestMs > toMs);
    return this.#chunks
      .slice(start, end)
      .filter((chunk) => chunk.toMs >= fromMs && chunk.fromMs <= toMs);
  }

  /** The chunks to read for the picture at a time: the last whole one before it, and what follows. */
  leadingTo(timeMs: number): readonly Chunk[] {
    const end = firstOver(this.#earliest, (earliestMs) => earliestMs > timeMs);
    for (let at = end - 1; at >= 0; at -= 1) {
      const chunk = this.#chunks[at];
      if (chunk?.whole === true && chunk.fromMs <= timeMs) return this.#chunks.slice(at, end);
    }
    return [];
  }

  all(): readonly Chunk[] {
    return this.#chunks;
  }
}

/** Of numbers that only grow, the place of the first that is over something; their count if none is. */
function firstOver(numbers: readonly number[], isOver: (value: number) => boolean): number {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isOver(numbers[middle] ?? Infinity)) high = middle;
    else low = middle + 1;
  }
  return low;
}
