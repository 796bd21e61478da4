import type { EventView } from '../../contract/model.ts';
import { FREQUENT_EVENTS } from '../../contract/recording.ts';

/** Tells rare events from frequent ones. Per recorder: the first commit of a term is rare. */
export class RareEvents {
  readonly #committedTerm = new Map<string, number>();

  isRare({ type, nodeId, fields }: EventView): boolean {
    if (!FREQUENT_EVENTS.has(type)) return true;
    const term = fields['term'];
    if (type !== 'committed' || typeof term !== 'number') return false;
    if ((this.#committedTerm.get(nodeId) ?? 0) >= term) return false;
    this.#committedTerm.set(nodeId, term);
    return true;
  }
}

/** What an event is on the small map of a recording; null for what does not stand out. */
export function standsOut({
  type,
  fields,
}: EventView): 'crash' | 'election' | 'fault' | 'snapshot' | null {
  if (type === 'process-exited') return 'crash';
  if (type === 'role' && fields['role'] === 'leader') return 'election';
  if (type === 'fault') return 'fault';
  if (type === 'snapshot-taken' || type === 'snapshot-installed') return 'snapshot';
  return null;
}
