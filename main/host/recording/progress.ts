import type { ClusterView, EventView, NodeView } from '../../contract/model.ts';
import type { Chunk } from './chunk-index.ts';
import type { RecordingStore } from './recording-store.ts';

/** The frequent events that a node's status is shown with: how far its log goes and is committed. */
const PROGRESS: readonly string[] = ['appended', 'committed'];

/** What is looked for of one node: of each kind the last event since `sinceMs`. */
interface Wanted {
  readonly sinceMs: number;
  readonly latest: Map<string, EventView>;
}

/**
 * Of each node the last event of each kind of progress between its words in the picture and `atMs`:
 * those before them would be overwritten. So a moment costs what a few chunks hold, newest first, and
 * not what a busy cluster has traced since the picture.
 *
 * @param lateMs an event reaches the host this much after it happened, at most
 */
export async function progressUpTo(
  store: Pick<RecordingStore, 'indexes' | 'read'>,
  picture: ClusterView,
  atMs: number,
  lateMs: number,
): Promise<readonly EventView[]> {
  const wanted = new Map<string, Wanted>();
  for (const node of picture.nodes) {
    if (node.status === null) continue;
    const sinceMs = heardUpTo(node, node.status.timeMs, picture.timeMs, lateMs);
    wanted.set(node.id, { sinceMs, latest: new Map() });
  }
  const all = [...wanted.values()];
  const fromMs = Math.min(...all.map(({ sinceMs }) => sinceMs));
  const newestFirst = store.indexes.events
    .between(fromMs, atMs)
    .toSorted((left, right) => right.toMs - left.toMs);
  for (const chunk of newestFirst) {
    if (all.every((one) => isSettled(one, chunk))) break;
    for (const events of await store.read([chunk])) {
      for (const event of events as readonly EventView[]) {
        if (event.timeMs <= atMs) note(wanted.get(event.nodeId), event);
      }
    }
  }
  return all.flatMap(({ latest }) => [...latest.values()]);
}

/** Up to when a node's trace is in its status; without `lateMs` a silent node would have all searched. */
function heardUpTo(
  { connected, process }: NodeView,
  statusMs: number,
  pictureMs: number,
  lateMs: number,
): number {
  const lateFromMs = pictureMs - lateMs;
  if (statusMs >= lateFromMs) return statusMs;
  // Frequent events are traced for whoever listens: since it fell silent it has told none.
  return connected && process === 'running' ? lateFromMs : pictureMs;
}

/** Whether a chunk, and all that end before it, can hold nothing later of this node. */
function isSettled({ sinceMs, latest }: Wanted, { toMs }: Chunk): boolean {
  if (sinceMs >= toMs) return true;
  return PROGRESS.every((type) => (latest.get(type)?.timeMs ?? -Infinity) > toMs);
}

function note(wanted: Wanted | undefined, event: EventView): void {
  if (wanted === undefined || !PROGRESS.includes(event.type)) return;
  if (event.timeMs < wanted.sinceMs) return;
  const known = wanted.latest.get(event.type);
  if (known === undefined || inOrder(known, event) < 0) wanted.latest.set(event.type, event);
}

/** By time; of two at the same time the one first that came first. */
export function inOrder(left: EventView, right: EventView): number {
  return left.timeMs - right.timeMs || left.sequence - right.sequence;
}
