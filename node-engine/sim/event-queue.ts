/**
 * What will happen, by time and then in the order it was added: two events at one time never depend
 * on anything but the order in which they were planned. A binary heap.
 */
export class EventQueue<T> {
  private readonly times: number[] = [];
  private readonly sequences: number[] = [];
  private readonly items: T[] = [];
  private nextSequence = 0;

  get size(): number {
    return this.items.length;
  }

  /** Time of the next event in microseconds, or Infinity. */
  nextAtUs(): number {
    return this.times[0] ?? Infinity;
  }

  push(atUs: number, item: T): void {
    const sequence = this.nextSequence;
    this.nextSequence += 1;
    this.times.push(atUs);
    this.sequences.push(sequence);
    this.items.push(item);
    this.siftUp(this.items.length - 1, { atUs, sequence, item });
  }

  /** Removes the next event; undefined when there is none. */
  pop(): T | undefined {
    const first = this.items[0];
    const atUs = this.times.pop();
    const sequence = this.sequences.pop();
    const item = this.items.pop();
    if (atUs === undefined || sequence === undefined || item === undefined) return undefined;
    if (this.items.length > 0) this.siftDown({ atUs, sequence, item });
    return first;
  }

  /** Removes every event for which `keep` is false. */
  retain(keep: (item: T) => boolean): void {
    const kept: { atUs: number; sequence: number; item: T }[] = [];
    for (let position = 0; position < this.items.length; position += 1) {
      const item = this.items[position] as T;
      if (keep(item)) {
        const atUs = this.times[position] ?? 0;
        kept.push({ atUs, sequence: this.sequences[position] ?? 0, item });
      }
    }
    kept.sort((left, right) => left.atUs - right.atUs || left.sequence - right.sequence);
    this.times.length = this.sequences.length = this.items.length = 0;
    // A sorted array is a heap.
    for (const { atUs, sequence, item } of kept) {
      this.times.push(atUs);
      this.sequences.push(sequence);
      this.items.push(item);
    }
  }

  private siftUp(start: number, entry: { atUs: number; sequence: number; item: T }): void {
    let position = start;
    while (position > 0) {
      const parent = (position - 1) >> 1;
      if (!this.isAfter(parent, entry.atUs, entry.sequence)) break;
      this.move(parent, position);
      position = parent;
    }
    this.place(position, entry);
  }

  private siftDown(entry: { atUs: number; sequence: number; item: T }): void {
    const size = this.items.length;
    let position = 0;
    for (;;) {
      let child = position * 2 + 1;
      if (child >= size) break;
      const right = child + 1;
      if (right < size) {
        const rightAtUs = this.times[right] ?? 0;
        if (this.isAfter(child, rightAtUs, this.sequences[right] ?? 0)) child = right;
      }
      if (this.isAfter(child, entry.atUs, entry.sequence)) break;
      this.move(child, position);
      position = child;
    }
    this.place(position, entry);
  }

  private isAfter(position: number, atUs: number, sequence: number): boolean {
    const time = this.times[position] ?? 0;
    return time > atUs || (time === atUs && (this.sequences[position] ?? 0) > sequence);
  }

  private move(from: number, to: number): void {
    this.times[to] = this.times[from] ?? 0;
    this.sequences[to] = this.sequences[from] ?? 0;
    this.items[to] = this.items[from] as T;
  }

  private place(position: number, entry: { atUs: number; sequence: number; item: T }): void {
    this.times[position] = entry.atUs;
    this.sequences[position] = entry.sequence;
    this.items[position] = entry.item;
  }
}
