import type { HostApi } from '../../../main/contract/host-api.ts';
import type { NodeView } from '../../../main/contract/model.ts';
import { type LogEntry, readLogReply } from './log-entry.ts';

/** Entries are read in pages of so many. */
export const PAGE = 64;
/** Pages kept; what has not been looked at longest goes first. */
const PAGES_MAX = 200;
/** A page whose end is still being written, or that could not be read, is read again at most this often. */
const AGAIN_MS = 500;

interface Page {
  readonly entries: ReadonlyMap<number, LogEntry>;
  /** What the node's log was when the page was read: where it ended and how far it was safe. */
  readonly key: string;
  readonly complete: boolean;
  readonly readAtMs: number;
  readonly problem: string | null;
}

/** What the window has read of the logs of one cluster's nodes. Nothing is read that nobody looks at. */
export class LogPages {
  readonly #api: Pick<HostApi, 'sendCommand'>;
  readonly #clusterId: string;
  readonly #changed: () => void;
  readonly #now: () => number;
  readonly #pages = new Map<string, Page>();
  readonly #reading = new Set<string>();

  constructor(options: {
    readonly api: Pick<HostApi, 'sendCommand'>;
    readonly clusterId: string;
    readonly changed: () => void;
    readonly now: () => number;
  }) {
    this.#api = options.api;
    this.#clusterId = options.clusterId;
    this.#changed = options.changed;
    this.#now = options.now;
  }

  /** The entry, or undefined while it has not been read or is not there. */
  entry(nodeId: string, index: number): LogEntry | undefined {
    return this.#pages.get(pageKey(nodeId, index))?.entries.get(index);
  }

  /** Why this part of the node's log cannot be read, or null. */
  problem(nodeId: string, index: number): string | null {
    return this.#pages.get(pageKey(nodeId, index))?.problem ?? null;
  }

  /** Sees to it that these entries are read, and read again where they may have changed. */
  want(node: NodeView, fromIndex: number, toIndex: number): void {
    const { status, connected } = node;
    if (status === null || !connected) return;
    const last = Math.min(toIndex, status.lastIndex);
    for (let start = pageStart(fromIndex); start <= last; start += PAGE) {
      const key = pageKey(node.id, start);
      const known = this.#pages.get(key);
      const state = `${String(status.firstIndex)} ${String(status.lastIndex)} ${String(status.lastTerm)}`;
      if (known !== undefined) {
        // Asked for again: it is the last to go.
        this.#pages.delete(key);
        this.#pages.set(key, known);
        // What is committed does not change any more (Raft paper §5.4).
        if (known.complete || (known.key === state && known.problem === null)) continue;
        if (this.#now() - known.readAtMs < AGAIN_MS) continue;
      }
      if (!this.#reading.has(key)) {
        void this.#read(key, node, start, status, state);
      }
    }
  }

  async #read(
    key: string,
    node: NodeView,
    start: number,
    { lastIndex, commitIndex }: { readonly lastIndex: number; readonly commitIndex: number },
    state: string,
  ): Promise<void> {
    this.#reading.add(key);
    const end = start + PAGE - 1;
    const entries = new Map<number, LogEntry>();
    // A node answers with a megabyte at most, and the host passes on less: after large entries the rest
    // of the page comes in further answers.
    for (let from = start; from <= Math.min(end, lastIndex);) {
      const { problem, ...part } = await this.#readPart(node.id, from, end);
      for (const entry of part.entries) entries.set(entry.index, entry);
      const complete = problem === null && end <= commitIndex;
      this.#keep(key, { entries, key: state, complete, readAtMs: this.#now(), problem });
      const last = part.entries.at(-1);
      if (last === undefined) break;
      from = last.index + 1;
    }
    this.#reading.delete(key);
  }

  async #readPart(
    nodeId: string,
    from: number,
    end: number,
  ): Promise<{ readonly entries: readonly LogEntry[]; readonly problem: string | null }> {
    const args = ['RAFT', 'LOG', String(from), 'COUNT', String(end - from + 1)];
    const request = { clusterId: this.#clusterId, nodeId, args, followRedirects: false };
    const result = await this.#api.sendCommand(request);
    if (!result.ok) return { entries: [], problem: result.error.message };
    const { reply, truncated } = result.value;
    if (reply.type === 'error') return { entries: [], problem: reply.text };
    const read = readLogReply(reply);
    // The last one may have been cut in the middle; alone in its answer it comes no longer than this.
    const whole = truncated && read.length > 1 ? read.slice(0, -1) : read;
    return {
      entries: whole.filter(({ index }) => index >= from && index <= end),
      problem: null,
    };
  }

  #keep(key: string, page: Page): void {
    this.#pages.set(key, page);
    for (const old of this.#pages.keys()) {
      if (this.#pages.size <= PAGES_MAX) break;
      this.#pages.delete(old);
    }
    this.#changed();
  }
}

function pageStart(index: number): number {
  return Math.floor(Math.max(0, index - 1) / PAGE) * PAGE + 1;
}

function pageKey(nodeId: string, index: number): string {
  return `${nodeId}/${String(pageStart(index))}`;
}
