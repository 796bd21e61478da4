import type { HostApi } from '../../../main/contract/host-api.ts';
import type { NodeView } from '../../../main/contract/model.ts';
import { type LogEntry, readLogReply } from './log-entry.ts';

/** Entries are read in pages of so many. */
export const PAGE = 64;
/** Pages kept; what has not been looked at longest goes first. */
const PAGES_MAX = 200;
/** A page whose end is still being written is read again at most this often. */
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
        if (known.complete || known.key === state) continue;
        if (this.#now() - known.readAtMs < AGAIN_MS) continue;
      }
      if (!this.#reading.has(key)) {
        void this.#read(key, node.id, start, state, status.commitIndex);
      }
    }
  }

  async #read(
    key: string,
    nodeId: string,
    start: number,
    state: string,
    commitIndex: number,
  ): Promise<void> {
    this.#reading.add(key);
    const args = ['RAFT', 'LOG', String(start), 'COUNT', String(PAGE)];
    const request = { clusterId: this.#clusterId, nodeId, args, followRedirects: false };
    const result = await this.#api.sendCommand(request);
    this.#reading.delete(key);
    const reply = result.ok ? result.value.reply : null;
    const refused = reply?.type === 'error' ? reply.text : null;
    const entries = reply === null ? [] : readLogReply(reply);
    const inPage = entries.filter(({ index }) => index >= start && index < start + PAGE);
    this.#pages.set(key, {
      entries: new Map(inPage.map((entry) => [entry.index, entry])),
      key: state,
      complete: result.ok && refused === null && start + PAGE - 1 <= commitIndex,
      readAtMs: this.#now(),
      problem: result.ok ? refused : result.error.message,
    });
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
