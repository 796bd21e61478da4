import { createStore, type StoreApi } from 'zustand/vanilla';

import type { HostApi } from '../../main/contract/host-api.ts';
import type { CommandOutcome } from '../../main/contract/model.ts';

/** What was typed, to whom, and what came of it. */
export interface ConsoleEntry {
  readonly id: number;
  readonly line: string;
  /** The node it was sent to; null for the leader. */
  readonly target: string | null;
  readonly outcome:
    | { readonly state: 'waiting' }
    | { readonly state: 'answered'; readonly answer: CommandOutcome }
    | { readonly state: 'failed'; readonly code: string; readonly message: string };
}

interface ConsoleData {
  readonly clusterId: string | null;
  readonly entries: readonly ConsoleEntry[];
  /** What was typed, oldest first, without repetitions of the line before. */
  readonly lines: readonly string[];
  readonly followRedirects: boolean;
}

export interface ConsoleState {
  readonly store: StoreApi<ConsoleData>;
  /** Shows the console of this cluster; another cluster's words are not kept. */
  readonly open: (clusterId: string) => void;
  readonly send: (line: string, args: readonly string[], target: string | null) => Promise<void>;
  readonly setFollowRedirects: (follow: boolean) => void;
  readonly clear: () => void;
}

/** More than anybody reads back; each may hold a quarter of a megabyte. */
const ENTRIES_MAX = 100;
const LINES_MAX = 500;

export function createConsoleState(api: Pick<HostApi, 'sendCommand'>): ConsoleState {
  const empty = { entries: [], lines: [], followRedirects: true } as const;
  const store = createStore<ConsoleData>()(() => ({ clusterId: null, ...empty }));
  let nextId = 1;

  function settle(id: number, outcome: ConsoleEntry['outcome']): void {
    store.setState(({ entries }) => ({
      entries: entries.map((entry) => (entry.id === id ? { ...entry, outcome } : entry)),
    }));
  }

  return {
    store,
    open(clusterId) {
      if (store.getState().clusterId !== clusterId) store.setState({ clusterId, ...empty });
    },
    async send(line, args, target) {
      const { clusterId, followRedirects } = store.getState();
      if (clusterId === null) return;
      const entry: ConsoleEntry = { id: nextId++, line, target, outcome: { state: 'waiting' } };
      store.setState(({ entries, lines }) => ({
        entries: [...entries, entry].slice(-ENTRIES_MAX),
        lines: lines.at(-1) === line ? lines : [...lines, line].slice(-LINES_MAX),
      }));
      const request = { clusterId, nodeId: target, args, followRedirects };
      const result = await api.sendCommand(request);
      if (result.ok) settle(entry.id, { state: 'answered', answer: result.value });
      else settle(entry.id, { state: 'failed', ...result.error });
    },
    setFollowRedirects: (followRedirects) => store.setState({ followRedirects }),
    clear: () => store.setState({ entries: [] }),
  };
}
