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

/** The chunks of one kind, in order of arrival, held to a limit. */
export class ChunkIndex {
  /** What `trim` holds it to. */
  limitBytes: number;
  #chunks: Chunk[] = [];
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
    this.#chunks.push(chunk);
    this.#bytes += chunk.bytes;
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
    if (count > 0) this.#chunks = this.#chunks.slice(count);
    this.#bytes -= freed;
    return gone;
  }

  /** The chunks that hold something between the two times, in order of arrival. */
  between(fromMs: number, toMs: number): readonly Chunk[] {
    return this.#chunks.filter((chunk) => chunk.toMs >= fromMs && chunk.fromMs <= toMs);
  }

  /** The chunks to read for the picture at a time: the last whole one before it, and what follows. */
  leadingTo(timeMs: number): readonly Chunk[] {
    let start = -1;
    let end = -1;
    for (let at = this.#chunks.length - 1; at >= 0; at -= 1) {
      const chunk = this.#chunks[at];
      if (chunk === undefined || chunk.fromMs > timeMs) continue;
      if (end < 0) end = at;
      if (chunk.whole) {
        start = at;
        break;
      }
    }
    return start < 0 ? [] : this.#chunks.slice(start, end + 1);
  }

  all(): readonly Chunk[] {
    return this.#chunks;
  }
}
