import type { HostApi } from '../../../main/contract/host-api.ts';
import { entryText, readLogReply } from './log-entry.ts';

const PAGE = 200;
/** One search looks at so many entries; the next one goes on from there. */
const ENTRIES_MAX = 20_000;

export type Found =
  | { readonly state: 'found'; readonly index: number }
  /** Not among those that were looked at; `upTo` is the last of them. */
  | { readonly state: 'not-found'; readonly upTo: number }
  | { readonly state: 'failed'; readonly message: string };

/** Looks for text in the entries of one node, from `from` on. */
export async function findEntry(
  api: Pick<HostApi, 'sendCommand'>,
  where: {
    readonly clusterId: string;
    readonly nodeId: string;
    readonly from: number;
    readonly last: number;
  },
  text: string,
): Promise<Found> {
  const wanted = text.toLowerCase();
  const { clusterId, nodeId, last } = where;
  const end = Math.min(last, where.from + ENTRIES_MAX - 1);
  let start = where.from;
  while (start <= end) {
    const args = ['RAFT', 'LOG', String(start), 'COUNT', String(PAGE)];
    const request = { clusterId, nodeId, args, followRedirects: false };
    const result = await api.sendCommand(request);
    if (!result.ok) return { state: 'failed', message: result.error.message };
    const entries = readLogReply(result.value.reply);
    const found = entries.find((entry) => entryText(entry).toLowerCase().includes(wanted));
    if (found !== undefined) return { state: 'found', index: found.index };
    const next = entries.at(-1)?.index;
    if (next === undefined) break;
    start = next + 1;
  }
  return { state: 'not-found', upTo: Math.max(where.from, start - 1) };
}
