import type { ClusterView } from '../../contract/model.ts';
import { applyPatch, diff, type Json, type Patch } from './view-patch.ts';

/** Pictures of a cluster, as a chunk holds them: a whole one or the last chunk's, and what changed. */
export interface FrameChunk {
  readonly whole: ClusterView | null;
  readonly changes: readonly (readonly [timeMs: number, patch: Patch])[];
}

/** A whole picture is written this often, so that no more than this has to be read for one. */
const WHOLE_EVERY_MS = 10_000;

/** Gathers pictures into chunks. */
export class FrameWriter {
  #last: Json = null;
  #wholeAtMs = -Infinity;
  #whole: ClusterView | null = null;
  #changes: (readonly [number, Patch])[] = [];
  #fromMs = 0;
  #toMs = 0;

  add(view: ClusterView): void {
    if (this.#whole === null && this.#changes.length === 0) this.#fromMs = view.timeMs;
    this.#toMs = view.timeMs;
    const json = view as unknown as Json;
    const due = view.timeMs - this.#wholeAtMs >= WHOLE_EVERY_MS;
    if (due && this.#whole === null && this.#changes.length === 0) {
      this.#whole = view;
      this.#wholeAtMs = view.timeMs;
    } else {
      const patch = diff(this.#last, json);
      if (patch !== null) this.#changes.push([view.timeMs, patch]);
    }
    this.#last = json;
  }

  /** Takes what has gathered; null when nothing has. */
  take(): { readonly value: FrameChunk; readonly fromMs: number; readonly toMs: number } | null {
    if (this.#whole === null && this.#changes.length === 0) return null;
    const value = { whole: this.#whole, changes: this.#changes };
    this.#whole = null;
    this.#changes = [];
    return { value, fromMs: this.#fromMs, toMs: this.#toMs };
  }
}

/** The last picture up to `timeMs` in chunks that follow one another; null when there is none. */
export function frameAt(chunks: readonly FrameChunk[], timeMs: number): ClusterView | null {
  let shown: Json = null;
  for (const { whole, changes } of chunks) {
    if (whole !== null) {
      if (whole.timeMs > timeMs) break;
      shown = whole as unknown as Json;
    }
    for (const [atMs, patch] of changes) {
      if (atMs > timeMs || shown === null) break;
      shown = applyPatch(shown, patch);
    }
  }
  return shown as unknown as ClusterView | null;
}
