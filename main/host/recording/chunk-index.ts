import { Column } from './column.ts';

/** What a chunk holds: rare events, frequent events, or pictures of the cluster. */
export type ChunkKind = 'marks' | 'events' | 'frames';

/** Where a chunk is and what it covers; all of it stands in its key, so that opening reads no values. */
export interface Chunk {
  readonly key: string;
  /** Grows with every chunk of any kind. */
  readonly number: number;
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
export function chunkOf(number: number, about: Omit<Chunk, 'key' | 'number'>): Chunk {
  const { kind, fromMs, toMs, bytes, whole } = about;
  const parts = [Math.floor(fromMs), Math.ceil(toMs), bytes, whole ? 1 : 0];
  const key = `${LETTERS[kind]}!${String(number).padStart(12, '0')}!${parts.join('!')}`;
  return { ...about, number, fromMs: Math.floor(fromMs), toMs: Math.ceil(toMs), key };
}

/** The inverse; null for a key that is none. */
export function readChunkKey(key: string): Chunk | null {
  const match = /^([mef])!(\d{12})!(\d+)!(\d+)!(\d+)!([01])$/.exec(key);
  const kind = (Object.keys(LETTERS) as ChunkKind[]).find((name) => LETTERS[name] === match?.[1]);
  if (match === null || kind === undefined) return null;
  const [number = 0, fromMs = 0, toMs = 0, bytes = 0] = match.slice(2, 6).map(Number);
  return { key, number, kind, fromMs, toMs, bytes, whole: match[6] === '1' };
}

/**
 * The chunks of one kind, in order of arrival, held to a limit. Four are added a second, for as long as
 * the app runs: so a chunk is a row of numbers here, and an object only when somebody asks for it.
 * Chunks overlap a little, because what nodes tell comes at their own pace; `#latest` and `#earliest`
 * only grow, so that a time is found by halving.
 */
export class ChunkIndex {
  /** What `trim` holds it to. */
  limitBytes: number;
  readonly #kind: ChunkKind;
  readonly #numbers = new Column();
  readonly #fromMs = new Column();
  readonly #toMs = new Column();
  /** Bytes, doubled, and one more where the chunk begins with a whole picture. */
  readonly #sizes = new Column();
  /** By chunk, the latest end of it and of those before it. */
  readonly #latest = new Column();
  /** By chunk, the earliest beginning of it and of those after it. */
  readonly #earliest = new Column();
  readonly #columns: readonly Column[] = [
    this.#numbers,
    this.#fromMs,
    this.#toMs,
    this.#sizes,
    this.#latest,
    this.#earliest,
  ];
  #bytes = 0;

  constructor(kind: ChunkKind, limitBytes: number) {
    this.#kind = kind;
    this.limitBytes = limitBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get length(): number {
    return this.#numbers.length;
  }

  get first(): Chunk | undefined {
    return this.length === 0 ? undefined : this.#at(0);
  }

  get last(): Chunk | undefined {
    return this.length === 0 ? undefined : this.#at(this.length - 1);
  }

  add({ number, fromMs, toMs, bytes, whole }: Chunk): void {
    const place = this.length;
    this.#numbers.push(number);
    this.#fromMs.push(fromMs);
    this.#toMs.push(toMs);
    this.#sizes.push(2 * bytes + (whole ? 1 : 0));
    this.#latest.push(place === 0 ? toMs : Math.max(toMs, this.#latest.at(place - 1)));
    this.#earliest.push(fromMs);
    for (let at = place - 1; at >= 0 && this.#earliest.at(at) > fromMs; at -= 1) {
      this.#earliest.set(at, fromMs);
    }
    this.#bytes += bytes;
  }

  /** Forgets the oldest chunks until the limit holds, and names them. The newest always stays. */
  trim(): readonly Chunk[] {
    let count = 0;
    let freed = 0;
    while (this.#bytes - freed > this.limitBytes && count < this.length - 1) {
      freed += this.#bytesAt(count);
      count += 1;
    }
    // Differences without the whole picture before them say nothing.
    while (count > 0 && count < this.length && this.#kind === 'frames' && !this.#isWhole(count)) {
      freed += this.#bytesAt(count);
      count += 1;
    }
    const gone = this.#rows(0, count);
    for (const column of this.#columns) column.drop(count);
    this.#bytes -= freed;
    return gone;
  }

  /** The chunks that hold something between the two times, in order of arrival. */
  between(fromMs: number, toMs: number): readonly Chunk[] {
    const start = this.#latest.firstOver((latestMs) => latestMs >= fromMs);
    const end = this.#earliest.firstOver((earliestMs) => earliestMs > toMs);
    return this.#rows(start, end).filter((one) => one.toMs >= fromMs && one.fromMs <= toMs);
  }

  /** The chunks that hold something from a time on, in order of arrival, as they are asked for. */
  *after(timeMs: number): Generator<Chunk> {
    const start = this.#latest.firstOver((latestMs) => latestMs >= timeMs);
    for (let at = start; at < this.length; at += 1) {
      if (this.#toMs.at(at) >= timeMs) yield this.#at(at);
    }
  }

  /** The chunks that hold something up to a time, the last to arrive first, as they are asked for. */
  *before(timeMs: number): Generator<Chunk> {
    const end = this.#earliest.firstOver((earliestMs) => earliestMs > timeMs);
    for (let at = end - 1; at >= 0; at -= 1) {
      if (this.#fromMs.at(at) <= timeMs) yield this.#at(at);
    }
  }

  /** The chunks to read for the picture at a time: the last whole one before it, and what follows. */
  leadingTo(timeMs: number): readonly Chunk[] {
    const end = this.#earliest.firstOver((earliestMs) => earliestMs > timeMs);
    for (let at = end - 1; at >= 0; at -= 1) {
      if (this.#isWhole(at) && this.#fromMs.at(at) <= timeMs) return this.#rows(at, end);
    }
    return [];
  }

  all(): readonly Chunk[] {
    return this.#rows(0, this.length);
  }

  #rows(start: number, end: number): readonly Chunk[] {
    return Array.from({ length: Math.max(0, end - start) }, (_, at) => this.#at(start + at));
  }

  #at(place: number): Chunk {
    return chunkOf(this.#numbers.at(place), {
      kind: this.#kind,
      fromMs: this.#fromMs.at(place),
      toMs: this.#toMs.at(place),
      bytes: this.#bytesAt(place),
      whole: this.#isWhole(place),
    });
  }

  #bytesAt(place: number): number {
    return Math.floor(this.#sizes.at(place) / 2);
  }

  #isWhole(place: number): boolean {
    return this.#sizes.at(place) % 2 === 1;
  }
}
