import type { EventView } from './model.ts';
import { FREQUENT_EVENTS } from './recording.ts';

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
